"""Schools and pupils counted by what inspections found, as tables: never one regime's words in another's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kdsp_lib.analyse.inspected import (
    BEFORE_OEIF,
    GOOD_OR_BETTER,
    GRADES,
    NO_GRADE,
    OEIF,
    OTHER,
    OVERALL,
    PHASE_GROUPS,
    PREDECESSOR,
    REPORT_CARD,
    UNGRADED_OUTCOME,
    YEARS,
    School,
)
from kdsp_lib.analyse.measures.inspection import NOT_INSPECTED, judged
from kdsp_lib.analyse.rounding import percentage
from kdsp_lib.analyse.symbol import NOT_APPLICABLE, NOT_AVAILABLE
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.table import Cell, Dimension, Level, Standing, Statistic, Table
from kdsp_lib.source.national.inspection import AREAS

CARD_GRADES = ("exceptional", "strong-standard", "expected-standard", "needs-attention", "urgent-improvement")
NOT_GRADES = ("not-judged", "not-applicable")
CONCERNS: Mapping[str, str] = {
    "SM": "Special measures", "SWK": "Serious weaknesses", "RSI": "Requires significant improvement",
    "none": "No category of concern", NOT_INSPECTED: "Not inspected since it opened or converted",
}  # fmt: skip
SINCE: Mapping[str, str] = {
    "years-0": "Less than 1 year", **{f"years-{n}": f"{n} to less than {n + 1} years" for n in range(1, YEARS)},
    f"years-{YEARS}": f"{YEARS} years or more", PREDECESSOR: "Inspected only before it converted",
    NOT_INSPECTED: "Not inspected since it opened or converted",
}  # fmt: skip
_SPELT: Mapping[str, str] = {
    "post-16-provision": "Post-16 provision", NO_GRADE: "No grade under this framework",
}  # fmt: skip
_OF_2019 = "under the framework of 2019"
Dim = tuple[str, str, Mapping[str, str]]
"""A dimension's name, its words, and those of its codes in order."""
Cells = dict[tuple[str, ...], tuple[str, ...]]
ALL = "All"


@dataclass(frozen=True, slots=True)
class Counted:
    """One table: dimensions, statistics (name, words, decimals) and values as they are printed."""

    name: str
    title: str
    dims: tuple[Dim, ...]
    statistics: tuple[tuple[str, str, int], ...]
    cells: Cells

    def as_table(self, scope: str, notes: Sequence[str], source: str) -> Table:
        """The table as a release has it."""
        return Table(
            self.name,
            Standing("published-outcomes"),
            tuple(Cell(codes, tuple(values)) for codes, values in self.cells.items()),
            self.title,
            scope,
            tuple(
                Dimension(name, label, tuple(Level(code, text) for code, text in words.items()), ALL)
                for name, label, words in self.dims
            ),
            tuple(Statistic(*each) for each in self.statistics),
            tuple(notes),
            source=source,
        )


_ORDER: Mapping[str, int] = {area.name: place for place, area in enumerate(AREAS)}
"""Areas stand as their framework has them: readers look for them in that order, overall effectiveness first."""
COUNTS = (("schools", "Schools", 0), ("pupils", "Pupils", 0))
WITH_PREDECESSORS = (*COUNTS, ("of_predecessors", "Schools by an inspection before they converted", 0))


def in_words(code: str) -> str:
    """A judgement, area or outcome as people read it."""
    return _SPELT.get(code, code.replace("-", " ").capitalize())


def phases_of(schools: Sequence[School]) -> dict[str, str]:
    """The phases that there are, few ones together."""
    there = {school.phase for school in schools}
    every = {**PHASE_GROUPS, OTHER: "Nursery, special and alternative provision"}
    return {code: words for code, words in every.items() if code in there}


def inspection_tables(
    rows: Sequence[Mapping[str, Any]], schools: Sequence[School], on: date, policy: DisclosurePolicy
) -> tuple[Counted, ...]:
    """All counts of schools by inspections. ``rows``: the judgements of these schools known on that day."""
    phases = phases_of(schools)
    every = (
        _by_phase("overall", f"Overall effectiveness {_OF_2019}, by phase", "judgement", "Judgement", schools, phases,
                  _words((*GRADES, "not-judged", NO_GRADE)), lambda school: school.grade),
        _good_or_better(schools, phases, policy),
        *_by_area("grades", f"Graded inspections {_OF_2019}, by area", OEIF, (*GRADES, *NOT_GRADES), rows, schools),
        *_by_area("grades_before", "Graded inspections under the framework before, by area", BEFORE_OEIF,
                  (*GRADES, *NOT_GRADES), rows, schools),
        *_by_area("report_cards", "Report cards, by area", REPORT_CARD, (*CARD_GRADES, *NOT_GRADES), rows, schools),
        _of_one("safeguarding", "Report cards: safeguarding", "judgement", "Judgement", schools,
                _words(("met", "not-met", "not-applicable")),
                lambda school: school.judgements.get((REPORT_CARD, "safeguarding"))),
        _of_one("ungraded", "Inspections without grades", "outcome", "Outcome", schools,
                _words(sorted({s.judgements[UNGRADED_OUTCOME] for s in schools if UNGRADED_OUTCOME in s.judgements})),
                lambda school: school.judgements.get(UNGRADED_OUTCOME)),
        _of_one("since", "Time since the latest full inspection", "since", "Since the inspection", schools, SINCE,
                lambda school: school.since(on)),
        _of_one("concern", "Category of concern", "concern", "Category", schools, CONCERNS, _concern),
    )  # fmt: skip
    return tuple(table for table in every if table.cells)


