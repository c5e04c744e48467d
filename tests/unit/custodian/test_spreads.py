"""Spreads over bands of a rate that the department publishes of each establishment: how many of an area lie in each.

Which band an establishment lies in is nobody's secret then; of what is not published of each there is no spread.
"""

import random
from collections import Counter

import pytest
from small_workspace import AUTUMN, SPRING, SUMMER, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.errors import BadParameters, Disclosive

SPREAD = {"spread": asked("spread", "persistent-absence")}
PHONICS = ("KS1", "ENG", "TT", "PHO", "PM")
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


def test_a_band_of_one_or_two_bodies_is_told_too(area):
    """Anybody reads the two in the department's files."""
    found = told(area(*[(40, 5, "")] * 5, *[(40, 10, "")] * 4, *[(40, 14, "trust-a")] * 2).area("east", SPREAD))
    assert [found[band] for band in BANDS] == ["0", "5", "4", "2", "0"]


def test_of_what_is_not_published_of_each_there_is_none(tmp_path):
    """The phonics check of a school is in no file of the department's."""
    schools, roll = [School(f"9900{k:02}") for k in range(1, 9)], Roll()
    keys = [roll.pupil(school.urn, ncyear="1") for school in schools for _ in range(40)]
    workspace = SmallWorkspace(tmp_path, schools)
    for term in (AUTUMN, SPRING, SUMMER):
        workspace.load(term, roll)
    workspace.assess("2025/26", {key: ("32", "31")[n % 3 > 0] for n, key in enumerate(keys)}, *PHONICS)
    with pytest.raises(Disclosive) as refused:
        workspace.area("east", {"spread": asked("spread", "phonics")}, "2025/26", "area-outcomes", on="2026-10-12")
    assert "school files" in refused.value.rule
    assert "report.rate" in refused.value.remedy


def test_nobody_learns_that_all_lie_in_one_band(area):
    found = told(area(*[(40, 5, "")] * 8).area("east", SPREAD))
    assert {found[band] for band in BANDS} == {"c"}


def test_establishments_with_hardly_any_pupils_in_the_rate_are_in_no_band(area):
    found = told(area(*[(40, 5, "")] * 4, *[(40, 10, "")] * 4, *[(10, 5, "")] * 3).area("east", SPREAD))
    assert (found["few"], found["from-40"], found["All"]) == ("3", "0", "11")


@pytest.mark.parametrize("first", ["east", None])
def test_it_is_the_same_whatever_was_told_first(area, first):
    """The authority is the east and one school more, whose band anybody reads in the department's files."""
    both = area(*[(40, 5, "")] * 5, *[(40, 10, "")] * 5, outside=[(40, 14, "")])
    found = {name: told(both.area(name, SPREAD)) for name in (first, "east" if first is None else None)}
    assert [found["east"][band] for band in BANDS] == ["0", "5", "5", "0", "0"]
    assert [found[None][band] for band in BANDS] == ["0", "5", "5", "1", "0"]


@pytest.mark.parametrize("seed", range(4))
def test_it_counts_as_anybody_would(area, seed):
    draw = random.Random(seed)
    schools = [
        (40, draw.choice((2, 5, 5, 6, 9, 10, 14)), draw.choice(("", "", "trust-a", "trust-b"))) for _ in range(13)
    ]
    found = told(area(*schools).area("east", SPREAD))
    band = Counter(BANDS[min(4, absent * 10 // pupils)] for pupils, absent, _ in schools)
    assert {each: int(found[each]) for each in BANDS} == {each: band[each] for each in BANDS}


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


def test_what_is_left_in_two_bands_may_be_told(area):
    both = area(*[(40, 5, "")] * 4, *[(40, 10, "")] * 4, outside=[*[(40, 5, "")] * 3, *[(40, 10, "")] * 3])
    east, whole = (told(both.area(name, SPREAD)) for name in ("east", None))
    assert (east["from-10"], whole["from-10"], whole["from-20"]) == ("4", "7", "7")
