"""Aggregates, answered from the edition of their period: selected there, and the same for every reader and report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT
from kdsp_lib.analyse.comparison import side_by_side
from kdsp_lib.analyse.count_tables import ENROLMENTS, MEASURE, PUPILS, SHARE
from kdsp_lib.analyse.edition_tables import PlacedTable, form_of, is_in_school_files, name_of, sums_of
from kdsp_lib.analyse.figures import Figures, figures
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.printed_figures import figures_of_printed
from kdsp_lib.analyse.spread_bands import too_even
from kdsp_lib.custodian import own_words, words
from kdsp_lib.custodian.answering import beside_published, cohort_of
from kdsp_lib.custodian.edition import Edition, edition_policy, rules_of
from kdsp_lib.custodian.edition_at_hand import Basis, EditionsAtHand
from kdsp_lib.custodian.too_few import refuse_small_filters, refuse_spreads_of_few
from kdsp_lib.errors import Disclosive
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import OWN, Question
from kdsp_lib.model.table import Table
from kdsp_lib.sdc.printed import HIDDEN, PrintedTable

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.tables import SourceTables


@dataclass(frozen=True, slots=True)
class Aggregates:
    """The aggregates of a report, by the members of each place."""

    edition: Edition

    def figures(self, question: Question, members: Sequence[str]) -> Figures:
        """The table of a question about these establishments."""
        form, place = form_of(question), self.edition.place_of(members)
        printed = self._printed(form, place)
        totals = {name: self.edition.totals[name].get((name_of(form), place), {}) for name in sums_of(form)}
        return figures_of_printed(question, printed, totals, rules_of(edition_policy()))

    def notes(self, question: Question, members: Sequence[str]) -> tuple[str, ...]:
        """What was taken together in it, and why."""
        return self._printed(form_of(question), self.edition.place_of(members)).notes[1:]

    def counts(self, name: str, question: Question, members: Sequence[str]) -> Mapping[str, Any]:
        """Its printed counts, as an auditor takes them."""
        return _counts(name, form_of(question), self._printed(form_of(question), self.edition.place_of(members)))

    def _printed(self, form: Question, place: str) -> PrintedTable:
        return self.edition.tables[name_of(form), place]


def aggregates_for(
    tables: SourceTables,
    opened: Opened,
    catalogue: Catalogue,
    editions: EditionsAtHand,
    asked: Mapping[str, tuple[Question, tuple[str, ...]]],
) -> Aggregates:
    """The aggregates of checked questions, each with the establishments that it is about.

    Raises Disclosive for a filter of too few, and where a table that is not standard cannot be made safe beside those
    that are.
    """
    filtered = {name: question for name, (question, _) in asked.items() if question.where is not None}
    if filtered:
        refuse_small_filters(count_atoms(tables, cohort_of(opened), filtered), edition_policy())
    placed = [PlacedTable("", members, form_of(question)) for question, members in asked.values()]
    return Aggregates(editions.of(Basis.of(opened), catalogue, placed))


def placed_of(asked: Mapping[str, Question], members: Sequence[str]) -> list[PlacedTable]:
    """The tables of an edition that questions about a group are answered from; spreads are of none."""
    return [
        PlacedTable("", tuple(members), form_of(question)) for question in asked.values() if question.kind != "spread"
    ]


def answer_from_edition(
    tables: SourceTables,
    opened: Opened,
    catalogue: Catalogue,
    editions: EditionsAtHand,
    asked: Mapping[str, Question],
) -> Answer:
    """Protected tables for checked questions about a group."""
    counted = {name: question for name, question in asked.items() if question.kind != "spread"}
    about = {name: (question, opened.subjects) for name, question in counted.items()}
    found = aggregates_for(tables, opened, catalogue, editions, about)
    made = {name: _table(name, question, opened, found) for name, question in counted.items()}
    made |= {name: _spread(tables, opened, name, question) for name, question in asked.items() if name not in counted}
    return Answer(
        questions=asked,
        subjects=opened.subjects,
        tables=tuple(made[name] for name in asked),
        counts=tuple(found.counts(name, counted[name], opened.subjects) for name in sorted(counted)),
        zeros_hidden=False,
        search={},
        round_to=rules_of(edition_policy()).rounding.round_to,
        edition=found.edition.name,
    )


def with_comparators(
    tables: SourceTables,
    opened: Opened,
    catalogue: Catalogue,
    editions: EditionsAtHand,
    asked: Mapping[str, Question],
    answered: Callable[[Mapping[str, Question]], Answer],
) -> Answer:
    """An establishment's own figures, ``answered`` by themselves, with those of its comparators from the edition."""
    compared = {name: question for name, question in asked.items() if question.sets_beside_others}
    alone = {
        name: replace(question, compare=None, beside=None) if name in compared else question
        for name, question in asked.items()
    }
    own = answered(alone)
    if not compared:
        return replace(own, questions=asked)
    about = {name: (question, opened.comparators[str(question.compare)]) for name, question in compared.items()}
    found = aggregates_for(tables, opened, catalogue, editions, about)

    def beside(table: Table) -> Table:
        if table.name not in compared:
            return table
        question, members = about[table.name]
        labels = {code: words.whose(opened, code) for code in (OWN, str(question.compare))}
        own_figures = Figures(table.title, table.dims, table.statistics, table.cells, str(table.source))
        both = side_by_side({OWN: own_figures, str(question.compare): found.figures(question, members)}, labels)
        both = beside_published(both, question, opened)
        rounded = [] if opened.whole_for else [own_words.beside(opened)]
        notes = [
            *table.notes,
            *rounded,
            *found.notes(question, members),
            *words.of_question(question, opened, both.statistics),
        ]
        left_out = table.left_out
        made = both.as_table(table.name, question, words.scope_of(question, opened), dict.fromkeys(notes))
        return replace(made, left_out=left_out)

    return replace(
        own,
        questions=asked,
        tables=tuple(map(beside, own.tables)),
        counts=(*own.counts, *(found.counts(f"{name}_beside", *about[name]) for name in sorted(about))),
        comparators=opened.comparators,
        edition=found.edition.name,
    )


