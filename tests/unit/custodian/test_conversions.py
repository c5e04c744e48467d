"""A school that became an academy: a series of it goes back to the school that it was, and breaks where it began."""

import os
from datetime import date

import pytest
from small_workspace import OFFICER, Roll, School, SmallWorkspace, asked

from kdsp_lib.custodian.conversion import Conversion, breaks_of, conversions_of
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.report.chart import chart
from kdsp_lib.report.table import Table
from kdsp_lib.source.period import census_day

OLD, NEW, OTHER = "990001", "990002", "990003"
AUTUMNS = [f"{year}-autumn" for year in ("2023/24", "2024/25", "2025/26")]
ASKED = {"sen": asked("rate", "sen")}


def link(urn, other, kind, day):
    return {"urn": urn, "link_urn": other, "link_name": "A school", "link_type": kind, "linked_on": day}


def authority(root, *links):
    """The old school was reported on in two autumns, the new one opened in September 2025."""
    made = SmallWorkspace(root, [School(OLD), School(NEW), School(OTHER)])
    for period, urn in zip(AUTUMNS, (OLD, OLD, NEW), strict=True):
        roll = Roll()
        roll.pupils(30, urn, sen_provision="K")
        roll.pupils(90, urn)
        made.load(period, roll)
    if links:
        made._keep("gias-links", None, list(links))
    for period in AUTUMNS[:2]:
        made.school(OLD, ASKED, OFFICER, period)
    return made


@pytest.fixture
def trend(tmp_path):
    """The new school's special needs year by year, with these links."""
    opened = []

    def trend(*links, recipient=OFFICER):
        opened.append(authority(tmp_path, *links))
        given = {"school": NEW, "recipient": recipient, "period": AUTUMNS[2], "on": "2026-03-02"}
        notebook = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
        given["purpose"] = "school-improvement-plan"
        opened[0].desk.open(notebook, {"report": "bespoke-school", "parameters": given})
        opened[0].desk.tables(notebook, {"questions": ASKED})
        asked_for = {"kind": "trend", "table": "sen", "years": 5}
        return Table.from_wire(opened[0].desk.further(notebook, asked_for)["table"])

    yield trend
    for made in opened:
        made.desk.close()


def test_a_series_goes_back_to_the_school_that_it_was_and_says_where_the_new_one_began(trend):
    table = trend(link(OLD, NEW, "Successor", date(2025, 9, 1)))
    assert [codes[0] for codes in table.cells] == AUTUMNS
    assert {values[0] for values in table.cells.values()} == {"25.0"}
    (found,) = table.breaks
    assert found.code == AUTUMNS[2]
    assert found.why == (
        "Made-up School 990002 (990002) opened in place of Made-up School 990001 (990001) on 1 September 2025; the "
        "figures before are of the one that it replaced"
    )
    assert any(note.startswith("Break before 2025/26: Made-up School 990002") for note in table.notes)


def test_the_break_is_drawn_and_named_in_the_chart(trend):
    table = trend(link(NEW, OLD, "Predecessor", date(2025, 9, 1)))
    svg = chart("line", table, alt="Special educational needs year by year.", series=None).svg()
    assert "opened in place of" in svg
    assert svg.count("stroke-dasharray") == 1


def test_without_a_link_the_two_are_two(trend):
    assert [codes[0] for codes in trend().cells] == [AUTUMNS[2]]


def test_the_new_school_has_not_read_what_was_for_others(trend):
    """What an officer was told of the old one is not for the academy: it is a legal entity of its own."""
    table = trend(link(OLD, NEW, "Successor", date(2025, 9, 1)), recipient=f"establishment:{NEW}")
    assert [codes[0] for codes in table.cells] == [AUTUMNS[2]]


def test_of_two_that_became_one_neither_is_followed(trend):
    table = trend(link(OLD, NEW, "Successor - merged", date(2025, 9, 1)), link(OTHER, NEW, "Successor - merged", None))
    assert [codes[0] for codes in table.cells] == [AUTUMNS[2]]


def test_a_chain_is_followed_and_ends_where_it_turns_in_a_circle():
    links = [link("1", "2", "Successor", date(2020, 9, 1)), link("3", "2", "Predecessor", None)]
    assert conversions_of(links, "3") == (
        Conversion("3", ("2",), None),
        Conversion("2", ("1",), date(2020, 9, 1)),
    )
    circle = [link("1", "2", "Successor", None), link("2", "1", "Successor", None)]
    assert [each.urn for each in conversions_of(circle, "1")] == ["1", "2"]
    assert conversions_of([link("1", "2", "Sixth Form Centre Link", None)], "2") == ()


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2025/26-autumn", date(2025, 10, 2)),
        ("2025/26-spring", date(2026, 1, 15)),
        ("2025/26-summer", date(2026, 5, 21)),
        ("2025/26", date(2026, 1, 15)),
    ],
)
def test_the_census_day_of_a_period(period, day):
    assert census_day(period) == day


@pytest.mark.parametrize(
    ("opened", "before"),
    [(date(2024, 10, 3), "2024/25-autumn"), (date(2024, 10, 4), "2025/26-autumn"), (date(2020, 9, 1), None)],
)
def test_the_break_stands_before_the_first_census_that_the_new_one_made(opened, before):
    found = breaks_of([Conversion(NEW, (OLD,), opened)], AUTUMNS, {OLD: "Old", NEW: "New"}, "year")
    assert [each.code for each in found] == ([] if before is None else [before])
