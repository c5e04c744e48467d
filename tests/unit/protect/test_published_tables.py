"""What can be worked out of any published file, with a spec of how to read it."""

import numpy as np
import pytest

import kdsp_lib.protect.intervals
import kdsp_lib.protect.wide_ring
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
    assert told(result) == [("990001", "NORG", 3, 3, "NOR, 100, minus NORB, 97, gives NORG, 3")]
    assert result.to_json() == {
        "hidden": 1,
        "recoverable": 1,
        "cells": [
            {"id": "990001", "column": "NORG", "low": 3, "high": 3, "how": "NOR, 100, minus NORB, 97, gives NORG, 3"}
        ],
        "narrow": [],
    }


def test_two_hidden_parts_hide_each_other():
    result = attacked("990001 1 100 c c")
    assert (result.hidden, result.recovered) == (2, ())


def test_two_hidden_parts_of_nobody_are_nobody():
    assert [cell.low for cell in attacked("990001 1 0 c c").recovered] == [0, 0]


def test_the_row_of_all_gives_back_the_one_row_that_is_hidden():
    rows = [{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1"]}}]
    result = attacked("990001 1 100 c c", "990002 1 50 20 30", "990003 2 7 3 4", "NAT 5 150 60 90", rows=rows)
    assert told(result)[0] == (
        "990001", "NORG", 40, 40, "NAT NORG, 60, minus 990002 NORG, 20, gives 990001 NORG, 40"
    )  # fmt: skip
    assert len(result.recovered) == 2


LONG = ("area", "sex", "pupils", "share")
LONG_SPEC = {
    "id": ["area", "sex"],
    "values": {"pupils": "count", "share": "percent"},
    "hidden": ["c"],
    "absent": ["z"],
    "low": ["low"],
    "sums": [],
    "rows": [{"total": {"sex": "All"}, "over": {"sex": ["F", "M"]}, "within": ["area"]}],
    "rates": [
        {"rate": "share", "part": "pupils", "base": "pupils", "of": {"sex": "All"}, "within": ["area"]},
    ],
}


def test_in_a_long_file_each_group_of_rows_has_its_total():
    north, south = ("North All 43 100", "North F c c", "North M 40 c"), ("South F c c", "South M c c", "South All 90 z")
    result = attacked(*north, *south, columns=LONG, **LONG_SPEC)
    assert told(result)[0] == (
        "North F", "pupils", 3, 3, "North All pupils, 43, minus North M pupils, 40, gives North F pupils, 3"
    )  # fmt: skip
    assert {cell.id for cell in result.recovered} == {"North F", "North M"}
    assert result.doubts == ()


def test_a_share_of_the_total_of_its_group_gives_back_its_count():
    result = attacked("North All 43 100", "North F c 7.0", "North M c c", columns=LONG, **LONG_SPEC)
    assert [(cell.id, cell.column, cell.low) for cell in result.recovered][:2] == [
        ("North F", "pupils", 3), ("North M", "pupils", 40),
    ]  # fmt: skip


def test_a_share_that_rounds_to_nothing_is_of_somebody():
    """0.05 per cent of 1,500 pupils is no whole one; 0.5 per cent of 250 is one, and of 1,500 up to seven."""
    finely = attacked("North All 1500 100.0", "North F c low", "North M c c", columns=LONG, **LONG_SPEC)
    assert "do not add up" in finely.doubts[0]
    coarsely = attacked("North All 250 100", "North F c low", "North M c c", columns=LONG, **LONG_SPEC)
    assert told(coarsely)[0] == (
        "North F", "pupils", 1, 1, "share = pupils / pupils, with share, 0, leaves pupils 1"
    )  # fmt: skip
    several = attacked("North All 1500 100", "North F c low", "North M c c", columns=LONG, **LONG_SPEC)
    assert not [cell for cell in several.recovered if cell.column == "pupils"]


def test_groups_that_a_rule_leaves_out_are_said():
    result = attacked("North All 43 100", "South F c c", "East All 5 100", "East F 2 40", columns=LONG, **LONG_SPEC)
    assert result.doubts[:2] == (
        "rule 1: 1 totals without rows of sex F or M; left out",
        "rule 1: 1 groups of rows of sex F or M without a total; left out",
    )


def test_a_group_has_one_total():
    with pytest.raises(BadSource) as refusal:
        attacked("North All 43 100", "North All 43 100", "North F c c", columns=LONG, **LONG_SPEC)
    assert {fault.text for fault in refusal.value.faults} == {
        "one row for the total sex All and area North is expected, not 2"
    }


def test_several_sums_together_give_back_what_none_does_alone():
    rows = [{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1"]}}]
    result = attacked("990001 1 100 c c", "990002 1 50 20 30", "990003 1 40 c c", "NAT 5 190 c 130", rows=rows)
    assert "NAT" in {cell.id for cell in result.recovered}
    many = attacked("990001 1 100 c 60", "990002 1 50 c c", "NAT 5 150 c 80", rows=rows)
    assert [cell.how for cell in many.recovered if cell.id == "990002"] == [
        "NOR, 150, minus NORB, 80, gives NORG, 70; so NOR, 100, minus NORB, 60, gives NORG, 40; "
        "so NAT NORG, 70, minus 990001 NORG, 40, gives 990002 NORG, 30",
        "NAT NORB, 80, minus 990001 NORB, 60, gives 990002 NORB, 20",
    ]


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


RATES = {
    "values": {"NOR": "count", "FSM": "count", "PFSM": "percent"},
    "sums": [],
    "rates": [{"rate": "PFSM", "part": "FSM", "base": "NOR"}],
}
SHARES = ("URN", "NOR", "FSM", "PFSM")


def test_a_share_of_a_printed_base_gives_back_its_count():
    """7.0 % of 43 is between 2.99 and 3.03: one whole number."""
    (cell,) = attacked("1 43 c 7.0%", columns=SHARES, **RATES).recovered
    assert (cell.column, cell.low) == ("FSM", 3)
    assert cell.how == "PFSM = FSM / NOR, with PFSM, 7, leaves FSM 3"
    assert attacked("1 4300 c 7.0%", columns=SHARES, **RATES).recovered == ()


def test_a_count_and_its_base_give_back_their_share():
    (cell,) = attacked("1 40 10 c", columns=SHARES, **RATES).recovered
    assert (cell.column, cell.low) == ("PFSM", pytest.approx(25))


def test_a_share_bounds_a_withheld_base():
    """Between 9.5 and 10.5 % of at most so many pupils: 10 of them are at least 96."""
    result = attacked("1 c 10 10%", columns=SHARES, **RATES)
    assert result.recovered == ()
    assert attacked("1 c 1 100%", columns=SHARES, **RATES).recovered[0].low == 1


def test_a_count_that_is_not_printed_is_known_by_its_share():
    """The share of all, 30.0 % of 50, less what others print, leaves 3 of the 10 pupils of the one school."""
    changes = {
        "values": {"TPUP": "count", "EM": "percent"},
        "sums": [],
        "rates": [{"rate": "EM", "base": "TPUP"}],
        "rows": [{"total": {"T": "4"}, "over": {"T": "1"}}],
    }
    columns = ("URN", "T", "TPUP", "EM")
    result = attacked("1 1 10 SUPP", "2 1 40 30%", "340 4 50 30%", columns=columns, **changes)
    (cell,) = result.recovered
    assert (cell.id, cell.column, cell.low) == ("1", "EM", pytest.approx(30))


def test_a_ring_of_sums_is_attacked_by_programmes():
    """Every row and column has two withheld cells; the total of two blocks pins one of them."""
    values = dict.fromkeys(("A", "B", "C", "T"), "count")
    columns = ("URN", "R", "A", "B", "C", "T")
    sums = [{"total": "T", "parts": ["A", "B", "C"]}]
    rows = [{"total": {"URN": "ALL"}, "over": {"R": "1"}}]
    ring = ["1 1 c c 5 20", "2 1 c c 7 30", "3 1 5 c c 40", "ALL 2 25 29 36 90"]
    result = attacked(*ring, columns=columns, values=values, sums=sums, rows=rows)
    assert {(cell.id, cell.column, cell.low) for cell in result.recovered} == {("3", "B", 11), ("3", "C", 24)}
    both = attacked(
        "1 1 c c 5 20", "2 1 c c 7 30", "ALL 2 20 18 12 50", columns=columns, values=values, sums=sums, rows=rows
    )
    assert both.recovered == ()


@pytest.mark.parametrize("seed", range(4))
def test_rings_of_many_figures_tell_the_same_block_by_block(monkeypatch, seed):
    """Four areas by five groups, every total printed, half of the figures withheld; with the shares of each area."""
    dice = np.random.default_rng(seed)
    areas, groups = [f"a{k}" for k in range(4)], ["v", "w", "x", "y", "z"]
    counts = dice.poisson(dice.choice([1, 4, 30], (4, 5)))
    hidden = dice.random((4, 5)) < 0.6
    rows = [
        f"{area} {group} {'c' if is_hidden else count} {'c' if is_hidden else round(100 * count / max(of.sum(), 1))}"
        for area, of, secret in zip([*areas, "All"], [*counts, counts.sum(0)], [*hidden, [False] * 5], strict=True)
        for group, count, is_hidden in zip(groups, of, secret, strict=True)
    ] + [f"{area} All {of.sum()} 100" for area, of in zip([*areas, "All"], [*counts, counts], strict=True)]
    spec = {
        **LONG_SPEC,
        "absent": [],
        "rows": [
            {"total": {"sex": "All"}, "over": {"sex": groups}, "within": ["area"]},
            {"total": {"area": "All"}, "over": {"area": areas}, "within": ["sex"]},
        ],
    }
    by_ends = attacked(*rows, columns=LONG, **spec)
    monkeypatch.setattr(kdsp_lib.protect.intervals, "WIDE", 0)
    near = attacked(*rows, columns=LONG, **spec)
    counted = [[cell for cell in found if cell.column == "pupils"] for found in (by_ends.recovered, near.recovered)]
    assert counted[0] == counted[1]
    assert {cell.id for cell in near.small} <= {cell.id for cell in by_ends.small}
    assert {(c.id, c.column) for c in near.recovered} <= {(c.id, c.column) for c in by_ends.recovered}
    monkeypatch.setattr(kdsp_lib.protect.wide_ring, "BLOCKS", ((6, 2),))
    in_part = attacked(*rows, columns=LONG, **spec)
    ends = {(cell.id, cell.column): (cell.low, cell.high) for cell in by_ends.recovered}
    assert in_part.doubts == by_ends.doubts
    assert [cell for cell in in_part.recovered if ends.get((cell.id, cell.column)) != (cell.low, cell.high)] == []


def test_one_line_that_does_not_add_up_is_left_out_and_no_other():
    rows = [{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1"]}}]
    result = attacked("1 1 3 c 4", "2 1 50 20 c", "3 1 9 4 5", "NAT 5 62 c c", rows=rows)
    assert [(cell.id, cell.column, cell.low) for cell in result.recovered][:1] == [("2", "NORB", 30)]
    assert "do not add up" in " ".join(result.doubts)


def test_a_total_is_no_part_of_itself():
    rows = [{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1", "5"]}}]
    result = attacked("1 1 10 c 4", "2 1 10 5 5", "NAT 5 20 11 9", rows=rows)
    assert told(result)[0][:3] == ("1", "NORG", 6)


def test_magnitudes_need_not_be_whole():
    result = attacked("1 1 10.5 c 4.0", integer=False)
    assert result.recovered[0].low == pytest.approx(6.5)


def test_what_is_no_figure_is_said_and_its_sums_say_nothing():
    result = attacked("1 1 NA c 4", "2 1 9 c 4")
    assert [cell.id for cell in result.recovered] == ["2"]
    assert result.doubts == ("NOR: 'NA' (1 times) is taken for no figure",)


def test_what_counts_for_nothing_leaves_its_sums_whole():
    rows = [{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1"]}}]
    lines = "1 1 NA NA NA", "2 1 9 c 4", "NAT 5 20 11 9"
    assert [cell.id for cell in attacked(*lines, rows=rows).recovered] == ["2"]
    assert attacked("1 1 NA NA NA", "2 1 c c 4", "NAT 5 20 11 4", rows=rows, sums=[]).recovered == ()
    known = attacked("1 1 NA NA NA", "2 1 c c 4", "NAT 5 20 11 4", rows=rows, sums=[], absent=["NA"])
    assert [(cell.column, cell.low) for cell in known.recovered] == [("NOR", 20), ("NORG", 11)]


def test_figures_that_do_not_add_up_are_said():
    result = attacked("1 1 3 c 4")
    assert result.recovered == ()
    assert "do not add up" in result.doubts[0]


def test_counts_known_to_be_small_are_counted_apart():
    assert [cell.how for cell in attacked("1 1 3 c c").small] == [
        "NOR = NORG + NORB, with NOR, 3, and NORB, 0 to 3, leaves NORG 0 to 3",
        "NOR = NORG + NORB, with NOR, 3, and NORG, 0 to 3, leaves NORB 0 to 3",
    ]
    assert attacked("1 1 30 c c").small == ()


def test_a_count_that_is_none_is_a_fault_with_its_line():
    with pytest.raises(BadSource) as refused:
        attacked("1 1 10 -5 5.5", "2 1 7.5 3 4")
    assert [(fault.place, fault.field) for fault in refused.value.faults] == [
        ("t.csv line 3", "NOR"), ("t.csv line 2", "NORG"), ("t.csv line 2", "NORB"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["nan", "inf", "1e3", "1_000", "٣"])
def test_a_text_that_a_computer_might_take_for_a_number_is_none(text):
    assert f"{text!r} (1 times) is taken for no figure" in attacked(f"1 1 {text} c 4").doubts[0]


@pytest.mark.parametrize("hidden", [[False], [None, "c"], {"c": 1}, []])
def test_what_yaml_takes_for_something_else_is_refused(hidden):
    """``hidden: [NO]`` is [False] in YAML: taken as a text it would match nothing, and nothing would be attacked."""
    with pytest.raises(BadParameters, match="in quotes"):
        read_spec({**SPEC, "hidden": hidden}, "s.yaml")


@pytest.mark.parametrize(
    "rates",
    [
        "PNOR",
        [{"rate": "NOR", "base": "NOR"}],
        [{"rate": "P", "base": "NORG"}],
        [{"base": "NOR"}],
        [{"rate": "P", "part": "P", "base": "NOR"}],
    ],
)
def test_a_rate_is_a_percentage_of_counts(rates):
    with pytest.raises(BadParameters):
        read_spec({**SPEC, "values": {"NOR": "count", "P": "percent"}, "sums": [], "rates": rates}, "s.yaml")


@pytest.mark.parametrize(
    "given",
    [
        {"rows": [{"total": {"sex": "All"}, "over": {"sex": "F"}, "within": [True]}]},
        {"rows": [{"total": {"sex": "All"}, "over": {"sex": "F"}, "each": ["area"]}]},
        {"rates": [{"rate": "share", "base": "pupils", "within": ["area"]}]},
        {"rates": [{"rate": "share", "base": "pupils", "of": ["All"]}]},
        {"low": ["c"]},
    ],
)
def test_what_a_spec_of_a_long_file_does_not_have_is_a_fault(given):
    with pytest.raises(BadParameters):
        read_spec({**LONG_SPEC, **given}, "s.yaml")


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


def test_a_withheld_share_whose_steps_are_wide_is_open():
    """One of 15 is 6.7 per cent: no further step lies within the few points that are looked into first."""
    rates = [{"rate": "PNORG", "part": "NORG", "base": "NOR"}]
    rows = [{"total": {"URN": "NAT"}, "over": {"RECTYPE": ["1"]}}]
    columns = (*COLUMNS[:4], "PNORG")
    result = attacked(
        "990001 1 8 c c", "990002 1 7 c c", "990003 1 15 c c", "NAT 5 30 7 23.3",
        columns=columns, sums=[], rows=rows, rates=rates, values={"NOR": "count", "NORG": "count", "PNORG": "percent"},
    )  # fmt: skip
    assert (result.hidden, result.recovered) == (6, ())
