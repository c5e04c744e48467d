"""Whether what is loaded is still what the server holds: both are counted, each where it is, and the counts compared.

No row and no value leaves the server: of each column come at most 4,096 counts, by three digits of the values' hashes.
"""

from __future__ import annotations

from typing import Any

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.contract import contract_of
from kdsp_lib.source.server_tables import open_server_tables
from kdsp_lib.source.sql_reading import SqlTable
from kdsp_lib.source.tables import open_dataset
from kdsp_lib.source.workspace import Workspace

_DIGITS = 3


def compare(workspace: Workspace, name: str, period: str | None, there: SqlTable) -> DataSet:
    """The current data set of that name and period; :class:`BadSource` where the table of the server differs."""
    catalogue = Catalogue.load(workspace)
    dataset = catalogue.dataset(name, period)
    here = open_dataset(catalogue, dataset)
    try:
        with open_server_tables({dataset.dataset: there}) as server:
            faults = [
                Fault(str(dataset), f"differs from {there.name}", column)
                for column in contract_of(name).names
                if _counted(here, here.named(dataset.dataset), column)
                != _counted(server, server.named(dataset.dataset), column)
            ]
    finally:
        here.close()
    if faults:
        raise BadSource(
            "What is loaded is not what the database holds now.", faults=faults, remedy="load it again: kdsp data add"
        )
    return dataset


def _counted(tables: Any, relation: Any, column: str) -> dict[str | None, int]:
    found = tables.arrow(summary(relation, column))
    return dict(zip(found.column("place").to_pylist(), found.column("rows").to_pylist(), strict=True))


def summary(relation: Any, column: str) -> Any:
    """How many rows have each value of a column, the values told apart by the beginning of their MD5 alone."""
    import ibis

    @ibis.udf.scalar.builtin  # type: ignore[untyped-decorator, unused-ignore]
    def md5(text: str) -> str:
        """A function of both databases."""
        raise NotImplementedError

    place = md5(relation[column].cast("string")).substr(0, _DIGITS)
    return relation.group_by(place=place).aggregate(rows=relation.count())
