"""Figures of the made-up schools, worked out from their pupils' data, to hold against thresholds agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kdsp_lib.source.demo.result import GOALS

YEAR = "2025/26"
_UNIT = 10_000
_OF_GOOD_DEVELOPMENT = ("COM", "PSE", "PHY", "LIT", "MAT")
_PUBLISHED = frozenset({"ks2-rwm", "attainment-8", "english-maths-5", "persistent-absence"})
"""Measures that the department publishes of each school; of others it publishes none."""

Row = Mapping[str, Any]
Frame = Any


def school_measures_of(tables: Mapping[tuple[str, str | None], Any]) -> tuple[str, str, list[Row]]:
    """The data set with its period and rows, from the tables that were made, by name and period."""
    census = tables["census", f"{YEAR}-summer"].to_pandas()
    at = census[census["enrol_status"].isin(("C", "M"))].set_index("pupil_key")["urn"]
    results = tables["results", YEAR].to_pandas()
    terms = [tables["attendance", f"{YEAR}-{term}"].to_pandas() for term in ("autumn", "spring", "summer")]
    found = [*_of_pupils(results, at), ("persistent-absence", *_persistent(terms))]
    rows = [
        {
            "urn": urn, "measure": measure, "pupils": "all", "value": int(values[urn]), "value_symbol": None,
            "base": int(bases[urn]), "status": "provisional", "is_published": measure in _PUBLISHED,
        }
        for measure, values, bases in found
        for urn in values.index
    ]  # fmt: skip
    return "school-measures", YEAR, sorted(rows, key=lambda row: (row["urn"], row["measure"]))


def _of_pupils(results: Frame, at: Frame) -> Iterator[tuple[str, Frame, Frame]]:
    """Each measure with its values and bases by school."""
    goals = [goal for area in _OF_GOOD_DEVELOPMENT for goal in GOALS[area]]
    early = _wide(results, "FSP", "FS")
    yield "good-level-of-development", *_share((early[goals] == "2").all(axis=1), at)
    marks = _wide(results, "KS1", "PM")["PHO"]
    yield "phonics", *_share(_number(marks) >= 32, at)
    tests, writing = _wide(results, "KS2", "NS"), _wide(results, "KS2", "NL")["WRI"]
    met = (_number(tests["REA"]) >= 100) & (_number(tests["MAT"]) >= 100) & writing.isin(("EXS", "GDS"))
    yield "ks2-rwm", *_share(met, at)
    points = _number(_wide(results, "KS4", "PTS")["TOT"])
    yield "attainment-8", *_mean(points * _UNIT, at)
    grades = results[results["qualifier"] == "GR"].pivot(index="pupil_key", columns="subject", values="result")
    grades = grades.reindex(points.index)
    english = _number(grades["ENL"]).combine(_number(grades["LIT"]), max)
    yield "english-maths-5", *_share((english >= 5) & (_number(grades["MAT"]) >= 5), at)


def _wide(results: Frame, stage: str, qualifier: str) -> Frame:
    rows = results[(results["stage"] == stage) & (results["qualifier"] == qualifier)]
    return rows.pivot(index="pupil_key", columns="component", values="result")


def _number(texts: Frame) -> Frame:
    """The marks, with -1 for whatever is a code or is not there."""
    import pandas as pd

    marks: Frame = pd.to_numeric(texts, errors="coerce")
    return marks.fillna(-1)


def _share(met: Frame, at: Frame) -> tuple[Frame, Frame]:
    return _mean(met.astype("int64") * 100 * _UNIT, at)


def _mean(values: Frame, at: Frame) -> tuple[Frame, Frame]:
    """The mean by school of those who are at one, and how many they are."""
    grouped = values.groupby(at.reindex(values.index))
    return grouped.sum() // grouped.count(), grouped.count()


def _persistent(terms: list[Frame]) -> tuple[Frame, Frame]:
    """The share of enrolments that missed a tenth or more of their own sessions of the year."""
    import pandas as pd

    frames: Frame = pd
    whole = frames.concat(terms).groupby(["pupil_key", "urn"])[["possible", "authorised", "unauthorised"]].sum()
    held = whole[whole["possible"] > 0]
    absent = (held["authorised"] + held["unauthorised"]) * 10 >= held["possible"]
    grouped = (absent.astype("int64") * 100 * _UNIT).groupby(level="urn")
    return grouped.sum() // grouped.count(), grouped.count()
