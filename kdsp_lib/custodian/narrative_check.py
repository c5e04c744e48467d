"""What people wrote into a release: nobody is named in it, and it states no figure that the release withholds.

Pure. Each text is read as it was written and as each format shows it (``rendered.py``). It catches slips and careless
code, not somebody who means to tell: they need no release to do so. What it is told (names, withheld figures) never
stands in what it says: findings name the cell and the rule.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, Self

from kdsp_lib.custodian.rendered import readings_of
from kdsp_lib.errors import BadParameters, Disclosive, Fault
from kdsp_lib.model.policy import DisclosurePolicy

Words = tuple[str, ...]
NOBODY_NAMED = "a release's text names no pupil and, at aggregate detail, no establishment"
SMALL_ONES_PRINTED = "a text states no number of {small} but those printed, where anything is withheld"
PRINTED_ONLY = "a release's text states no figure that the release withholds"

_UPN = re.compile(r"(?<![^\W_])[A-Za-z](?:[\s-]?\d){11}[\s-]?[0-9A-Za-z](?![^\W_])")
_URN = re.compile(r"(?<!\d)[1-9]\d{5}(?!\d)")
_WORD = re.compile(r"[^\W_]+")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
"""Control characters that part no words."""
_APOSTROPHES = re.compile(r"['’‘`´]s\b|['’‘`´]")
_FIGURE = re.compile(r"(?<!\w)\d++(?:,\d{3}(?!\d))*+(?:\.\d++)?+(?!(?:st|nd|rd|th)\b)")
_NO_FIGURES = re.compile(
    r"(?im)^\s*\d+[.)]\s"
    r"|\b(?:clause|principle)s\s+\d{1,2}"
    r"(?:\s*(?:,|and|to)\s*\d{1,2}(?!\s+(?:of them|pupil|child|boy|girl|learner|student)))*\b"
    r"|\b(?:year|year group|key stage|clause|principle|table|figure|section)s?\s+\d{1,2}(?:\s*[-–]\s*\d{1,2})?\b"
)
"""Numbers that count nothing: of a list's items, of years, clauses, tables."""
_SMALL = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_PEOPLE = re.compile(
    rf"(?i)\b({'|'.join(_SMALL)})\s+(?:[^\W\d_]+\s+)?(?:pupils?|child|children|boys?|girls?|learners?|students?)\b"
)
_MARKS = str.maketrans(dict.fromkeys("*_~`", " "))
"""Of Markdown."""
_NO_MARKS = str.maketrans(dict.fromkeys("*_~`\\$"))
"""Likewise, where they stand within a word and are shown as they are."""
_UNSEEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their category that nobody sees: the fillers of Hangul."""
_LONGEST_PLACE = 80


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text that a release will hold, and where it stands: ``words`` for a reader, or ``code``."""

    place: str
    kind: Literal["words", "code"]
    text: str

    @classmethod
    def from_json(cls, data: object) -> Self:
        """``{place, kind, text}``; BadParameters for any other shape."""
        if isinstance(data, Mapping) and set(data) == {"place", "kind", "text"}:
            place, kind, text = data["place"], data["kind"], data["text"]
            if isinstance(place, str) and kind in ("words", "code") and isinstance(text, str):
                return cls(place[:_LONGEST_PLACE], kind, text)
        raise BadParameters("A runner states each text of a release with its place and kind.")


def read_texts(value: object) -> tuple[Text, ...]:
    """A release's texts as its runner states them; without them nothing is released."""
    if not isinstance(value, list):
        raise BadParameters("A runner states the texts of a release.")
    return tuple(map(Text.from_json, value))


@dataclass(frozen=True, slots=True)
class Named:
    """Who may not be named: pupils and establishments by the words of their names, establishments also by URN."""

    pupils: frozenset[Words] = frozenset()
    establishments: frozenset[Words] = frozenset()
    urns: frozenset[str] = frozenset()


def words_of(text: str) -> Words:
    """A text's words without case, accents, apostrophes, possessives, marks of Markdown and characters nobody sees."""
    return tuple(_WORD.findall(_APOSTROPHES.sub("", _folded(text))))


def names_of_pupil(forename: str | None, surname: str) -> Iterator[Words]:
    """How a pupil may be called: first and last name, either first. A name alone may be anybody's."""
    first, last = words_of(forename or ""), words_of(surname)
    if first and last:
        for given in {first, first[:1]}:
            yield (*given, *last)
            yield (*last, *given)


