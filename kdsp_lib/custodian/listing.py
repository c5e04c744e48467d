"""The list of an establishment's own pupils: for itself alone, by the columns it asks for and the decision permits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kdsp_lib.analyse.pupil_list import LIST_COLUMNS, list_rows
from kdsp_lib.custodian import words
from kdsp_lib.custodian.opening import MINIMISE_COLUMNS
from kdsp_lib.errors import BadParameters, Disclosive, Fault, NotAuthorised, did_you_mean
from kdsp_lib.model.listing import Listing
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.source.pseudonym import pseudonym

if TYPE_CHECKING:
    from kdsp_lib.custodian.open_report import OpenReport
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables


def listing_in_words(
    name: str,
    title: str,
    scope: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    *notes: str,
    nothing: str = "There is none",
    of_pupils: bool = False,
) -> Listing:
    """A list whose columns are named by their words. Without rows it has one that says ``nothing``."""
    slugs = {label.lower().replace(" ", "-"): label for label in columns}
    found = tuple(rows) or ((nothing, *("none" for _ in columns[1:])),)
    return Listing(title, scope, slugs, found, notes, name, of_pupils)


@contextmanager
def told_of_tables_before(report: OpenReport) -> Iterator[None]:
    """Where there can be no list beside tables that a report was told before: that this is why, and the way out."""
    try:
        yield
    except Disclosive as error:
        if not report.answers:
            raise
        names = ", ".join(table.name for answer in report.answers for table in answer.tables)
        raise Disclosive(
            "The pupils cannot be listed beside the tables that this report was told before.",
            faults=[Fault("asked before the list", names), *error.faults],
            rule=error.rule,
            remedy="restart the kernel and ask report.pupils(...) before report.tables(...): tables can give way "
            "to a list, row by row, and a list cannot give way to them",
        ) from None


def list_of_pupils(tables: SourceTables, opened: Opened, columns: object, secret: bytes) -> Listing:
    """The pupils on roll at the one subject, which is the recipient.

    Raises NotAuthorised for a column that the decision does not permit, whether there is such a column or not.
    """
    asked = permitted_columns(columns, opened, tuple(LIST_COLUMNS))
    (urn,) = opened.subjects
    family = f"{opened.request.recipient} {opened.period}"
    rows = list_rows(tables, urn, asked, lambda key: pseudonym(key, secret=secret, family=family))
    return Listing(
        title="Pupils on roll",
        scope=words.scope(opened),
        columns={name: LIST_COLUMNS[name].label for name in asked},
        rows=rows,
        notes=(opened.served.withheld(opened.policy),),
    )


def permitted_columns(columns: object, opened: Opened, there: tuple[str, ...]) -> tuple[str, ...]:
    """The columns asked for: different names, each of those ``there`` and of a category that the decision is about."""
    if not isinstance(columns, list) or not columns or not all(isinstance(name, str) for name in columns):
        raise BadParameters(
            "A list of pupils is asked for by its columns.", remedy='report.pupils(columns=["surname", "year-group"])'
        )
    permitted = [name for name in there if LIST_COLUMNS[name].category in opened.request.categories]
    faults = [
        Fault("", f"is not a column of this list{did_you_mean(name, permitted)}", name[:60])
        for name in dict.fromkeys(columns)
        if name not in permitted
    ]
    if faults:
        raise NotAuthorised(
            "The list may not have all of these columns.",
            faults=faults,
            clauses=protocol_named(opened.request.protocol).clauses_of(MINIMISE_COLUMNS),
            rule="only the columns of the request's categories leave",
            remedy=f"ask for some of {', '.join(permitted)}",
        )
    if len(set(columns)) < len(columns):
        raise BadParameters("A column is asked for twice.")
    return tuple(columns)
