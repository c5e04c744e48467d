"""What others have published is known to every reader.

Counts that are public already are loaded with ``kdsp data add public-figures``. They bind a report by name as an
earlier release does; figures of a group are rounded, and are safe beside them as they are. In Reception are 3 pupils,
and 50 in each of Years 1 to 4: of one school, whose report goes to an officer by its head's consent.
"""

from __future__ import annotations

import pytest
from rounded import is_open, is_rounded, left_of
from small_workspace import AUTUMN, OFFICER, SPRING, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.errors import BadSource, Disclosive, Overtaken

SOURCE = "Made-up Authority, pupils by year group, October 2025"
OURS = "990001"
YEARS = {"years": asked("count", "pupils", "year-group")}
TOTAL = {"pupils": asked("count", "pupils")}
KNOWN = {f"year-group={year}": 50 for year in "1234"}


@pytest.fixture
def authority(tmp_path):
    """One school of 203 pupils."""
    yield from _made(tmp_path / "authority", [School(OURS)])


@pytest.fixture
def area(tmp_path):
    """Five schools, which have as many together."""
    yield from _made(tmp_path / "area", [School(f"99000{k}") for k in range(1, 6)])


def _made(root, schools):
    roll = Roll()
    for number in range(200):
        roll.pupil(schools[number // 4 % len(schools)].urn, ncyear=str(1 + number % 4))
    for number in range(3):
        roll.pupil(schools[number % len(schools)].urn, ncyear="R")
    made = SmallWorkspace(root, schools)
    made.load(AUTUMN, roll)
    made.load(SPRING, roll)
    yield made
    made.desk.close()


def told(authority, questions, period=AUTUMN):
    """The school's report to the officer."""
    return authority.school(OURS, questions, to=OFFICER, period=period)


def years_of(released) -> dict[str, str]:
    return {code: value for (code,), (value,) in printed(released, "years").items()}


def test_without_public_figures_one_year_is_withheld_beside_the_small_one(authority):
    shown = years_of(told(authority, YEARS))
    assert shown["R"] == "c"
    assert shown["All"] == "203"
    assert [shown[year] for year in "1234"].count("c") == 1


def test_where_all_other_years_are_public_the_total_is_withheld(authority):
    """203 less the 200 of Years 1 to 4, which everybody can read elsewhere, would be the 3 of Reception."""
    authority.publish(AUTUMN, OURS, "pupils", SOURCE, KNOWN)
    released = told(authority, YEARS)
    shown = years_of(released)
    assert (shown["R"], shown["All"]) == ("c", "c")
    assert [shown[year] for year in "1234"] == ["50"] * 4
    assert released["facts"]["compared_with"] == [SOURCE]


def test_a_groups_figures_are_safe_beside_public_ones_as_they_are(area):
    """The same of five schools: nothing is withheld, and the printed total less the 200 leaves the 3 open.

    What is loaded afterwards changes no figure.
    """
    before = years_of(area.area("east", YEARS))
    area.publish(AUTUMN, "collaborative:east", "pupils", SOURCE, KNOWN)
    shown = years_of(area.area("east", YEARS))
    assert shown == before
    assert "c" not in shown.values()
    assert shown["R"] in ("0", "5")
    assert is_rounded(shown["All"], 203)
    assert is_open(left_of(shown["All"], exactly=200), 3)
    total = printed(area.area("east", TOTAL), "pupils")[()][0]
    assert total == shown["All"]


def test_a_figure_that_public_ones_make_tell_too_much_is_refused_and_the_source_is_named(authority):
    authority.publish(AUTUMN, OURS, "pupils", SOURCE, KNOWN)
    with pytest.raises(Disclosive) as refused:
        told(authority, TOTAL)
    assert SOURCE in str(refused.value.faults)
    assert "203" not in str(refused.value)


def test_a_public_figure_beside_a_released_one(authority):
    """The total is out. Then the figures of Years 1 to 3 are published: Year 4 by itself would tell of Reception."""
    before = told(authority, TOTAL)
    authority.publish(AUTUMN, OURS, "pupils", SOURCE, dict(list(KNOWN.items())[:3]))
    with pytest.raises(Disclosive) as refused:
        told(authority, {"fourth": asked("count", "pupils", where="ncyear = '4'")})
    named = str(refused.value.faults)
    assert SOURCE in named
    assert before["id"] in named


def test_what_is_itself_public_needs_no_protection(authority):
    authority.publish(AUTUMN, OURS, "pupils", SOURCE, {**KNOWN, "year-group=R": 3})
    shown = years_of(told(authority, YEARS))
    assert shown == {"R": "3", **dict.fromkeys("1234", "50"), "All": "203", **dict.fromkeys("56", "0")}


def test_what_follows_from_public_figures_alone_needs_none_either(authority):
    everything_else = {**KNOWN, "year-group=5": 0, "year-group=6": 0, "": 203}
    authority.publish(AUTUMN, OURS, "pupils", SOURCE, everything_else)
    assert "c" not in years_of(told(authority, YEARS)).values()


def test_the_figures_of_another_edition_say_nothing_exactly(authority):
    """The published Year 1 has one pupil more than the data: 203 less 201 is not the 3 of Reception."""
    authority.publish(AUTUMN, OURS, "pupils", SOURCE, {**KNOWN, "year-group=1": 51})
    shown = years_of(told(authority, YEARS))
    assert shown["R"] == "c"
    assert shown["1"] == "c"
    assert shown["All"] == "203"


def test_public_figures_bind_reports_of_their_term(authority):
    authority.publish(AUTUMN, OURS, "pupils", SOURCE, KNOWN)
    assert years_of(told(authority, YEARS, SPRING))["All"] == "203"


@pytest.mark.parametrize("about", ["authority", "collaborative:east", OURS])
def test_public_figures_are_about_the_authority_a_group_or_establishments(authority, about):
    authority.publish(AUTUMN, about, "pupils", SOURCE, KNOWN)
    with pytest.raises(Disclosive):
        told(authority, TOTAL)


@pytest.mark.parametrize(
    ("about", "measure", "by", "said"),
    [
        ("collaborative:north", "pupils", "sex=F", "collaborative:north is not in the register"),
        ("999999", "pupils", "sex=F", "999999 is not in the register"),
        ("authority", "pupil", "sex=F", "did you mean pupils?"),
        ("authority", "pupils", "gender=F", "'gender' is not a breakdown"),
        ("authority", "pupils", "sex=girls", "'girls' is not a level of sex"),
    ],
)
def test_what_cannot_be_compared_is_said_row_by_row(authority, about, measure, by, said):
    authority.publish(AUTUMN, about, measure, SOURCE, {by: 50})
    with pytest.raises(BadSource) as error:
        told(authority, YEARS)
    assert [fault.place for fault in error.value.faults] == ["row 1"]
    assert said in str(error.value.faults)


def test_what_becomes_public_while_a_report_is_made_is_looked_at_before_it_is_released(authority):
    """Answered before Years 1 to 4 were published elsewhere, its total would tell the 3 of Reception with them."""
    given = {"school": OURS, "recipient": OFFICER, "period": AUTUMN, "purpose": "school-improvement-plan"}
    begun = authority.begun("bespoke-school", YEARS, given)
    authority.publish(AUTUMN, OURS, "pupils", SOURCE, KNOWN)
    with pytest.raises(Overtaken):
        authority.desk.release(begun, {"texts": []})
    assert years_of(told(authority, YEARS))["All"] == "c"
