"""Tables that tell nothing new: of terms and years as they were released to the same readers, and of what is public."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from kdsp_lib.custodian.published_series import published_series
from kdsp_lib.custodian.so_far import so_far
from kdsp_lib.custodian.trend import trend
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.table import Table

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.open_report import OpenReport
    from kdsp_lib.source.catalogue import Catalogue


def further_table(ledger: Ledger, catalogue: Catalogue, report: OpenReport, question: Mapping[str, Any]) -> Table:
    """The table that is asked for: ``kind`` so-far or trend of a ``table``, or published of a ``measure``.

    What is published in it is noted in the report. BadParameters where there is no such kind, or another table of the
    report has its name.
    """
    name, years = question.get("table"), question.get("years")
    snapshots: Collection[str] = ()
    match question.get("kind"):
        case "so-far":
            table = so_far(ledger, report, name)
        case "trend":
            table, snapshots = trend(ledger, catalogue, report, name, years)
        case "published":
            table, snapshots = published_series(report.opened, question.get("measure"), years)
        case _:
            raise BadParameters("There is no such table.", remedy="one of so-far, trend, published")
    if any(each.name == table.name for each in report.tables if each.name not in report.further):
        raise BadParameters(f"{table.name} is another table.", remedy="give that one another name")
    report.series_from.update(snapshots)
    return table
