"""A protected table in pandas."""

from __future__ import annotations

import pandas as pd

from kdsp_lib.report.symbol import SYMBOLS
from kdsp_lib.report.table import Statistic, Table


def frame_of(table: Table) -> pd.DataFrame:
    """A row a cell: ordered labels, nullable numbers, and the symbol of each number that is withheld."""
    columns: dict[str, pd.Series] = {}
    for k, dim in enumerate(table.dims):
        labels = pd.Categorical.from_codes(
            [[level.code for level in dim.levels].index(codes[k]) for codes in table.cells],
            dtype=pd.CategoricalDtype(_unique([level.label for level in dim.levels]), ordered=True),
        )
        columns[dim.name] = pd.Series(labels)
    for k, statistic in enumerate(table.statistics):
        values = [cell[k] for cell in table.cells.values()]
        columns[statistic.name] = _numbers(values, statistic)
        columns[f"{statistic.name}_symbol"] = pd.Series([v if v in SYMBOLS else "" for v in values], dtype="str")
    return pd.DataFrame(columns)


def _numbers(values: list[str], statistic: Statistic) -> pd.Series:
    if statistic.decimals == 0:
        return pd.Series([pd.NA if v in SYMBOLS else int(v) for v in values], dtype="Int64")
    return pd.Series([pd.NA if v in SYMBOLS else float(v) for v in values], dtype="Float64")


def _unique(labels: list[str]) -> list[str]:
    """Labels told apart: two levels may share words (an "Other" of each phase)."""
    return [label if labels.count(label) == 1 else f"{label} ({k})" for k, label in enumerate(labels, start=1)]
