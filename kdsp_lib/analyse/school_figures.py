"""Tables of schools' published figures, put together.

Each school's figures are public already, so what is made of them is printed as it is. What stands for fewer bodies than
a figure needs, mostly for one, or for a small number of pupils, is taken together with others by the ladders; where
that is so of all schools together, it is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
import scipy.sparse as sp

from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.axes import UNKNOWN_LABEL
from kdsp_lib.analyse.figures import Figures, statistics, title
from kdsp_lib.analyse.ladders import PUBLISHED_PHASE, ladders
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.rounding import divided
from kdsp_lib.analyse.school_facet import FACETS, HUNDREDTHS, POPULATIONS, SCHOOL_PHASES, TAKEN, WEIGHED_BY, Taken
from kdsp_lib.analyse.school_record import SchoolRecords
from kdsp_lib.analyse.spread import divides, spread_name
from kdsp_lib.analyse.symbol import HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Cell, Dimension, Level, Statistic
from kdsp_lib.sdc.identity import Bools, Ints
from kdsp_lib.sdc.kinds import AskedTable, controllers_needed, of_few_controllers
from kdsp_lib.sdc.recoding import as_asked, enough_controllers, group_of, recoded
from kdsp_lib.sdc.rules import Rules
from kdsp_lib.source.contract import contract_of

PHASE: Final = "phase"
MARGINS: Final = frozenset({"sex", "fsm6", "fsm", "sen", "eal"})
"""The breakdowns other than the phase that the files split a roll by."""
WHY_RECODED: Final = "together, since too few bodies, mostly one, or fewer than {threshold} pupils stand behind a part"
Codes = tuple[str, ...]
Levels = Sequence[Sequence[tuple[str, str]]]
"""For each breakdown its codes, with their labels."""


@dataclass(frozen=True, slots=True)
class Schools:
    """Whose figures a table is made of: these schools, by URN, their records and who runs each."""

    urns: tuple[str, ...]
    records: SchoolRecords
    controllers: Mapping[str, str]

    @property
    def by_controller(self) -> sp.csr_matrix:
        """Schools by the bodies that run them."""
        _, body = np.unique([self.controllers[urn] for urn in self.urns], return_inverse=True)
        return sp.csr_matrix((np.ones(len(body), np.int64), (np.arange(len(body)), body)))


def school_figures(question: Question, schools: Schools, policy: DisclosurePolicy) -> tuple[Figures, tuple[str, ...]]:
    """The table of a question without a filter, and what was taken together in it.

    What the files do not say is not available, ``x``.
    """
    how, levels = taken(question), _levels(question, schools)
    if how is None:
        return _figures(question, levels, {}, source_of(question, schools.records)), ()
    asked, there = _asked(question, how, levels, schools, policy)
    own_ladders = {**ladders(), PHASE: ladders()[PUBLISHED_PHASE]}
    reader = _Reader(schools.by_controller, Rules(policy), is_average=_is_average(how))
    reached = enough_controllers(asked, as_asked(asked), own_ladders, reader.fails)
    made = recoded(asked, reached, own_ladders, WHY_RECODED.format(threshold=policy.threshold))
    schools_there = recoded(replace(asked, base=there), reached, own_ladders, "").table.base.sum(axis=1)
    values = {
        codes: row if number else [NOT_AVAILABLE] * len(row)
        for codes, row, number in zip(
            made.table.codes, _values(question, made.table, reader), np.ravel(schools_there), strict=True
        )
    }
    together = []
    for name, axis, of_axis in zip(question.by, levels, reached, strict=True):
        groups = [(group_of(code, name, of_axis, own_ladders), label) for code, label in axis]
        together.append(list({code: made.labels.get(code, label) for code, label in groups if code != ROOT}.items()))
    return _figures(question, together, values, source_of(question, schools.records)), made.notes


def empty_figures(question: Question) -> Figures:
    """What a reader sees of a table that the data at hand has nothing for."""
    return _figures(
        question, [divides(name).leaves for name in _names(question)], {}, MEASURES[question.measure].source
    )


def taken(question: Question) -> Taken | None:
    """How a question is answered; None where published figures do not say."""
    found = TAKEN.get(question.measure)
    return None if found is not None and question.kind == "count" and _is_average(found) else found


def _is_average(how: Taken) -> bool:
    return bool(how.facet and FACETS[how.facet].average)


def _names(question: Question) -> tuple[str, ...]:
    return (spread_name(question.measure),) if question.kind == "spread" else question.by


def _split_by(question: Question) -> frozenset[str]:
    """The breakdowns but the phase of which there are figures."""
    how = taken(question)
    return frozenset() if how is None or how.facet or how.population != "roll" else MARGINS & {*question.by}


def _levels(question: Question, schools: Schools) -> Levels:
    """Of the phase those that some school is of."""
    records = schools.records
    phases = {records.phases[urn] for urn in schools.urns}
    levels: list[Sequence[tuple[str, str]]] = []
    for name in question.by:
        if name == PHASE:
            levels.append([(code, label) for code, label in SCHOOL_PHASES if code in phases])
            continue
        has_unknown = name in _split_by(question) and any(
            records.leaves[name].get(urn, {}).get(UNKNOWN, 0) for urn in schools.urns
        )
        levels.append([*divides(name).leaves, *([(UNKNOWN, UNKNOWN_LABEL)] if has_unknown else [])])
    return levels


def _asked(
    question: Question, how: Taken, levels: Levels, schools: Schools, policy: DisclosurePolicy
) -> tuple[AskedTable, sp.csr_matrix]:
    """The rows that there are figures for, over schools; and which schools have the figure of each."""
    split_by = _split_by(question)
    rows: list[Codes] = []
    entries: list[tuple[int, int, int, int]] = []
    for codes in product(*([*(code for code, _ in axis), ROOT] for axis in levels)):
        by = {name: code for name, code in zip(question.by, codes, strict=True) if code != ROOT}
        phase = by.pop(PHASE, ROOT)
        if len(by) > 1 or not split_by >= by.keys():
            continue
        for place, urn in enumerate(schools.urns):
            if phase in (ROOT, schools.records.phases[urn]):
                own = _of_school(urn, question, how, by, schools.records)
                entries += [] if own is None else [(len(rows), place, *own)]
        rows.append(codes)
    row, school, base, counted = np.array(entries, np.int64).reshape(-1, 4).T
    shape = (len(rows), len(schools.urns))

    def matrix(values: Ints) -> sp.csr_matrix:
        return sp.csr_matrix((values, (row, school)), shape=shape)

    categories = {divides(name).category for name in split_by} | ({FACETS[how.facet].category} if how.facet else set())
    asked = AskedTable(
        question.measure,
        "",
        question.by,
        tuple(rows),
        matrix(base),
        matrix(counted) if how.facet and question.kind != "count" else None,
        is_sensitive=not policy.sensitive_categories.isdisjoint(categories),
    )
    return asked, matrix(np.ones_like(base))


def _of_school(
    urn: str, question: Question, how: Taken, by: Mapping[str, str], records: SchoolRecords
) -> tuple[int, int] | None:
    """A school's base and what is counted of it (of averages hundredths times pupils); None where it has none."""
    if _is_average(how):
        average = records.averages[how.facet].get(urn)
        return None if average is None else (average.below, average.above)
    if not how.facet and not by:
        pupils = records.pupils[how.population].get(urn)
        return None if pupils is None else (pupils, 0)
    facet = FACETS[how.facet or next(iter(by))]
    leaves = records.leaves[facet.name].get(urn)
    holds = facet.codes[how.holds if how.facet else by[facet.name]]
    known = 0 if leaves is None else sum(leaves[leaf] for leaf in facet.leaves)
    if leaves is None or (not known and urn in records.missing[facet.name] and UNKNOWN not in holds):
        return None
    held = sum(leaves[leaf] for leaf in holds)
    return (known, held) if how.facet and question.kind != "count" else (held, 0)


