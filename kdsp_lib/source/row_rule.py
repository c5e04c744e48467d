"""What the columns of one row must keep between them, by name. Each test is true for the rows that keep the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kdsp_lib.source.pseudonym import is_temporary, is_upn


def _ages_in_order(rows: Any) -> Any:
    return ~(rows["high_age"] < rows["low_age"])


def _upn_valid(rows: Any) -> Any:
    return rows["upn"].isna() | rows["upn"].map(is_upn, na_action="ignore").eq(True)


def _upn_status(rows: Any) -> Any:
    temporary = rows["upn"].map(is_temporary, na_action="ignore")
    return (temporary == (rows["upn_status"] == "temporary")) | rows["upn"].isna() | rows["upn_status"].isna()


def _leaves_after_entry(rows: Any) -> Any:
    return rows["leave_date"].isna() | rows["entry_date"].isna() | (rows["leave_date"] >= rows["entry_date"])


def _closes_after_opening(rows: Any) -> Any:
    return rows["close_date"].isna() | rows["open_date"].isna() | (rows["close_date"] >= rows["open_date"])


def _joined(rows: Any) -> Any:
    """The texts of each row as one; nothing where one is missing."""
    first, *others = (rows[name].astype("string") for name in rows.columns)
    for other in others:
        first = first + "/" + other
    return first


def _judgement_of_framework(rows: Any) -> Any:
    from kdsp_lib.source.national.inspection import JUDGEMENTS

    said = rows[["framework", "area", "judgement"]]
    return said.isna().any(axis=1) | _joined(said).isin({"/".join(each) for each in JUDGEMENTS})


def _years_in_order(rows: Any) -> Any:
    return rows["last_year"].isna() | rows["first_year"].isna() | (rows["last_year"] >= rows["first_year"])


def _basis_with_meals(rows: Any) -> Any:
    return rows["fsm_basis"].notna() == rows["fsm"].eq(True)


def _type_with_need(rows: Any) -> Any:
    return rows["sen_type"].notna() == rows["sen_provision"].isin(["K", "E"])


def _one_headcount(rows: Any) -> Any:
    counted = rows["enrol_status"].isin(["C", "M"])
    return ~(counted & rows["pupil_key"].where(counted).duplicated(keep="first"))


def _absent_within_possible(rows: Any) -> Any:
    return ~(rows["authorised"] + rows["unauthorised"] > rows["possible"]).fillna(False)


def _late_within_present(rows: Any) -> Any:
    present = rows["possible"] - rows["authorised"] - rows["unauthorised"]
    return ~((rows["late"] > present) & (present >= 0)).fillna(False)


TABLES_CHECK = "MTC"
"""The component of the multiplication tables check, in year 4."""
_TABLES_CHECK_RESULTS = frozenset({*map(str, range(26)), "A", "L", "Z", "U", "B", "J", "X", "NAA", "Q", "H"})


def _tables_check(rows: Any) -> Any:
    return ~rows["component"].eq(TABLES_CHECK) | rows["result"].isin(_TABLES_CHECK_RESULTS)


_MARKS: Mapping[str, tuple[int, int]] = {"NS": (80, 120), "PM": (0, 40)}
"""The range of what is a number, by qualifier: scaled scores, marks of the phonics screening check."""


def _marks_in_range(rows: Any) -> Any:
    import pandas as pd

    is_number = rows["result"].astype("string").str.fullmatch(r"[0-9]+").fillna(False)
    marks = pd.to_numeric(rows["result"].where(is_number), errors="coerce")
    low, high = (rows["qualifier"].map({name: ends[k] for name, ends in _MARKS.items()}) for k in (0, 1))
    return ~((marks < low) | (marks > high)).fillna(False)


def _sum(rows: Any, *columns: str) -> Any:
    """The sum of what is there; a figure that is missing adds nothing."""
    return rows[list(columns)].fillna(0).sum(axis=1)


def _sexes_within_roll(rows: Any) -> Any:
    return rows["nor"].isna() | ~(_sum(rows, "norg", "norb") > rows["nor"]).fillna(False)


def _needs_within_roll(rows: Any) -> Any:
    return rows["nor"].isna() | ~(_sum(rows, "tsenelse", "tsenelk") > rows["nor"]).fillna(False)


def _languages_make_roll(rows: Any) -> Any:
    parts = ["numeal", "numengfl", "numuncfl"]
    missing = rows[["nor", *parts]].isna().any(axis=1)
    return missing | (_sum(rows, *parts) == rows["nor"]).fillna(True)


def _meals_within_roll(rows: Any) -> Any:
    most = rows[["numfsm", "norfsmever"]].fillna(0).max(axis=1)
    return rows["nor"].isna() | ~(most > rows["nor"]).fillna(False)


def _ever_within_base(rows: Any) -> Any:
    return ~(rows["numfsmever"] > rows["norfsmever"]).fillna(False)


ROW_RULES: Mapping[str, Callable[[Any], Any]] = {
    "ages-in-order": _ages_in_order,
    "upn-valid": _upn_valid,
    "upn-status": _upn_status,
    "leaves-after-entry": _leaves_after_entry,
    "closes-after-opening": _closes_after_opening,
    "judgement-of-framework": _judgement_of_framework,
    "years-in-order": _years_in_order,
    "basis-with-meals": _basis_with_meals,
    "type-with-need": _type_with_need,
    "one-headcount": _one_headcount,
    "absent-within-possible": _absent_within_possible,
    "late-within-present": _late_within_present,
    "tables-check": _tables_check,
    "marks-in-range": _marks_in_range,
    "sexes-within-roll": _sexes_within_roll,
    "needs-within-roll": _needs_within_roll,
    "languages-make-roll": _languages_make_roll,
    "meals-within-roll": _meals_within_roll,
    "ever-within-base": _ever_within_base,
}
