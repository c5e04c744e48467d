"""A measure in words, and as data: for the command line and for the page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kdsp_lib.analyse.measures.catalogue import catalogue, rounding_of
from kdsp_lib.analyse.measures.definition import Definition, Gap, Level

POLARITY = {"higher": "higher is better", "lower": "lower is better", "neither": "neither: it describes"}
Line = tuple[str, str]


def explain(one: Definition) -> Iterator[Line]:
    """What there is to know of a measure: a heading, then a text; a heading may come more than once."""
    yield "topic", one.topic
    yield "shown as", " or ".join(one.kinds) or "no table"
    yield "numerator", one.numerator
    if one.denominator:
        yield "denominator", one.denominator
    if one.left_out:
        yield "left out", one.left_out
    yield "rounding", rounding_of(one)
    yield "published", one.published
    yield "polarity", POLARITY[one.polarity]
    yield "source", one.source
    yield "phases", ", ".join(one.phases)
    for span in one.years:
        yield "years", f"{span}: {span.rule}" if span.rule else str(span)
    yield "before", one.before
    for text in one.between:
        yield "between", text
    if one.after:
        yield "after", one.after
    for gap in one.gaps:
        yield "[x]", _gap_text(gap)
    for each in one.breaks:
        yield "break", f"{each.since}: {each.why}"
    if one.nested:
        yield "holds", f"whoever counts for {one.nested} counts here too: protected as one"
    for symbol, meaning in one.own_symbols.items():
        yield f"[{symbol}]", meaning
    for note in one.notes:
        yield "note", note
    for note in one.unsettled:
        yield "unsettled", note
    yield "in reports", in_reports(one)


def in_reports(one: Definition) -> str:
    """How tables of reports take a measure, or why they do not."""
    if one.not_taken:
        return f"no: {one.not_taken}"
    ways = (("pupils' records", one.taken is not None), ("schools' published figures", one.is_taken_from_schools))
    return "of " + " or of ".join(way for way, is_taken in ways if is_taken)


def years_of(one: Definition) -> str:
    """The years in which a measure exists, in short."""
    return ", ".join(str(span) for span in one.years)


def standing(one: Definition, year: str, phase: str = "", level: Level = "all") -> Line:
    """What stands for a measure in a year: nothing where it may have a figure, else the symbol with its reason."""
    missing = one.missing(year, phase=phase, level=level)
    return ("", one.rule_of(year)) if missing is None else (f"[{missing.symbol}]", missing.why)


def described(one: Definition) -> dict[str, Any]:
    """A measure as data."""
    return {
        "name": one.name,
        "label": one.label,
        "topic": one.topic,
        "category": one.category,
        "kinds": list(one.kinds),
        "numerator": one.numerator,
        "denominator": one.denominator,
        "left_out": one.left_out,
        "rounding": rounding_of(one),
        "published": one.published,
        "polarity": one.polarity,
        "sources": [{"title": source.title, "datasets": list(source.datasets)} for source in one.sources],
        "phases": list(one.phases),
        "years": [{"since": span.since, "until": span.until or None, "rule": span.rule} for span in one.years],
        "outside": {"before": one.before, "between": list(one.between), "after": one.after},
        "gaps": [{"years": list(gap.years), "level": gap.level, "why": gap.why} for gap in one.gaps],
        "breaks": [{"since": each.since, "why": each.why} for each in one.breaks],
        "nested": one.nested or None,
        "symbols": dict(one.symbols),
        "notes": list(one.notes),
        "unsettled": list(one.unsettled),
        "in_reports": in_reports(one),
        "lait": one.lait or None,
        "version": catalogue().version,
    }


def _gap_text(gap: Gap) -> str:
    whom = {"school": "single schools", "pupils": "pupils' records", "all": "all"}[gap.level]
    years = f"{gap.years[0]} to {gap.years[-1]}" if _are_in_a_row(gap.years) else " and ".join(gap.years)
    return f"{years}, of {whom}: {gap.why}"


def _are_in_a_row(years: Sequence[str]) -> bool:
    """Whether three school years or more follow each other without a hole."""
    first = [int(year[:4]) for year in years]
    return len(first) > 2 and first == list(range(first[0], first[0] + len(first)))
