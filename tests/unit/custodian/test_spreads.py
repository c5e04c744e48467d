"""Spreads over bands of a rate: what an area is told of its establishments, and what nobody works out of it."""

from collections import Counter

import pytest
from small_workspace import AUTUMN, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.errors import BadParameters, Disclosive

SPREAD = {"spread": asked("spread", "persistent-absence")}
BANDS = ("from-0", "from-10", "from-20", "from-30", "from-40")


@pytest.fixture
def area(tmp_path):
    """Makes an area: of each school its pupils, how many of them are persistently absent, and who runs it."""

    def made(*schools, outside=()):
        every = [(*school, "east") for school in schools] + [(*school, "west") for school in outside]
        named = [School(f"9900{k:02}", (at,), run_by=by) for k, (*_, by, at) in enumerate(every, start=1)]
        workspace = SmallWorkspace(tmp_path, named)
        roll = Roll()
        for school, (pupils, absent, *_) in zip(named, every, strict=True):
            roll.pupils(absent, school.urn, sessions=(120, 12, 0))
            roll.pupils(pupils - absent, school.urn, sessions=(120, 11, 0))
        workspace.load(AUTUMN, roll)
        return workspace

    return made


def told(released):
    return {code: values[0] for (code,), values in printed(released, "spread").items()}


def test_establishments_are_counted_by_the_band_of_their_own_rate(area):
    """4 of 40 are exactly 10 %: from there on."""
    found = told(area(*[(40, 4, "")] * 4, *[(50, 14, "")] * 3, *[(40, 3, "")] * 3).area("east", SPREAD))
    assert found == {**dict(zip(BANDS, ("3", "4", "3", "0", "0"), strict=True)), "few": "0", "All": "10"}


def test_of_fewer_than_six_bodies_there_is_the_mean_alone(area):
    """Seven schools, but two trusts run four of them."""
    schools = [(40, 4, "trust-a"), (40, 4, "trust-a"), (40, 4, "trust-b"), (40, 14, "trust-b"), *[(40, 14, "")] * 3]
    with pytest.raises(Disclosive) as refused:
        area(*schools).area("east", SPREAD)
    assert "6 bodies" in refused.value.rule
    assert "report.rate" in refused.value.remedy


def test_a_band_of_fewer_than_three_bodies_is_withheld_and_not_alone(area):
    found = told(area(*[(40, 5, "")] * 5, *[(40, 10, "")] * 4, *[(40, 14, "")] * 2).area("east", SPREAD))
    assert found["from-30"] == "c"
    assert [found[band] for band in BANDS].count("c") >= 2


def test_nobody_learns_that_all_lie_in_one_band(area):
    found = told(area(*[(40, 5, "")] * 8).area("east", SPREAD))
    assert {found[band] for band in BANDS} == {"c"}


def test_one_trusts_own_band_tells_it_nothing_of_the_others(area):
    found = told(area(*[(40, 5, "")] * 7, *[(40, 10, "trust-a")] * 3).area("east", SPREAD))
    assert {found[band] for band in BANDS} == {"c"}


def test_establishments_with_hardly_any_pupils_in_the_rate_are_in_no_band(area):
    found = told(area(*[(40, 5, "")] * 4, *[(40, 10, "")] * 4, *[(10, 5, "")] * 3).area("east", SPREAD))
    assert (found["few"], found["from-40"], found["All"]) == ("3", "0", "11")


def test_an_area_less_another_does_not_place_an_establishment(area):
    """The authority is the east and one school: its band would follow."""
    both = area(*[(40, 5, "")] * 5, *[(40, 10, "")] * 5, outside=[(40, 14, "")])
    east, whole = (told(both.area(name, SPREAD)) for name in ("east", None))
    known = [band for band in BANDS if "c" not in (east[band], whole[band]) and east[band] != whole[band]]
    assert known == []
    assert "c" in whole.values()


@pytest.mark.parametrize("seed", range(4))
def test_no_body_places_the_others(area, seed):
    """Whatever each body takes out of what is printed, others are in two bands at least, and in none alone."""
    import random

    draw = random.Random(seed)
    schools = [
        (40, draw.choice((2, 5, 5, 6, 9, 10, 14)), draw.choice(("", "", "trust-a", "trust-b"))) for _ in range(13)
    ]
    found = told(area(*schools).area("east", SPREAD))
    owner = [by or str(k) for k, (*_, by) in enumerate(schools)]
    band = [BANDS[min(4, absent * 10 // pupils)] for pupils, absent, _ in schools]
    shown = [each for each in BANDS if found[each] not in ("c", "0")]
    parts = [{each} for each in shown] + [{each for each in BANDS if found[each] == "c"}]
    for body in set(owner) if shown else ():
        others = Counter(
            k for b, o in zip(band, owner, strict=True) if o != body for k, p in enumerate(parts) if b in p
        )
        assert len(others) >= 2
        for k, number in others.items():
            bodies = {o for b, o in zip(band, owner, strict=True) if o != body and b in parts[k]}
            assert len(bodies) >= 2, (k, number)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (asked("spread", "persistent-absence", "sex"), "bands alone"),
        (asked("spread", "persistent-absence", where="sex = 'F'"), "phase alone"),
        (asked("spread", "sessions-missed"), "is a mean"),
    ],
)
def test_a_spread_is_of_establishments_and_nobodys_pupils_in_particular(area, question, said):
    with pytest.raises(BadParameters) as refused:
        area(*[(40, 5, "")] * 8).area("east", {"spread": question})
    assert said in str(refused.value)


def test_how_many_pupils_are_in_a_band_is_told_nobody(area):
    """Rolls are public: their sum would name the establishments."""
    released = area(*[(40, 5, "")] * 4, *[(50, 14, "")] * 4).area("east", SPREAD)
    assert released["counts"] == []


@pytest.mark.parametrize("first", ["east", None])
def test_an_area_less_another_does_not_put_all_that_is_left_into_one_band(area, first):
    """The authority is the east and three schools, all from 10 to 20 %: enough bodies, but all would be placed."""
    both = area(*[(40, 5, "")] * 4, *[(40, 10, "")] * 4, outside=[(40, 5, "")] * 3)
    earlier, later = (told(both.area(name, SPREAD)) for name in (first, "east" if first is None else None))
    assert {earlier["from-10"], earlier["from-20"]} & {"4", "7"}
    assert {later[band] for band in BANDS} == {"c"}


def test_what_is_left_in_two_bands_may_be_told(area):
    both = area(*[(40, 5, "")] * 4, *[(40, 10, "")] * 4, outside=[*[(40, 5, "")] * 3, *[(40, 10, "")] * 3])
    east, whole = (told(both.area(name, SPREAD)) for name in ("east", None))
    assert (east["from-10"], whole["from-10"], whole["from-20"]) == ("4", "7", "7")
