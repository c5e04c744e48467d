"""Hold a table to its contract with pandera: every fault of every row, found in one pass."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Any

from kdsp_lib.source.contract import SYMBOL, Column, Contract
from kdsp_lib.source.row_rule import ROW_RULES


@dataclass(frozen=True, slots=True, order=True)
class CellFault:
    """One value, or one row, that does not keep the contract. Rows are counted from 0."""

    row: int
    column: str
    text: str


def check_table(table: Any, contract: Contract) -> list[CellFault]:
    """What an Arrow table with the columns of ``contract`` does wrong, by row and column; never the values."""
    import pandas as pd
    import pandera.errors
    import pyarrow as pa

    if table.num_rows == 0:
        return []
    frame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _schema(contract).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        found = {_fault(contract, *case) for case in zip(cases["column"], cases["check"], cases["index"], strict=True)}
        return sorted(found)
    return []


def _schema(contract: Contract) -> Any:
    import pandera.pandas as pa

    columns = {
        column.name: pa.Column(None, _checks(column), nullable=column.nullable, required=True)
        for column in contract.columns
    }
    whole = [pa.Check(ROW_RULES[rule.name], name=f"rule:{rule.name}", ignore_na=False) for rule in contract.rules]
    for figure in _figures(contract):
        whole.append(pa.Check(_is_figure_or_symbol(figure), name=f"figure:{figure}", ignore_na=False))
    for number, key in enumerate(_keys(contract)):
        whole.append(pa.Check(_is_first_of(key), name=f"key:{number}", ignore_na=False))
    return pa.DataFrameSchema(columns, checks=whole, strict=True)


def _checks(column: Column) -> list[Any]:
    import pandera.pandas as pa

    checks = []
    if column.codes:
        checks.append(pa.Check.isin(column.codes))
    if column.pattern:
        form = re.compile(column.pattern, re.ASCII)
        checks.append(pa.Check(lambda values: values.map(lambda text: form.fullmatch(text) is not None), name="form"))
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    return checks


def _keys(contract: Contract) -> tuple[tuple[str, ...], ...]:
    return (contract.key, *((name,) for name in contract.unique))


def _figures(contract: Contract) -> tuple[str, ...]:
    """The columns beside which another says why there is no figure."""
    return tuple(name for name in contract.names if f"{name}{SYMBOL}" in contract.names)


def _is_figure_or_symbol(figure: str) -> Any:
    return lambda rows: rows[figure].isna() == rows[f"{figure}{SYMBOL}"].notna()


def _is_first_of(key: tuple[str, ...]) -> Any:
    return lambda rows: ~rows.duplicated(list(key), keep="first") | rows[list(key)].isna().any(axis=1)


def _fault(contract: Contract, column: Any, check: str, row: Any) -> CellFault:
    number = int(row)
    if check.startswith("rule:"):
        rule = next(rule for rule in contract.rules if rule.name == check.removeprefix("rule:"))
        return CellFault(number, rule.column, rule.text)
    if check.startswith("figure:"):
        figure = check.removeprefix("figure:")
        return CellFault(number, figure, f"must be a figure, or nothing and a symbol in {figure}{SYMBOL}")
    if check.startswith("key:"):
        key = _keys(contract)[int(check.removeprefix("key:"))]
        return CellFault(number, " + ".join(key), "is there already in an earlier row: keep one of them")
    if check == "not_nullable":
        return CellFault(number, str(column), f"is empty; it must be {contract.column(str(column)).expectation}")
    return CellFault(number, str(column), f"must be {contract.column(str(column)).expectation}")
