"""Reading definitions of measures: every fault of the file at once, each with the measure and the field it is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.measures.definition import (
    LEVELS,
    POLARITIES,
    Break,
    Definition,
    Gap,
    Source,
    Span,
    Taken,
)
from kdsp_lib.analyse.measures.standard import Standard, read_standards
from kdsp_lib.analyse.symbol import SYMBOLS
from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.model.question import DISTRIBUTIONS
from kdsp_lib.protocol.vocabulary import CATEGORIES, PHASES, is_slug
from kdsp_lib.source.period import is_school_year, school_year

PARTS = ("version", "roundings", "sources", "shared", "measures", "standards")
NEEDED = ("label", "topic", "category", "kinds", "numerator", "denominator", "left_out", "rounding", "published",
          "polarity", "sources", "phases", "years", "before")  # fmt: skip
OPTIONAL = ("shared", "between", "after", "gaps", "breaks", "notes", "unsettled", "nested", "counted", "base_label",
            "lait", "symbols", "taken", "published_taken", "not_taken", "school_files", "headline")  # fmt: skip
KINDS = ("count", "rate", "mean", *DISTRIBUTIONS)
WAYS = ("taken", "published_taken")
"""How tables of reports take a measure; where they do not, ``not_taken`` says why."""
_TEXTS = ("label", "topic", "numerator", "published", "before")
_MAY_BE_EMPTY = ("denominator", "left_out", "after", "nested", "counted", "base_label", "lait", "not_taken")
_FIELDS = {
    "years": (("since",), ("until", "rule")), "gaps": (("years", "why"), ("level",)), "breaks": (("since", "why"), ()),
}  # fmt: skip
_YEAR_EXPECTED = "a school year such as 2025/26 is expected"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All measures by name, with the version of the file that defines them."""

    version: str
    measures: Mapping[str, Definition]
    standards: Mapping[str, tuple[Standard, ...]]
    """Floor and coasting standards by the name of their measure, era by era."""


def read_definitions(document: Any, place: str) -> Catalogue:
    """The measures of a file that was parsed from TOML. Raises `BadSource` with all that is wrong with it."""
    if not isinstance(document, Mapping):
        raise BadSource(f"{place} defines no measures.", faults=[Fault(place, ", ".join(PARTS))])
    faults = [
        Fault(place, f"there is no such part; there are {', '.join(PARTS)}", k) for k in document if k not in PARTS
    ]
    parts = {part: document.get(part, {}) for part in PARTS[1:]}
    faults += [Fault(place, "a table is expected", p) for p, value in parts.items() if not isinstance(value, Mapping)]
    version = document.get("version")
    if not isinstance(version, str) or not version.strip():
        faults.append(Fault(place, "a text that tells this file from others is expected", "version"))
    if any(not isinstance(value, Mapping) for value in parts.values()):
        raise BadSource(f"{place} defines no measures.", faults=faults)
    sources = _sources(parts["sources"], place, faults)
    for name, each in {**parts["shared"], **parts["measures"]}.items():
        if not isinstance(each, Mapping):
            faults.append(Fault(f"{place} {name}", "a table is expected"))
    made: dict[str, Definition] = {}
    for name, own in parts["measures"].items():
        shared = parts["shared"].get(own.get("shared", ""), {}) if isinstance(own, Mapping) else None
        if not isinstance(own, Mapping) or not isinstance(shared, Mapping):
            continue
        wrong = [
            Fault(f"{place} {name}", text, at)
            for at, text in _faults(name, own, {**shared, **own}, parts, frozenset(sources))
        ]
        faults += wrong
        if not wrong:
            made[name] = _made(name, {**shared, **own}, sources)
    faults += [
        Fault(f"{place} {name}", f"{each.nested} is no measure", "nested")
        for name, each in made.items()
        if each.nested and each.nested not in parts["measures"]
    ]
    standards = read_standards(parts["standards"], place, faults)
    defined = parts["measures"]
    faults += [Fault(f"{place} {name}", "is no measure", "standards") for name in standards if name not in defined]
    used = {own.get("shared") for own in parts["measures"].values() if isinstance(own, Mapping)}
    faults += [
        Fault(f"{place} {name}", "no measure shares it", "shared") for name in parts["shared"] if name not in used
    ]
    if faults or not made:
        raise BadSource(f"{place} defines no measures.", faults=faults or [Fault(place, "holds none", "measures")])
    return Catalogue(str(version), MappingProxyType(made), standards)


def _sources(given: Mapping[str, Any], place: str, faults: list[Fault]) -> dict[str, Source]:
    found = {}
    for name, each in given.items():
        if not isinstance(each, Mapping) or set(each) != {"title", "datasets"} or not _is_texts(each["datasets"]):
            faults.append(Fault(f"{place} {name}", "a title and a list of datasets are expected", "sources"))
        else:
            found[name] = Source(name, str(each["title"]), tuple(each["datasets"]))
    return found


