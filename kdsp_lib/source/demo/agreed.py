"""What the made-up authority keeps of its own: a made-up nation's figures to stand beside, and thresholds agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

YEAR = "2025/26"
THRESHOLD_SET = "locally-agreed"
_UNIT = 10_000
_NATION: Mapping[str, tuple[float | None, float | None]] = {
    "good-level-of-development": (68, 52), "phonics": (80, 67), "ks2-rwm": (62, 47), "attainment-8": (46, 35),
    "english-maths-5": (45, 26), "persistent-absence": (18, 30), "absence": (7, 10), "progress-8": (None, None),
}  # fmt: skip
"""By measure the nation's figure of all pupils and of the disadvantaged; none where there was none."""
_BY_ROW: Mapping[str, Mapping[str, float]] = {
    "persistent-absence": {"phase-primary": 14, "phase-secondary": 24, "phase-special": 36, "sex-f": 19, "sex-m": 18},
    "absence": {"phase-primary": 5.2, "phase-secondary": 8.9, "phase-special": 12.7, "sex-f": 7.1, "sex-m": 6.9},
}
"""The nation's figures by a row of a table: a breakdown and one of its levels."""
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
        for pupils, value in (*zip(("all", "disadvantaged"), values, strict=True), *_BY_ROW.get(measure, {}).items())
    ]  # fmt: skip
    yield "authority-measures", YEAR, figures
    rules: list[Mapping[str, Any]] = [
        {
            "threshold_set": THRESHOLD_SET, "phase": phase, "rule": rule, "measure": measure, "comparison": comparison,
            "value": int(value * _UNIT), "first_year": "2023/24", "last_year": None,
        }
        for phase, rule, measure, comparison, value in _THRESHOLDS
    ]  # fmt: skip
    yield "threshold-sets", None, rules
