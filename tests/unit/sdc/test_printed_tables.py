"""A printed table has rounded figures only, and rates are worked out from it alone."""

from __future__ import annotations

import pytest

from kdsp_lib.errors import Broken
from kdsp_lib.sdc.computed import compared, gap, mean, rate
from kdsp_lib.sdc.printed import PrintedRow, PrintedTable
from kdsp_lib.sdc.rules import Rules

RULES = Rules()


def _printed(*rows):
    return PrintedTable("t", "everywhere", ("sex",), rows, unit=5, sum_unit=150)


@pytest.mark.parametrize(
    "row",
    [
        PrintedRow(("F",), 13), PrintedRow(("F",), 15, 7), PrintedRow(("F",), 15, 5, 140), PrintedRow(("F",), -5),
        PrintedRow(("F",), "<5"),
    ],
)  # fmt: skip
def test_what_is_not_rounded_is_no_printed_table(row):
    with pytest.raises(Broken):
        _printed(row)


def test_a_printed_table_knows_nothing_but_what_is_printed():
    made = _printed(PrintedRow(("F",), 15, 5, 150))
    assert set(PrintedTable.__slots__) == {
        "name", "place", "breakdowns", "rows", "unit", "sum_unit", "labels", "notes",
    }  # fmt: skip
    assert made.row("F").counted == 5
    with pytest.raises(KeyError):
        made.row("M")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (PrintedRow((), 30, 10), 33.3),
        (PrintedRow((), 25, 10), "u"),
        (PrintedRow((), 0, 0), "z"),
        (PrintedRow((), 100, "c"), "c"),
        (PrintedRow((), "c", "c"), "c"),
        (PrintedRow((), "z", "z"), "z"),
        (PrintedRow((), 30, 35), 100.0),
    ],
)
def test_a_rate_is_of_the_printed_counts(row, expected):
    assert rate(row, RULES) == expected


def test_a_mean_is_of_the_printed_sum():
    assert mean(PrintedRow((), 50, None, 450), RULES) == 9.0
    assert mean(PrintedRow((), 50, None, 450), RULES, scale=10, places=2) == 0.9
    assert mean(PrintedRow((), 25, None, 150), RULES) == "u"
    assert mean(PrintedRow((), 50, None, "c"), RULES) == "c"


def test_gaps_and_comparisons_follow_and_symbols_stay():
    assert gap(40.0, 33.3) == 6.7
    assert gap("u", 33.3) == "u"
    assert compared([40.0, "c"], 30.0) == [10.0, "c"]


def test_a_row_without_a_part_has_no_rate():
    with pytest.raises(ValueError, match="nothing in this row"):
        rate(PrintedRow((), 50), RULES)
