"""Suspensions and permanent exclusions as published before they were tidy files: by year, level, area, type of school.

Tidy files of explore education statistics, which also say ``time_identifier``, are read as these.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kdsp_lib.source.contract import SYMBOL, Column, Contract
from kdsp_lib.source.national.indicator import MISSING
from kdsp_lib.source.national.tidy.standard import LEVELS, NO_AREA, period_of
from kdsp_lib.source.published import SYMBOLS
from kdsp_lib.source.published_table import Item, read_table
from kdsp_lib.source.reading import Reading

KIND = "published-exclusions"
PLACES = 4
_WORDS = {**MISSING, ".": "x", "x": "x"}
_LEVELS = {level.lower(): known.word for level, known in LEVELS.items()}
FIGURES = tuple(
    Item(column, (column, *others), "figure", _WORDS, places=PLACES, may_lack=True)
    for column, others in (
        ("perm_excl", ()),
        ("perm_excl_rate", ()),
        ("suspension", ("fixed_excl",)),
        ("susp_rate", ("fixed_excl_rate",)),
        ("one_plus_susp", ("one_plus_fixed",)),
        ("one_plus_susp_rate", ("one_plus_fixed_rate", "one_or_more_fixed_excl_rate")),
    )
)
"""Suspensions were called fixed-period exclusions until 2019/20: the older names are read as the newer."""
ITEMS = (
    Item("year", ("year", "time_period", "academic_year")),
    Item("level", ("level", "geographic_level"), words=_LEVELS),
    Item("old_la_code", ("old_la_code", "la_code"), may_lack=True),
    Item("new_la_code", ("new_la_code",), may_lack=True),
    Item("la_name", ("la_name",), may_lack=True),
    Item("region_code", ("region_code",), may_lack=True),
    Item("region_name", ("region_name",), may_lack=True),
    Item("laestab", ("laestab", "school_laestab"), may_lack=True),
    Item("school_type", ("school_type", "education_phase"), may_lack=True),
    Item("headcount", ("headcount",), "figure", _WORDS, places=PLACES),
    *FIGURES,
)
CONTRACT = Contract(
    KIND,
    "Suspensions and permanent exclusions, published",
    (
        Column("period", "text", pattern=r"20[0-9]{2}/[0-9]{2}", expected="a school year such as 201617 or 2016/17"),
        Column("level", "text", codes=tuple(dict.fromkeys(_LEVELS.values()))),
        Column("area", "text"),
        Column("area_name", "text", nullable=True),
        Column("school_type", "text"),
        Column("indicator", "text"),
        Column("value", "whole", nullable=True),
        Column(f"value{SYMBOL}", "text", nullable=True, codes=SYMBOLS),
    ),
    key=("period", "level", "area", "school_type", "indicator"),
    holds_pupils=False,
)


def read_exclusions(path: Path, contract: Contract, _period: str | None) -> Reading:
    """A file of any of its years: a row a figure, kept in ten-thousandths. What a file lacks is not there."""
    return read_table(path, contract, ITEMS, _rows, FIGURES)


def _rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    level = row["level"]
    codes = {
        "national": ("england", "England"),
        "regional": (row["region_code"] or row["region_name"], row["region_name"]),
        "local-authority": (row["old_la_code"] or row["new_la_code"], row["la_name"]),
        "school": (row["laestab"], row["la_name"]),
    }
    area, name = codes.get(level, (None, None))
    if area is None or area in NO_AREA:
        return []
    text = str(row["year"] or "").replace("/", "").replace("-", "")
    about = {
        "period": period_of(text, 6) or row["year"],
        "level": level,
        "area": area,
        "area_name": name,
        "school_type": row["school_type"] or "Total",
    }
    figures = [item.column for item in (ITEMS[-len(FIGURES) - 1], *FIGURES)]
    return [
        {**about, "indicator": column, "value": row[column][0], f"value{SYMBOL}": row[column][1]}
        for column in figures
        if row[column] != (None, None)
    ]