@dataclass(frozen=True, slots=True)
class _Reader:
    """What may be shown of rows: from so many bodies, and of so many pupils."""

    by_controller: sp.csr_matrix
    rules: Rules
    is_average: bool

    def fails(self, table: AskedTable) -> Bools:
        """The rows of which some figure may not be shown."""
        return self.hides_base(table) | self.hides_counted(table)

    def hides_base(self, table: AskedTable) -> Bools:
        """The rows of too few bodies or pupils."""
        parts = sp.csr_matrix(table.base @ self.by_controller)
        few = of_few_controllers(parts, controllers_needed(table, self.rules), self.rules)
        return few | self._is_small(_totals(table.base))

    def hides_counted(self, table: AskedTable) -> Bools:
        """The rows of which a small number of pupils are counted, or are not."""
        if table.counted is None or self.is_average:
            return np.zeros(len(table.codes), bool)
        counted = _totals(table.counted)
        return self._is_small(counted) | self._is_small(_totals(table.base) - counted)

    def _is_small(self, count: Ints) -> Bools:
        return np.asarray((count > 0) & (count < self.rules.policy.threshold))


def _totals(matrix: sp.csr_matrix) -> Ints:
    return np.asarray(matrix.sum(axis=1), np.int64).ravel()


def _values(question: Question, table: AskedTable, reader: _Reader) -> Iterator[list[str]]:
    """Of each row what is printed."""
    policy, wide = reader.rules.policy, len(_statistics(question))
    no_base, no_counted = reader.hides_base(table), reader.hides_counted(table)
    counts = _totals(table.base if table.counted is None else table.counted)
    for base, counted, *hidden in zip(_totals(table.base), counts, no_base, no_counted, strict=True):
        if hidden[0] or wide == 1:
            yield [HIDDEN if hidden[0] else str(base)] * wide
        elif hidden[1] or not base:
            yield [*[HIDDEN if hidden[1] else NOT_APPLICABLE] * (wide - 1), str(base)]
        elif reader.is_average:
            places = policy.places_of(base) if question.kind == "rate" else MEASURES[question.measure].places
            yield [divided(int(counted), int(base) * HUNDREDTHS, places), str(base)]
        else:
            yield [divided(int(counted), int(base), policy.places_of(base), times=100), str(counted), str(base)]


