"""What several schools commission together: pooled, none of them to be recognised, each one's annex apart."""

import pytest
from small_workspace import Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.errors import BadParameters, Disclosive, NotAuthorised

URNS = [f"99010{k}" for k in range(1, 6)]
POOLED = {
    "group": "collaborative:project", "recipient": "collaborative:project", "purpose": "commissioning-of-services",
    "period": "2025/26-autumn",
}  # fmt: skip


@pytest.fixture
def place(tmp_path):
    """Five schools of an area; four of them, of different bodies, have a project together."""
    schools = [School(urn, areas=("east", "project") if urn != URNS[4] else ("east",)) for urn in URNS]
    place = SmallWorkspace(tmp_path, schools)
    roll = Roll()
    for number, urn in enumerate(URNS):
        roll.pupils(20, urn, fsm6=True)
        roll.pupils(30 + number, urn)
    place.load("2025/26-autumn", roll)
    return place


def test_it_is_pooled_and_names_no_school(place):
    released = place.release("commissioned-analysis", {"fsm6": asked("rate", "fsm6")}, POOLED)
    assert printed(released, "fsm6") == {(): ("38.8", "80", "206")}
    assert not any(urn in str(released["tables"]) for urn in URNS)


def test_no_school_is_set_beside_the_others(place):
    with pytest.raises(BadParameters):
        place.release("commissioned-analysis", {"fsm6": asked("rate", "fsm6", compare="authority")}, POOLED)


def test_beside_the_areas_profile_it_does_not_give_the_school_that_is_in_one_alone(place):
    """Clause 6: the area's 5 schools less the project's 4 are the fifth's own figures."""
    whole = {"fsm6": asked("rate", "fsm6")}
    area = printed(place.area("east", whole), "fsm6")
    assert area[()][1:] == ("100", "260")
    with pytest.raises(Disclosive) as refused:
        place.release("commissioned-analysis", whole, POOLED)
    assert "earlier release" in str(refused.value)


def test_the_public_and_a_school_that_is_in_nothing_get_none(place):
    with pytest.raises(NotAuthorised) as refused:
        place.release("commissioned-analysis", {"fsm6": asked("rate", "fsm6")}, {**POOLED, "recipient": "public"})
    assert "2" in refused.value.clauses