def _table(name: str, question: Question, opened: Opened, found: Aggregates) -> Table:
    shown = beside_published(found.figures(question, opened.subjects), question, opened)
    notes = [*found.notes(question, opened.subjects), *notes_of(opened, question, shown)]
    return shown.as_table(name, question, words.scope_of(question, opened), notes)


def notes_of(opened: Opened, question: Question, shown: Figures) -> list[str]:
    """What stands under a table of an edition beside its own notes."""
    told = [words.rules(opened, zeros_hidden=False), words.coverage_of_table(opened)]
    return [*filter(None, told), *words.of_question(question, opened, shown.statistics)]


def _spread(tables: SourceTables, opened: Opened, name: str, question: Question) -> Table:
    """How many establishments lie in each band of a rate that the department publishes of each: nobody's secret."""
    if not is_in_school_files(Question("rate", question.measure)):
        raise Disclosive(
            f"{name} is a spread over establishments of what is not published of each.",
            rule="a spread is of a measure in the department's school files",
            remedy="ask for the rate of all alone: report.rate(...)",
        )
    cube = build_cube(count_atoms(tables, cohort_of(opened), {name: question}), opened.policy)
    refuse_spreads_of_few(cube)
    shown = beside_published(figures(cube, name, too_even(cube, np.zeros(len(cube.keys), bool))), question, opened)
    return shown.as_table(name, question, words.scope_of(question, opened), notes_of(opened, question, shown))


def _counts(name: str, form: Question, table: PrintedTable) -> dict[str, Any]:
    """The printed counts with the hierarchy of each dimension; a recoded one has a name of its own."""
    measure = MEASURES[form.measure]
    share = f"{SHARE}{measure.name}"
    has_share = form.kind == "rate" and not measure.sums
    suffix = " beside" if name.endswith("_beside") else ""
    dims: list[dict[str, Any]] = [
        {"name": MEASURE, "root": PUPILS, "children": {PUPILS: [ENROLMENTS, "without sessions"]}}
    ]
    dims += [_dim(breakdown, place, table) for place, breakdown in enumerate(table.breakdowns)]
    if has_share:
        dims.append({"name": share, "root": ROOT, "children": {ROOT: ["yes", "no"]}})
    # What stands beside an establishment's own figures is no part of what those add up to.
    dims = [{**dim, "name": f"{dim['name']}{suffix}"} for dim in dims]
    head = ENROLMENTS if measure.of == ENROLMENTS else PUPILS
    rows = []
    for row in table.rows:
        rows.append(([head, *row.codes, *([ROOT] if has_share else [])], row.base))
        if has_share and row.counted is not None:
            rows += [([head, *row.codes, "yes"], row.counted), ([head, *row.codes, "no"], HIDDEN)]
    return {
        "name": name,
        "dims": dims,
        "rows": [{"codes": codes, "value": str(value)} for codes, value in rows if value != "z"],
        "round": table.unit,
        "rounding": "adjacent",
    }


def _dim(breakdown: str, place: int, table: PrintedTable) -> dict[str, Any]:
    codes = [code for code in dict.fromkeys(row.codes[place] for row in table.rows) if code != ROOT]
    is_recoded = any(code in (table.labels or {}) for code in codes)
    leaves = [leaf for leaf, _ in ATTRIBUTES[breakdown].leaves] if breakdown in ATTRIBUTES else []
    name = f"{breakdown} of {table.place}" if is_recoded else breakdown
    return {
        "name": name,
        "root": ROOT,
        "children": {ROOT: codes if is_recoded else [*leaves, *_unknown(codes, leaves)]},
    }


def _unknown(codes: Iterable[str], leaves: Sequence[str]) -> list[str]:
    return [code for code in codes if code not in leaves]
