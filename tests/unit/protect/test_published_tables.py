"""What can be worked out of any published file, with a spec of how to read it."""

import pytest

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.protect.published import attack_published
from kdsp_lib.protect.published_spec import read_spec

SPEC = {
    "id": ["URN"],
    "values": {"NOR": "count", "NORG": "count", "NORB": "count"},
    "hidden": ["SUPP", "c"],
    "sums": [{"total": "NOR", "parts": ["NORG", "NORB"]}],
}
COLUMNS = ("URN", "RECTYPE", "NOR", "NORG", "NORB")


def attacked(*rows, columns=COLUMNS, **changes):
    texts = zip(*(row.split() for row in rows), strict=True)
    return attack_published(
        read_spec({**SPEC, **changes}, "s.yaml"), dict(zip(columns, map(list, texts), strict=True)), "t.csv"
    )


def told(result):
    return [(cell.id, cell.column, cell.low, cell.high, cell.how) for cell in result.recovered]


def test_a_lone_hidden_part_is_the_rest_of_its_total():
    result = attacked("990001 1 100 SUPP 97", "990002 1 50 20 30")
    assert told(result) == [("990001", "NORG", 3, 3, "NOR = NORG + NORB")]
    assert result.to_json() == {
        "hidden": 1,
        "recoverable": 1,
        "cells": [{"id": "990001", "column": "NORG", "low": 3, "high": 3, "how": "NOR = NORG + NORB"}],
    }


def test_two_hidden_parts_hide_each_other():
    result = attacked("990001 1 100 c c")
    assert (result.hidden, result.recovered) == (2, ())


def test_two_hidden_parts_of_nobody_are_nobody():
    assert [cell.low for cell in attacked("990001 1 0 c c").recovered] == [0, 0]


def test_the_row_of_all_gives_back_the_one_row_that_is_hidden():
    rows = [{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1"]}}]
    result = attacked("990001 1 100 c c", "990002 1 50 20 30", "990003 2 7 3 4", "NAT 5 150 60 90", rows=rows)
    assert told(result)[0] == ("990001", "NORG", 40, 40, "URN NAT = sum of RECTYPE 1")
    assert len(result.recovered) == 2


def test_several_sums_together_give_back_what_none_does_alone():
    rows = [{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1"]}}]
    result = attacked("990001 1 100 c c", "990002 1 50 20 30", "990003 1 40 c c", "NAT 5 190 c 130", rows=rows)
    assert "NAT" in {cell.id for cell in result.recovered}
    many = attacked("990001 1 100 c 60", "990002 1 50 c c", "NAT 5 150 c 80", rows=rows)
    assert {cell.how for cell in many.recovered} == {
        "NOR = NORG + NORB",
        "URN NAT = sum of RECTYPE 1",
        "several sums together",
    }


def test_a_percentage_is_recovered_as_finely_as_it_would_have_been_printed():
    values = {"A": "percent", "B": "percent", "C": "percent"}
    sums = [{"total": "A", "parts": ["B", "C"]}]
    columns = ("URN", "A", "B", "C")
    result = attacked("1 100.0% 40.0% c", columns=columns, values=values, sums=sums)
    (cell,) = result.recovered
    assert cell.low == pytest.approx(59.9)
    assert cell.high == pytest.approx(60.1)
    assert attacked("1 100.0% c c", columns=columns, values=values, sums=sums).recovered == ()


def test_thousands_and_per_cent_signs_are_read():
    assert attacked("1 1 1,010 1,000 c").recovered[0].low == 10


def test_magnitudes_need_not_be_whole():
    result = attacked("1 1 10.5 c 4.0", integer=False)
    assert result.recovered[0].low == pytest.approx(6.5)


def test_what_is_no_figure_is_said_and_its_sums_say_nothing():
    result = attacked("1 1 NA c 4", "2 1 9 c 4")
    assert [cell.id for cell in result.recovered] == ["2"]
    assert result.doubts == ("NOR: 'NA' (1 times) is taken for no figure",)


def test_figures_that_do_not_add_up_are_said():
    result = attacked("1 1 3 c 4")
    assert result.recovered == ()
    assert "do not add up" in result.doubts[0]


def test_counts_known_to_be_small_are_counted_apart():
    assert attacked("1 1 3 c c").small == 2
    assert attacked("1 1 30 c c").small == 0


def test_every_fault_of_a_spec_is_named_at_once():
    with pytest.raises(BadParameters) as refused:
        read_spec(
            {"id": [], "values": {"NOR": "number"}, "sum": [], "integer": "yes", "threshold": 0, "rows": [{}]}, "s.yaml"
        )
    places = {fault.field for fault in refused.value.faults}
    assert places == {"sum", "id", "values", "hidden", "rows", "integer", "threshold"}


@pytest.mark.parametrize(
    "sums", ["NOR", [{"total": "NOR"}], [{"total": "NOR", "parts": ["AGE"]}], [{"total": "NOR", "parts": ["NOR"]}]]
)
def test_a_sum_is_of_columns_with_figures(sums):
    with pytest.raises(BadParameters):
        read_spec({**SPEC, "sums": sums}, "s.yaml")


def test_counts_and_percentages_do_not_add_up():
    values = {"NOR": "count", "NORG": "percent", "NORB": "percent"}
    with pytest.raises(BadParameters):
        read_spec({**SPEC, "values": values}, "s.yaml")


def test_a_table_without_the_columns_of_the_spec_is_refused():
    with pytest.raises(BadSource) as refused:
        attack_published(read_spec(SPEC, "s.yaml"), {"URN": ["1"], "NOR": ["3"]}, "t.csv")
    assert {fault.field for fault in refused.value.faults} == {"NORG", "NORB"}


def test_the_total_of_rows_is_one_row():
    with pytest.raises(BadSource) as refused:
        attacked("1 1 3 1 2", rows=[{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1"]}}])
    assert "one row for the total" in str(refused.value)
