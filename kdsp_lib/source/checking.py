"""Hold a table to its contract: every fault of every row. Columns are looked at whole, each different text once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kdsp_lib.source.contract import SYMBOL, Column, Contract
from kdsp_lib.source.row_rule import ROW_RULES

TWICE: Final = "is there already in an earlier row: keep one of them"


@dataclass(frozen=True, slots=True, order=True)
class CellFault:
    """One value, or one row, that does not keep the contract. Rows are counted from 0."""

    row: int
    column: str
    text: str


def check_table(table: Any, contract: Contract) -> list[CellFault]:
    """What an Arrow table with the columns of ``contract`` does wrong, by row and column; never the values."""
    if table.num_rows == 0:
        return []
    found = {fault for column in contract.columns for fault in _of_column(table.column(column.name), column)}
    for figure in _figures(contract):
        text = f"must be a figure, or nothing and a symbol in {figure}{SYMBOL}"
        found |= {CellFault(row, figure, text) for row in _without_one_of_the_two(table, figure)}
    for key in keys_of(contract):
        found |= {CellFault(row, " + ".join(key), TWICE) for row in _again(table, key)}
    if contract.rules:
        rows = _frame(table)
        for rule in contract.rules:
            found |= {CellFault(row, rule.column, rule.text) for row in _where_not(ROW_RULES[rule.name](rows))}
    return sorted(found)


def _of_column(values: Any, column: Column) -> Iterator[CellFault]:
    import pyarrow.compute as pc

    if values.null_count and not column.nullable:
        for row in pc.indices_nonzero(values.is_null()).to_pylist():
            yield CellFault(row, column.name, f"is empty; it must be {column.expectation}")
    for good in _kept(values, column):
        for row in pc.indices_nonzero(pc.invert(good)).to_pylist():
            yield CellFault(row, column.name, f"must be {column.expectation}")


def _kept(values: Any, column: Column) -> Iterator[Any]:
    """For each rule of the column, where the values keep it; null where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.codes or column.pattern:
        different = values.dictionary_encode().unify_dictionaries().combine_chunks()
        form = re.compile(column.pattern, re.ASCII)
        good = [
            (not column.codes or text in column.codes) and (not column.pattern or form.fullmatch(text) is not None)
            for text in different.dictionary.to_pylist()
        ]
        if not all(good):
            yield pa.array(good, pa.bool_()).take(different.indices)
    if column.low is not None:
        yield pc.greater_equal(values, column.low)
    if column.high is not None:
        yield pc.less_equal(values, column.high)


def keys_of(contract: Contract) -> tuple[tuple[str, ...], ...]:
    """Each set of columns that no two rows may share."""
    return (contract.key, *((name,) for name in contract.unique))


def _figures(contract: Contract) -> tuple[str, ...]:
    """The columns beside which another says why there is no figure."""
    return tuple(name for name in contract.names if f"{name}{SYMBOL}" in contract.names)


def _without_one_of_the_two(table: Any, figure: str) -> list[int]:
    """The rows with a figure and a symbol, or with neither."""
    import pyarrow.compute as pc

    is_alike = pc.equal(table.column(figure).is_null(), table.column(f"{figure}{SYMBOL}").is_null())
    rows: list[int] = pc.indices_nonzero(is_alike).to_pylist()
    return rows


def _again(table: Any, key: tuple[str, ...]) -> list[int]:
    """The rows whose key stands in an earlier one; one that is not whole is nobody's."""
    import pyarrow.compute as pc

    if len(key) == 1 and pc.count_distinct(table.column(key[0])).as_py() + table.column(key[0]).null_count == len(
        table
    ):
        return []
    rows = _frame(table.select(key))
    return _where_not(~rows.duplicated(keep="first") | rows.isna().any(axis=1))


def _where_not(kept: Any) -> list[int]:
    """The rows that do not keep a rule; where it cannot be told, it is kept."""
    rows: list[int] = (~kept.fillna(True).astype(bool)).to_numpy().nonzero()[0].tolist()
    return rows


def _frame(table: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    return table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get)
