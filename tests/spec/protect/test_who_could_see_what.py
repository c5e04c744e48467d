"""What readers hold beside a report: other areas' figures, and what they were told of single schools by name."""

from __future__ import annotations

import pytest
from made_up_tables import Sums
from rounded import is_open, is_rounded, left_of
from small_workspace import AUTUMN, OFFICER, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.protect.audit import Findings, audit_system
from kdsp_lib.protect.pattern import protect_system

SEXES = {"sexes": asked("count", "pupils", "sex")}


@pytest.fixture
def authority(tmp_path):
    """Six schools of 41 pupils, 21 of them girls; four of them are an area of their own."""
    schools = [School(f"99000{k}", ("inner",) if k < 5 else ("outer",)) for k in range(1, 7)]
    roll = Roll()
    for school in schools:
        for number in range(41):
            missed = (0, 2, 5, 9, 14, 30)[number % 6]
            year = str(1 + number // 2 % 4)
            roll.pupil(school.urn, sex="FM"[number % 2], ncyear=year, sessions=(120, missed, 0))
    made = SmallWorkspace(tmp_path / "authority", schools)
    made.load(AUTUMN, roll)
    yield made
    made.desk.close()


TRUE = {"F": 84, "M": 80, "All": 164}
"""Of the inner area."""


def figure(released, code: str) -> int | None:
    text = printed(released, "sexes")[code,][0]
    return None if text == "c" else int(text)


def test_what_the_authority_is_given_everybody_may_hold(authority):
    """The whole authority's figures, then the inner area's: what they leave of the two of the outer is open."""
    whole = authority.area(None, SEXES)
    inner = authority.area("inner", SEXES | {"years": asked("count", "pupils", "year-group")})
    assert is_rounded(figure(whole, "All"), 246)
    for code, outer in (("F", 42), ("M", 40), ("All", 82)):
        assert is_rounded(figure(inner, code), TRUE[code])
        assert is_open(left_of(figure(whole, code), figure(inner, code)), outer)


def test_a_roll_that_is_published_is_not_withheld_for_what_all_of_it_are(tmp_path):
    """Every pupil of the two schools of the outer area is away less than a tenth of the time.

    How many are is published of no school, their roll is of each. To withhold that would protect nobody: no total of
    pupils is withheld, of the authority, the areas or the phase.
    """
    schools = [School(f"99000{k}", ("inner",) if k < 5 else ("outer",)) for k in range(1, 7)]
    roll = Roll()
    for school in schools:
        for number in range(41):
            roll.pupil(school.urn, sex="FM"[number % 2])
    made = SmallWorkspace(tmp_path / "alike", schools)
    made.load(AUTUMN, roll)
    try:
        totals = {place: figure(made.area(place, SEXES), "All") for place in (None, "inner", "outer")}
    finally:
        made.desk.close()
    assert None not in totals.values()
    assert all(is_rounded(totals[place], truth) for place, truth in ((None, 246), ("inner", 164), ("outer", 82)))


def test_an_areas_figures_are_the_same_whatever_a_reader_was_given_before(authority):
    """An officer was told of three schools by name: the area's report is everybody's, and leaves the fourth open."""
    before = authority.area("inner", SEXES)
    for urn in ("990001", "990002", "990003"):
        own = authority.school(urn, SEXES, to=OFFICER)
        assert [figure(own, code) for code in ("F", "M", "All")] == [21, 20, 41]
    after = authority.area("inner", SEXES)
    assert printed(after, "sexes") == printed(before, "sexes")
    for code, each in (("F", 21), ("M", 20), ("All", 41)):
        assert is_rounded(figure(after, code), TRUE[code])
        assert is_open(left_of(figure(after, code), exactly=3 * each), TRUE[code] - 3 * each)


def test_what_no_reader_was_given_together_binds_nobody(authority):
    """Each school was told its own figures, and nobody else's: the area's tell none of them another's."""
    for urn in ("990001", "990002", "990003"):
        own = authority.school(urn, SEXES)
        assert figure(own, "All") == 41
    assert is_rounded(figure(authority.area("inner", SEXES), "All"), 164)


def test_a_pool_of_three_years_beside_single_years():
    """40 and 31 pupils in two years are out: 73 in three years, and the 2 of the third would be the difference."""
    years = Sums({"pool": ["first", "second", "third"]}, first=40, second=31, third=2)
    before = years.system(must_print=["first", "second"])
    told = years.flags(["third"])
    assert years.named(audit_system(before, told, zeros_hidden=False).exact) == {"third"}
    pattern = protect_system(before)
    assert years.told(pattern.hidden) == {"third", "pool"}
    assert audit_system(before, pattern.hidden, zeros_hidden=pattern.zeros_hidden) == Findings()
