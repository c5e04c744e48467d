"""A table term by term: what this report says of its term, beside what the same report said of the terms before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kdsp_lib.custodian import words
from kdsp_lib.custodian.series import asked_table, others_then, released_before, stitched
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.table import Dimension, Level, Table
from kdsp_lib.source.period import is_term, terms_of

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.open_report import OpenReport

TERM: Final = "term"
SO_FAR: Final = (
    "Each term is as it was released at its time: pupils on roll at the census of that term. [x]: no report of that "
    "term has been released to those whom this one is for, or it has expired."
)


def so_far(ledger: Ledger, report: OpenReport, name: object) -> Table:
    """The table of that name with a row for each term of its school year up to its own; BadParameters without it."""
    opened = report.opened
    table = asked_table(report, name)
    if not is_term(opened.period):
        raise BadParameters(
            "A whole school year has no terms so far.", remedy=f"ask for the report of a term: {opened.period}-autumn"
        )
    year = opened.period.partition("-")[0]
    terms = list(terms_of(year))
    terms = terms[: terms.index(opened.period) + 1]
    before = released_before(ledger, report, table, terms)
    told = {term: each.table for term, each in before.items()}
    levels = tuple(Level(term, words.period(term).capitalize()) for term in terms)
    made = stitched(
        table,
        {term: told.get(term) for term in terms[:-1]} | {opened.period: table},
        Dimension(TERM, "Term", levels),
        [SO_FAR, *others_then(before, opened)],
    )
    return replace(
        made,
        name=f"{table.name}_so_far",
        title=f"{table.title}, term by term",
        scope=f"{table.scope.rpartition(',')[0]}, {words.period(year)} so far",
    )
