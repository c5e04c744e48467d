"""Whatever a person loads, by its kind: a file that is one table, or returns that are parts of several."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from kdsp_lib.errors import BadParameters
from kdsp_lib.source.change import Agree, agreed
from kdsp_lib.source.load import KINDS, Loaded, add_dataset, kind_named
from kdsp_lib.source.national.tidy.deriving import Said
from kdsp_lib.source.national.tidy.file import NOTHING_SAID
from kdsp_lib.source.school_census import loading as school_census
from kdsp_lib.source.sql_reading import SqlTable
from kdsp_lib.source.transfer_file import loading as transfer_file
from kdsp_lib.source.workspace import Workspace

RETURNS: Mapping[str, Callable[..., tuple[Loaded, ...]]] = MappingProxyType(
    {school_census.KIND: school_census.load_returns, transfer_file.KIND: transfer_file.load_transfers}
)
"""Kinds that are read into several tables at once."""


def add_files(
    workspace: Workspace,
    kind: str,
    source: Path | SqlTable,
    period: str | None = None,
    *,
    loaded_on: date,
    name: str = "",
    vintage: str = "",
    signed_off: bool = False,
    not_before: date | None = None,
    use_by: date | None = None,
    status: str | None = None,
    authorities: Collection[str] = (),
    agree: Agree = agreed,
    said: Said = NOTHING_SAID,
) -> tuple[Loaded, ...]:
    """Load a file, or a folder of returns, as that kind. An unknown kind is refused with the names of those known."""
    if kind in RETURNS:
        if not_before is not None or use_by is not None:
            raise BadParameters(
                "Returns make several data sets, of several times.", remedy="leave out --not-before and --use-by"
            )
        if status is not None:
            raise BadParameters("Returns are what schools returned.", remedy="leave out --status")
        if said != NOTHING_SAID:
            raise BadParameters("Returns say what their fields are.", remedy="leave out --filter and --indicator")
        if authorities:
            raise BadParameters("Returns are of the schools that made them.", remedy="leave out --la")
        if name:
            raise BadParameters("Returns say themselves what they are.", remedy="leave out --name")
        if isinstance(source, SqlTable):
            raise BadParameters(f"{kind} is read from files.", remedy=f"of a database: {', '.join(KINDS)}")
        return RETURNS[kind](
            workspace, source, period, loaded_on=loaded_on, vintage=vintage, signed_off=signed_off, agree=agree
        )  # fmt: skip
    kind_named(kind, RETURNS)
    return (
        add_dataset(
            workspace, kind, source, period, loaded_on=loaded_on, name=name, vintage=vintage, signed_off=signed_off,
            not_before=not_before, use_by=use_by, status=status, authorities=authorities, agree=agree, said=said,
        ),
    )  # fmt: skip