def _statistics(question: Question) -> list[Statistic]:
    """As of pupils' records; but where all there is are percentages or scores of schools, nobody is counted."""
    shown, how = statistics(question), taken(question)
    if how is None or not _is_average(how):
        return shown
    return [shown[0], Statistic("base", f"{MEASURES[question.measure].base_label} (weights)", 0)]


def _figures(question: Question, levels: Levels, values: Mapping[Codes, Sequence[str]], source: str) -> Figures:
    """The table; rows without values are not available."""
    shown = _statistics(question)
    cells = tuple(
        Cell(codes, tuple(values.get(codes, [NOT_AVAILABLE] * len(shown))))
        for codes in product(*((*(code for code, _ in axis), ROOT) for axis in levels))
    )
    dims = tuple(
        Dimension(
            "band" if question.kind == "spread" else name,
            divides(name).label,
            tuple(Level(code, label) for code, label in axis),
        )
        for name, axis in zip(_names(question), levels, strict=True)
    )
    return Figures(title(question), dims, tuple(shown), cells, source)


def main_dataset(question: Question) -> str:
    """The data set that the figures of a table stand in; empty where published figures do not say them."""
    how = taken(question)
    if how is None:
        return ""
    return FACETS[how.facet].dataset if how.facet else POPULATIONS[how.population][0]


def source_of(question: Question, records: SchoolRecords) -> str:
    """Where a table's figures come from, each with its own year, and how schools' own figures were put together."""
    how, main = taken(question), main_dataset(question)
    if how is None:
        return MEASURES[question.measure].source
    text = f"{contract_of(main).title}, {records.years.get(main, 'not loaded')}"
    if not _is_average(how):
        return text
    dataset, _ = POPULATIONS[how.population]
    if main == dataset:
        return f"{text}; each school's figure is weighted by its {WEIGHED_BY[how.population]}"
    return f"{text}; each school's percentage is weighted by its pupils on roll in {records.years.get(dataset, '')}"


def reasons(question: Question, schools: Schools) -> Iterator[str]:
    """Why rows of a table are not available, and how many schools its figures leave out."""
    how, records = taken(question), schools.records
    if how is None:
        yield f"The published figures of schools do not say this ({MEASURES[question.measure].label}): it is [x]."
        return
    split_by = _split_by(question)
    lacking = [name for name in question.by if name != PHASE and (name not in split_by or len(split_by) > 1)]
    if lacking:
        names = " and ".join(divides(name).label.lower() for name in lacking)
        yield f"The source does not divide these figures by {names}: such rows are [x]."
    if main_dataset(question) not in records.years:
        yield f"No data set {main_dataset(question)} of this year or before is loaded: the figures are [x]."
    elif how.facet:
        yield from _left_out([records.missing[how.facet].get(urn, "") for urn in schools.urns])


_WHY: Mapping[str, str] = {
    "c": "withheld by the source",
    "low": "given by the source only as close to zero",
    "u": "given by the source as unreliable",
    "x": "not in the source",
    "z": "not applicable, by the source (nobody entered, or none of the age)",
}


def _left_out(missing: Sequence[str]) -> Iterator[str]:
    counts = {symbol: missing.count(symbol) for symbol in _WHY if symbol in missing}
    if counts:
        told = "; ".join(f"{count} {_WHY[symbol]}" for symbol, count in counts.items())
        yield f"Schools left out of these figures, because theirs are missing: {told}."