def names_of_establishment(name: str) -> Iterator[Words]:
    """How an establishment may be called: its whole name, and its first two words."""
    words = words_of(name)
    if len(words) > 1:
        yield words
        yield words[:2]


@lru_cache(maxsize=8192)
def figures_in(text: str) -> frozenset[Decimal]:
    """The numbers that a text states."""
    return frozenset(value for _, value in _figures(_folded(text)))


def check_nobody_is_named(texts: Iterable[Text], named: Named) -> None:
    """Raise Disclosive naming every place that may tell of a pupil, or of an establishment where ``named`` has them."""
    pupils, establishments = _by_length(named.pupils), _by_length(named.establishments)
    faults = []
    for text in texts:
        shown = readings_of(text.text)
        readings = tuple(dict.fromkeys([*shown, *(each.translate(_NO_MARKS) for each in shown)]))
        words, folded = [words_of(each) for each in readings], [_folded(each) for each in readings]
        if any(_UPN.search(each) for each in folded) or any(_says(each, pupils) for each in words):
            faults.append(Fault(text.place, "may tell who a pupil is: it has a pupil's name, or the form of a UPN"))
        is_there = any(not named.urns.isdisjoint(_URN.findall(each)) for each in folded)
        if is_there or any(_says(each, establishments) for each in words):
            faults.append(Fault(text.place, "names an establishment, or its URN"))
    if faults:
        raise Disclosive("The text names somebody.", faults=faults, rule=NOBODY_NAMED, remedy="leave the name out")


def check_figures(
    texts: Iterable[Text],
    printed: Collection[Decimal],
    withheld: Callable[[], Collection[Decimal]],
    *,
    may_look_up: bool,
    policy: DisclosurePolicy,
    withholds: bool = True,
) -> list[dict[str, Any]]:
    """The figures that stand in sentences and nowhere else, by place, for a reviewer to look at.

    Raises Disclosive where one of them is withheld. Which one it was is not said: every place with such a figure is
    named. Unless it ``may_look_up`` what is withheld, any figure that is not printed is refused. So is a whole number
    that may not be shown, where the release ``withholds`` anything: that it passes would tell that no withheld count is
    that one.
    """
    found: list[dict[str, Any]] = []
    values: set[Decimal] = set()
    for text in texts:
        if text.kind == "words":
            every = (figure for each in readings_of(text.text) for figure in _figures(_folded(each)))
            others = [(said, value) for said, value in every if value not in printed]
            values.update(value for _, value in others)
            if others:
                found.append({"place": text.place, "figures": list(dict.fromkeys(said for said, _ in others))})
    if withholds and not values.isdisjoint(map(Decimal, range(1, policy.threshold))):
        raise Disclosive(
            "The text states a small number that no table of the release prints.",
            faults=[Fault(each["place"], "states a figure that no table prints") for each in found],
            rule=SMALL_ONES_PRINTED.format(small=policy.small_counts),
            remedy="state figures that the tables print; a small number that counts no pupils can be written as a word",
        )
    if found and (not may_look_up or not values.isdisjoint(withheld())):
        raise Disclosive(
            "The text states figures that no table of the release prints, and one of them may be withheld.",
            faults=[Fault(each["place"], "states a figure that no table prints") for each in found],
            rule=PRINTED_ONLY,
            remedy="state figures that the tables print, or write the sentence without one",
        )
    return found


def _folded(text: str) -> str:
    """One spelling: no entities, no marks of Markdown, no accents, no case, no characters that nobody sees."""
    plain = html.unescape(text)
    if not plain.isascii():
        normal = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in normal if unicodedata.category(c) not in ("Mn", "Cf") and c not in _UNSEEN_LETTERS)
    plain = _UNSEEN.sub("", plain)
    return plain.translate(_MARKS).casefold()


def _figures(folded: str) -> Iterator[tuple[str, Decimal]]:
    for found in _FIGURE.findall(_NO_FIGURES.sub(" ", folded)):
        yield found, Decimal(found.replace(",", ""))
    for found in _PEOPLE.findall(folded):
        yield found, Decimal(_SMALL.index(found) + 1)


@lru_cache(maxsize=4)
def _by_length(names: frozenset[Words]) -> dict[int, set[Words]]:
    found: dict[int, set[Words]] = {}
    for name in names:
        found.setdefault(len(name), set()).add(name)
    return found


def _says(words: Words, names: Mapping[int, set[Words]]) -> bool:
    return any(
        words[start : start + length] in known
        for length, known in names.items()
        for start in range(len(words) - length + 1)
    )
