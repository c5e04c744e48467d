"""Of a file of all England, the rows of one's own authority."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.source.contract import Contract
from kdsp_lib.source.file_kind import header_of, is_text, looks_like
from kdsp_lib.source.national.establishment import KIND as EXTRACT
from kdsp_lib.source.sql_reading import SqlTable


def may_be_of_all_england(contract: Contract, file: Path | SqlTable) -> bool:
    """Whether these are establishments from an extract of their register, of which only some are the authority's."""
    if contract.table != "establishments" or isinstance(file, SqlTable) or not is_text(file):
        return False
    return looks_like(header_of(file)) == EXTRACT


def rows_of_authorities(table: Any, contract: Contract, authorities: Collection[str]) -> tuple[Any, tuple[str, ...]]:
    """The rows of those authorities, by their number; what was left out is told."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = next((name for name in ("la", "laestab") if name in contract.names), None)
    if column is None:
        raise BadParameters(
            f"The rows of {contract.table} do not say of which authority they are.", remedy="leave out --la"
        )
    numbers = pc.utf8_slice_codeunits(table.column(column), 0, 3)
    there = set(numbers.unique().to_pylist()) - {None}
    if not authorities and len(there) > 1:
        raise BadParameters(
            f"These are the establishments of {len(there)} authorities.", remedy="say which are yours: --la 340"
        )
    if missing := [each for each in authorities if each not in there]:
        raise BadParameters(
            "There is no row of such an authority.", faults=[Fault(each, "is not there", "--la") for each in missing]
        )
    if not authorities:
        return table, ()
    kept = table.filter(pc.is_in(numbers, pa.array(list(authorities))))
    others = len(table) - len(kept)
    return kept, (f"{others:,} rows of other authorities were left out",) if others else ()
