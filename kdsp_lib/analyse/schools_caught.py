"""Which schools a floor, a coasting standard or thresholds agreed locally catch: exactly, or why that is not said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kdsp_lib.analyse.inspected import PHASE_GROUPS, School
from kdsp_lib.analyse.inspected_tables import ALL, Cells, Counted
from kdsp_lib.analyse.measures.catalogue import catalogue, national_standard
from kdsp_lib.analyse.measures.catching import NO, YES, Answers, Known, caught, in_every_year
from kdsp_lib.analyse.measures.standard import UNIT, Condition, Standard, agreed_standard
from kdsp_lib.analyse.rounding import divided
from kdsp_lib.analyse.symbol import NOT_APPLICABLE, NOT_AVAILABLE
from kdsp_lib.errors import BadParameters

NATIONAL = "national"
FEWEST = 11
"""Figures of fewer pupils are not held against a school, as in the national standards."""
ANSWERS: Mapping[str, str] = {
    YES: "Caught", NO: "Not caught", NOT_AVAILABLE: "Figures missing", NOT_APPLICABLE: "Does not apply",
}  # fmt: skip
_HEAVIEST = (YES, NOT_AVAILABLE, NO, NOT_APPLICABLE)
_NATIONAL: Mapping[str, tuple[str, int]] = {"floor": ("Below the floor", 1), "coasting": ("Coasting", 3)}
"""The national standards by the beginning of their names, in words, and how many years each looks at."""
_COMPARED = {"below": "less than", "at-most": "at most", "at-least": "at least", "above": "more than"}
Figures = Mapping[str, Sequence[Mapping[str, Any]]]
"""The rows of ``school-measures`` by school year."""


@dataclass(frozen=True, slots=True)
class Caught:
    """One standard: its words, its rules in words, and the answer for each school that it is about, by URN."""

    name: str
    words: str
    rules: tuple[str, ...]
    answers: Mapping[str, str]


def caught_by(
    thresholds: str, agreed: Sequence[Mapping[str, Any]], figures: Figures, schools: Sequence[School], year: str
) -> tuple[Caught, ...]:
    """What the ``thresholds`` say of a school year: ``national`` ones, or a set that was ``agreed`` on, by its name.

    BadParameters where there is no such set, or no national standard of that year, with what there is.
    """
    if thresholds == NATIONAL:
        found = [_national(name, words, years, figures, schools, year) for name, (words, years) in _NATIONAL.items()]
        made = tuple(each for each in found if each is not None)
        why = "there was no floor or coasting standard, or kdsp does not work it out"
    else:
        one = _agreed(thresholds, agreed, figures, schools, year)
        made = () if one is None else (one,)
        why = "no such set of thresholds was agreed on"
    if not made:
        sets = sorted({str(row["threshold_set"]) for row in agreed})
        raise BadParameters(
            f"For {year} {why}.",
            remedy=f"thresholds: {' or '.join([*sets, NATIONAL])} (national until 2017/18)",
        )
    return made


def caught_table(found: Sequence[Caught], schools: Sequence[School]) -> Counted:
    """How many schools of each phase each standard catches."""
    phases = {code: words for code, words in PHASE_GROUPS.items() if any(s.phase == code for s in schools)}
    cells: Cells = {}
    for one in found:
        for phase in (*phases, ALL):
            held = [one.answers[s.urn] for s in schools if s.urn in one.answers and phase in (s.phase, ALL)]
            for code in (*ANSWERS, ALL):
                cells[one.name, phase, code] = (str(len(held) if code == ALL else held.count(code)),)
    standards = {one.name: one.words for one in found}
    dims = (("standard", "Standard", standards), ("phase", "Phase", phases), ("answer", "Answer", ANSWERS))
    return Counted("standards", "Schools by standard", dims, (("schools", "Schools", 0),), cells)


def _agreed(
    name: str, rows: Sequence[Mapping[str, Any]], figures: Figures, schools: Sequence[School], year: str
) -> Caught | None:
    answers: dict[str, str] = {}
    rules: list[str] = []
    for phase, words in PHASE_GROUPS.items():
        standard = agreed_standard(rows, name, phase, year)
        if standard is not None:
            there = [school.urn for school in schools if phase in school.standards]
            _add(answers, there, caught(standard, _known(figures.get(year, ()), there), len(there)))
            rules += (f"{words.lower()}: {rule}" for rule in _rules(standard))
    return Caught(name, name.replace("-", " ").capitalize(), tuple(rules), answers) if rules else None


def _national(
    start: str, words: str, years: int, figures: Figures, schools: Sequence[School], year: str
) -> Caught | None:
    answers: dict[str, str] = {}
    rules: list[str] = []
    first = int(year[:4])
    spans = [f"{n}/{(n + 1) % 100:02d}" for n in range(first - years + 1, first + 1)]
    for phase, called in PHASE_GROUPS.items():
        standards = [national_standard(f"{start}-{phase}", each) for each in spans]
        if standards[-1] is None:
            continue
        there = [school.urn for school in schools if phase in school.standards]
        each_year = [
            _not_known(len(there)) if standard is None else
            caught(standard, _known(figures.get(span, ()), there), len(there))
            for span, standard in zip(spans, standards, strict=True)
        ]  # fmt: skip
        _add(answers, there, in_every_year(each_year) if years > 1 else each_year[0])
        every = f" in each of {years} years" if years > 1 else ""
        rules += (f"{called.lower()}{every}: {rule}" for rule in _rules(standards[-1]))
    return Caught(start, words, tuple(rules), answers) if rules else None


def _not_known(schools: int) -> Answers:
    return np.full(schools, NOT_AVAILABLE, dtype=object)


def _add(found: dict[str, str], urns: Sequence[str], answers: Answers) -> None:
    """Note the answers of a phase. A school of both phases is caught where it is in either."""
    for urn, answer in zip(urns, map(str, answers), strict=True):
        found[urn] = min(answer, found.get(urn, answer), key=_HEAVIEST.index)


def _known(rows: Iterable[Mapping[str, Any]], urns: Sequence[str]) -> dict[str, Known]:
    """The figures of all pupils of these schools, by measure; one of fewer than 11 pupils is taken for missing."""
    place = {urn: k for k, urn in enumerate(urns)}
    found: dict[str, Known] = {}
    for row in rows:
        if row["urn"] not in place or row["pupils"] != "all" or row["value"] is None:
            continue
        if row["base"] is None or row["base"] < FEWEST:
            continue
        known = found.setdefault(
            row["measure"], Known(np.zeros(len(urns), dtype=np.int64), np.zeros(len(urns), dtype=bool))
        )
        known.values[place[row["urn"]]], known.there[place[row["urn"]]] = row["value"], True
    return found


def _rules(standard: Standard) -> list[str]:
    """Each rule in words; a school is caught where all of one rule holds."""
    return ["; and ".join(map(_in_words, rule)) for rule in standard.rules]


def _in_words(condition: Condition) -> str:
    definition = catalogue().measures.get(condition.measure)
    label = condition.measure.replace("-", " ") if definition is None else definition.label
    value = divided(condition.value, UNIT, 2).rstrip("0").rstrip(".")
    return f"{label} {_COMPARED[condition.comparison]} {value}"
