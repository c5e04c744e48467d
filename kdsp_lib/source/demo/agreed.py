"""What the made-up authority keeps of its own: a made-up nation's figures to stand beside, and thresholds agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kdsp_lib.source.period import TERMS, school_year

YEAR = "2025/26"
THRESHOLD_SET = "locally-agreed"
SERIES_YEARS = tuple(school_year(first) for first in range(2021, 2026))
"""The years of which figures of areas are published, this one the last."""
_UNIT = 10_000
_GROUPS = ("all", "disadvantaged-yes", "disadvantaged-no")
_NATION: Mapping[str, tuple[float | None, float | None, float | None]] = {
    "good-level-of-development": (68, 52, 72), "phonics": (80, 67, 84), "ks2-rwm": (62, 47, 69),
    "attainment-8": (46, 35, 50), "english-maths-5": (45, 26, 52), "persistent-absence": (18, 30, 13),
    "absence": (7, 10, 5.8), "progress-8": (None, None, None), "suspensions": (11, 24, 6.5),
}  # fmt: skip
"""By measure the nation's figure of all pupils, of the disadvantaged and of others; none where there was none."""
_BY_ROW: Mapping[str, Mapping[str, float]] = {
    "persistent-absence": {
        "phase-primary": 14,
        "phase-secondary": 24,
        "phase-special": 36,
        "sex-f": 19,
        "sex-m": 18,
        "phase-primary-sex-f": 14.2,
        "phase-primary-sex-m": 13.8,
        "phase-secondary-sex-f": 25.1,
        "phase-secondary-sex-m": 22.9,
    },
    "absence": {"phase-primary": 5.2, "phase-secondary": 8.9, "phase-special": 12.7, "sex-f": 7.1, "sex-m": 6.9},
}
"""The nation's figures by a row of a table: a breakdown and one of its levels."""
_SERIES: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "persistent-absence": {"england": (22.3, 21.2, 20.0, 19.0, 18), "neighbours": (26.9, 25.8, 24.8, 23.9, 23),
                           "001": (28.1, 27.3, 26.4, 25.1, 23.8)},
    "absence": {"england": (7.6, 7.4, 7.2, 7.1, 7), "neighbours": (8.8, 8.6, 8.4, 8.2, 8.1),
                "001": (9.4, 9.3, 9.0, 8.7, 8.5)},
    "ks2-rwm": {"england": (59, 60, 61, 62, 62), "neighbours": (56, 57, 58, 59, 60), "001": (49, 51, 52, 53, 54)},
    "attainment-8": {"england": (48.9, 46.4, 46.1, 46.0, 46), "neighbours": (44.6, 42.0, 41.8, 41.5, 41.6),
                     "001": (40.1, 37.4, 36.0, 35.1, 34.6)},
}  # fmt: skip
"""By measure and area the figures of all pupils of five years to this one; this year's of the nation stand above."""
_OF_A_TERM: Mapping[str, float] = {"autumn": 1.02, "spring": 1.05, "summer": 0.93}
"""How much more or less the nation's pupils miss in a term than in its whole year."""
_THRESHOLDS: tuple[tuple[str, int, str, str, float], ...] = (
    ("primary", 1, "ks2-rwm", "below", 45),
    ("primary", 2, "good-level-of-development", "below", 50),
    ("primary", 2, "phonics", "below", 60),
    ("secondary", 1, "attainment-8", "below", 33),
    ("secondary", 2, "english-maths-5", "below", 20),
    ("secondary", 2, "persistent-absence", "at-least", 35),
)
"""Phase, rule, measure, comparison, value. A school is of concern where all of one rule hold."""


def tables_agreed() -> Iterator[tuple[str, str | None, list[Mapping[str, Any]]]]:
    """Each table with its period and rows."""
    figures: list[Mapping[str, Any]] = [
        {
            "area": "england", "measure": measure, "pupils": pupils, "status": "provisional",
            "value": None if value is None else int(value * _UNIT), "value_symbol": "x" if value is None else None,
        }
        for measure, values in sorted(_NATION.items())
        for pupils, value in (*zip(_GROUPS, values, strict=True), *_BY_ROW.get(measure, {}).items())
    ]  # fmt: skip
    for year, rows in zip(SERIES_YEARS, _series(), strict=True):
        yield "authority-measures", year, [*(figures if year == YEAR else []), *rows]
    for place, year in enumerate(SERIES_YEARS):
        for term in TERMS:
            yield "authority-measures", f"{year}-{term}", list(_of_a_term(figures, place, term))
    rules: list[Mapping[str, Any]] = [
        {
            "threshold_set": THRESHOLD_SET, "phase": phase, "rule": rule, "measure": measure, "comparison": comparison,
            "value": int(value * _UNIT), "first_year": "2023/24", "last_year": None,
        }
        for phase, rule, measure, comparison, value in _THRESHOLDS
    ]  # fmt: skip
    yield "threshold-sets", None, rules


def _of_a_term(figures: list[Mapping[str, Any]], place: int, term: str) -> Iterator[Mapping[str, Any]]:
    """The nation's absence in a term of one of the years, by the same rows as of this whole year."""
    status = "provisional" if place == len(SERIES_YEARS) - 1 else "final"
    for row in figures:
        if row["measure"] in _BY_ROW:
            series = _SERIES[row["measure"]]["england"]
            value = row["value"] / _UNIT * series[place] / series[-1] * _OF_A_TERM[term]
            yield {**row, "value": round(10 * value) * _UNIT // 10, "status": status}


def _series() -> Iterator[list[Mapping[str, Any]]]:
    """Year by year the published figures of areas; the nation's of this year are among the others."""
    for place, year in enumerate(SERIES_YEARS):
        yield [
            {
                "area": area, "measure": measure, "pupils": "all", "value": round(values[place] * _UNIT),
                "value_symbol": None, "status": "provisional" if year == YEAR else "final",
            }
            for measure, areas in sorted(_SERIES.items())
            for area, values in areas.items()
            if (year, area) != (YEAR, "england")
        ]  # fmt: skip