def _faults(
    name: str, own: Mapping[str, Any], whole: Mapping[str, Any], parts: Mapping[str, Any], sources: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with one measure: the field, and what is expected in it."""
    if not is_slug(name):
        yield "", "lower-case words joined by hyphens are expected for a name"
    if own.get("shared", "") not in ("", *parts["shared"]):
        yield "shared", f"one of {', '.join(parts['shared'])} is expected"
    yield from ((f, "there is no such field") for f in whole if f not in (*NEEDED, *OPTIONAL))
    yield from ((f, "is missing") for f in NEEDED if f not in whole)
    there = {f: value for f, value in whole.items() if f in (*NEEDED, *OPTIONAL)}
    for f, value in there.items():
        if f in (*_TEXTS, *_MAY_BE_EMPTY) and (not isinstance(value, str) or (f in _TEXTS and not value.strip())):
            yield f, "a text is expected"
    for f, allowed in (("kinds", KINDS), ("phases", PHASES), ("sources", tuple(sources))):
        if f in there and (not _is_texts(there[f]) or set(there[f]) - set(allowed)):
            yield f, f"a list of {', '.join(allowed)} is expected"
    for f, one_of in (("polarity", POLARITIES), ("category", CATEGORIES), ("rounding", tuple(parts["roundings"]))):
        if f in there and there[f] not in one_of:
            yield f, f"one of {', '.join(one_of)} is expected"
    for f in ("notes", "unsettled", "between", "school_files"):
        if f in there and not _is_texts(there[f]):
            yield f, "a list of texts is expected"
    if there.get("headline", True) is not True:
        yield "headline", "true is expected, or nothing"
    if ("not_taken" in there) == any(way in there for way in WAYS):
        yield "taken", f"{' or '.join(WAYS)} is expected, or else not_taken"
    if "taken" in there and not _is_taken(there["taken"]):
        yield "taken", "attribute, holds, of, sums and over, and nothing else"
    symbols = there.get("symbols", {})
    if not isinstance(symbols, Mapping) or set(symbols) - set(SYMBOLS) or not _is_texts(list(symbols.values())):
        yield "symbols", f"meanings of {', '.join(SYMBOLS)} are expected"
    wrong = list(_faults_of_years(there))
    yield from wrong
    if not wrong and "years" in there:
        yield from _faults_between([Span(**span) for span in there["years"]], there)


def _faults_of_years(there: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for f, (needed, optional) in _FIELDS.items():
        listed = there.get(f, [])
        if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
            yield f, "a list of tables is expected"
            continue
        for each in listed:
            if set(needed) - set(each) or set(each) - {*needed, *optional}:
                yield f, f"each has {', '.join((*needed, *optional))}, and nothing else"
                continue
            said = [each[k] for k in ("since", "until") if k in each] + list(each.get("years", []))
            if not all(_is_year(year) for year in said):
                yield f, _YEAR_EXPECTED
            if each.get("level", "all") not in LEVELS:
                yield f, f"one of {', '.join(LEVELS)} is expected as level"


def _faults_between(spans: list[Span], there: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not spans:
        yield "years", "at least one span is expected"
        return
    if any(span.until and span.until < span.since for span in spans):
        yield "years", "a span ends before it begins"
    pairs = list(pairwise(spans))
    if any(not a.until or a.until >= b.since for a, b in pairs):
        yield "years", "spans follow each other and do not overlap; only the last may be open"
    else:
        holes = sum(school_year(int(a.until[:4]) + 1) != b.since for a, b in pairs)
        if holes and len(there.get("between", [])) not in (1, holes):
            yield "between", f"why it does not exist in the years between is expected: one text, or {holes}"
    if spans[-1].until and not there.get("after"):
        yield "after", "why it does not exist any more is expected"
    stray = {y for gap in there.get("gaps", []) for y in gap["years"] if not any(span.holds(y) for span in spans)}
    if stray:
        yield "gaps", f"{', '.join(sorted(stray))} is outside of its years already"


def _made(name: str, whole: Mapping[str, Any], sources: Mapping[str, Source]) -> Definition:
    lists: Mapping[str, Callable[[Any], Any]] = {
        "kinds": tuple, "phases": tuple, "notes": tuple, "unsettled": tuple, "between": tuple, "school_files": tuple,
        "sources": lambda names: tuple(sources[each] for each in names),
        "years": lambda spans: tuple(Span(**span) for span in spans),
        "gaps": lambda gaps: tuple(Gap(tuple(g["years"]), g["why"], g.get("level", "all")) for g in gaps),
        "breaks": lambda breaks: tuple(Break(**each) for each in breaks),
        "taken": lambda way: Taken(**{**way, "sums": tuple(way.get("sums", ()))}),
        "symbols": lambda own: MappingProxyType({**SYMBOLS, **own}),
    }  # fmt: skip
    values = {f: lists.get(f, lambda value: value)(value) for f, value in whole.items() if f != "shared"}
    values["is_taken_from_schools"] = values.pop("published_taken", False)
    return Definition(name=name, **values)


def _is_taken(way: Any) -> bool:
    if not isinstance(way, Mapping) or set(way) - {"attribute", "holds", "of", "sums", "over"}:
        return False
    return _is_texts(way.get("sums", [])) and all(isinstance(value, str) for k, value in way.items() if k != "sums")


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each for each in value)


def _is_year(value: Any) -> bool:
    return isinstance(value, str) and is_school_year(value)
