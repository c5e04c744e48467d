"""An earlier release binds what its readers are told next: who could see it is settled on the day it is released."""

from __future__ import annotations

import pytest
from made_up_tables import Sums
from small_workspace import AUTUMN, OFFICER, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.errors import Disclosive
from kdsp_lib.protect.audit import Findings, audit_system
from kdsp_lib.protect.pattern import protect_system

SEXES = {"sexes": asked("count", "pupils", "sex")}


@pytest.fixture
def authority(tmp_path):
    """Six schools of 40 pupils, half of them girls; four of them are an area of their own."""
    schools = [School(f"99000{k}", ("inner",) if k < 5 else ("outer",)) for k in range(1, 7)]
    roll = Roll()
    for school in schools:
        for number in range(40):
            roll.pupil(school.urn, sex="FM"[number % 2], ncyear=str(1 + number // 2 % 4))
    made = SmallWorkspace(tmp_path / "authority", schools)
    made.load(AUTUMN, roll)
    yield made
    made.desk.close()


def figure(released, code: str) -> int | None:
    text = printed(released, "sexes")[code,][0]
    return None if text == "c" else int(text)


def test_what_the_authority_is_given_everybody_may_hold(authority):
    """The whole authority's figures, then the inner area's: their difference is the two schools of the outer."""
    whole = authority.area(None, SEXES)
    inner = authority.area("inner", SEXES | {"years": asked("count", "pupils", "year-group")})
    assert figure(whole, "All") == 240
    assert [figure(inner, code) for code in ("F", "M", "All")] == [None, None, None]
    assert inner["facts"]["compared_with"] == [whole["id"]]


def test_what_one_reader_was_given_binds_what_that_reader_could_see_beside_it(authority):
    """An officer was told of three schools. The inner area's figures would tell that officer the fourth's."""
    for urn in ("990001", "990002", "990003"):
        authority.school(urn, SEXES, to=OFFICER)
    with pytest.raises(Disclosive):
        authority.area("inner", SEXES)


def test_what_no_reader_was_given_together_binds_nobody(authority):
    """Each school was told its own figures, and nobody else's: the area's tell none of them another's."""
    for urn in ("990001", "990002", "990003"):
        authority.school(urn, SEXES)
    assert figure(authority.area("inner", SEXES), "All") == 160


def test_a_pool_of_three_years_beside_single_years():
    """40 and 31 pupils in two years are out: 73 in three years, and the 2 of the third would be the difference."""
    years = Sums({"pool": ["first", "second", "third"]}, first=40, second=31, third=2)
    before = years.system(must_print=["first", "second"])
    told = years.flags(["third"])
    assert years.named(audit_system(before, told, zeros_hidden=False).exact) == {"third"}
    pattern = protect_system(before)
    assert years.told(pattern.hidden) == {"third", "pool"}
    assert audit_system(before, pattern.hidden, zeros_hidden=pattern.zeros_hidden) == Findings()