def _concern(school: School) -> str:
    return NOT_INSPECTED if not school.judgements else school.concern or "none"


def _words(codes: Iterable[str]) -> dict[str, str]:
    return {code: in_words(code) for code in codes}


def _counts(schools: Iterable[School]) -> tuple[str, str]:
    """How many schools, and their pupils: x where these are known of none of them."""
    found = list(schools)
    known = [school.pupils for school in found if school.pupils is not None]
    return str(len(found)), str(sum(known)) if known or not found else NOT_AVAILABLE


def _of_one(
    name: str, title: str, dim: str, label: str, schools: Sequence[School], words: Mapping[str, str],
    code_of: Callable[[School], str | None],
) -> Counted:  # fmt: skip
    """A row a code, and all that have one."""
    codes = {school.urn: code_of(school) for school in schools}
    cells: Cells = {(code,): _counts(s for s in schools if codes[s.urn] == code) for code in words}
    cells[(ALL,)] = _counts(s for s in schools if codes[s.urn] in words)
    return Counted(name, title, ((dim, label, words),), COUNTS, cells)


def _by_phase(
    name: str, title: str, dim: str, label: str, schools: Sequence[School], phases: Mapping[str, str],
    words: Mapping[str, str], code_of: Callable[[School], str],
) -> Counted:  # fmt: skip
    cells: Cells = {}
    for phase in (*phases, ALL):
        for code in (*words, ALL):
            there = [s for s in schools if phase in (s.phase, ALL) and code in (code_of(s), ALL)]
            before = sum(s.is_of_predecessor and OVERALL in s.judgements for s in there)
            cells[phase, code] = (*_counts(there), str(before))
    return Counted(name, title, (("phase", "Phase", phases), (dim, label, words)), WITH_PREDECESSORS, cells)


def _good_or_better(schools: Sequence[School], phases: Mapping[str, str], policy: DisclosurePolicy) -> Counted:
    """The share of pupils in good or outstanding schools, of those in schools that have a grade of all."""
    cells: Cells = {}
    for phase in (*phases, ALL):
        graded = [s for s in schools if phase in (s.phase, ALL) and s.grade in GRADES]
        base = sum(s.pupils or 0 for s in graded)
        good = sum(s.pupils or 0 for s in graded if s.grade in GOOD_OR_BETTER)
        rate = percentage(good, base, policy.places_of(base)) if base else NOT_APPLICABLE
        cells[(phase,)] = (rate, str(good), str(base))
    statistics = (
        ("rate", "Pupils in good or outstanding schools (%)", 1),
        ("numerator", "Pupils in good or outstanding schools", 0),
        ("base", "Pupils in schools with an overall grade", 0),
    )
    title = "Pupils in schools graded good or outstanding"
    return Counted("good_or_better", title, (("phase", "Phase", phases),), statistics, cells)


def _by_area(
    name: str, title: str, framework: str, grades: Sequence[str], rows: Sequence[Mapping[str, Any]],
    schools: Sequence[School],
) -> tuple[Counted, Counted]:  # fmt: skip
    """The judgements of each area of a framework, in schools and in pupils. Where nothing was judged so stands a 0."""
    roll = {school.urn: school.pupils or 0 for school in schools}
    found = {(one.area, one.judgement): one for one in judged(rows, roll) if one.framework == framework}
    areas = _words(sorted({area for area, judgement in found if judgement in grades}, key=_ORDER.__getitem__))
    given = {judgement for _, judgement in found}
    words = _words(grade for grade in grades if grade in given or grade not in NOT_GRADES)
    dims = (("area", "Area", areas), ("judgement", "Judgement", words))
    pairs = [(area, grade) for area in areas for grade in words]
    in_schools: Cells = {pair: (str(found[pair].schools) if pair in found else "0",) for pair in pairs}
    in_pupils: Cells = {pair: (str(found[pair].pupils) if pair in found else "0",) for pair in pairs}
    return (
        Counted(name, f"{title}: schools", dims, COUNTS[:1], in_schools),
        Counted(f"{name}_pupils", f"{title}: pupils of these schools", dims, COUNTS[1:], in_pupils),
    )
