"""A report that comes out again from corrected data is marked revised, and says which of its tables changed."""

from __future__ import annotations

import pytest
from small_workspace import AUTUMN, Roll, School, asked, printed, workspaces

SCHOOLS = [School(f"99{k:04}", ("east",)) for k in range(1, 9)]
ASKED = {"sexes": asked("count", "pupils", "sex"), "meals": asked("rate", "fsm6")}


def a_roll(with_meals: int = 6) -> Roll:
    roll = Roll()
    for school in SCHOOLS:
        roll.pupils(with_meals, school.urn, fsm6=True)
        roll.pupils(20 - with_meals, school.urn)
        roll.pupils(22, school.urn, sex="M")
    return roll


@pytest.fixture
def place(tmp_path):
    for make in workspaces(tmp_path):
        yield make(SCHOOLS, a_roll())


def test_a_first_release_is_no_amendment(place):
    released = place.area("east", ASKED)
    assert released["revision_note"] == ""
    assert not released["title"].endswith("(revised)")
    assert "amends" not in released["facts"]


def test_what_comes_of_corrected_data_is_marked_and_names_the_tables_that_changed(place):
    first = place.area("east", ASKED)
    day = place.desk.ledger.entries(kind="release")[0].recorded[:10]
    place.load(AUTUMN, a_roll(with_meals=12))
    second = place.area("east", ASKED)
    assert printed(first, "sexes") == printed(second, "sexes")
    assert printed(first, "meals") != printed(second, "meals")
    assert second["title"] == f"{first['title']} (revised)"
    assert second["revision_note"].endswith("These tables changed: Free school meals in the last six years.")
    assert second["facts"]["amends"] == {"released": day, "changed": ["meals"]}


def test_it_amends_the_same_when_it_is_made_again(place):
    place.area("east", ASKED)
    place.load(AUTUMN, a_roll(with_meals=12))
    second = place.area("east", ASKED)
    assert place.area("east", ASKED) == second
    place.load(AUTUMN, a_roll())
    assert "amends" not in place.area("east", ASKED)["facts"], "the first is what it was"


def test_of_another_day_it_amends_too(place):
    """What is asked on the day of the correction is the same report."""
    place.area("east", ASKED)
    place.load(AUTUMN, a_roll(with_meals=12))
    assert place.area("east", ASKED, on="2026-03-03")["facts"]["amends"]["changed"] == ["meals"]


def test_where_no_table_changed_it_says_so(place):
    """A pupil is of another year, of which no table tells."""
    place.area("east", {"meals": ASKED["meals"]})
    more = a_roll()
    more.rows[0]["ncyear"] = "5"
    place.load(AUTUMN, more)
    assert place.area("east", {"meals": ASKED["meals"]})["revision_note"].endswith("No table changed.")


def test_another_report_amends_nothing(place):
    place.area("east", ASKED)
    place.load(AUTUMN, a_roll(with_meals=12))
    assert place.school(SCHOOLS[0].urn, {"meals": ASKED["meals"]})["revision_note"] == ""
