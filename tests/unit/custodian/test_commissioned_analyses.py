"""What several schools commission together: pooled, none of them to be recognised, each one's annex apart."""

import pytest
from rounded import is_rounded
from small_workspace import Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.errors import BadParameters, NotAuthorised

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
        roll.pupils(21, urn, fsm6=True)
        roll.pupils(3 if urn == URNS[4] else 8, urn, service_child=True)
        roll.pupils(30 + number, urn)
    place.load("2025/26-autumn", roll)
    return place


def test_it_is_pooled_and_names_no_school(place):
    released = place.release("commissioned-analysis", {"fsm6": asked("rate", "fsm6")}, POOLED)
    ((rate, counted, base),) = printed(released, "fsm6").values()
    assert is_rounded(counted, 84)
    assert is_rounded(base, 242)
    assert rate == str(round(100 * int(counted) / int(base), 1))
    assert not any(urn in str(released["tables"]) for urn in URNS)


def test_no_school_is_set_beside_the_others(place):
    with pytest.raises(BadParameters):
        place.release("commissioned-analysis", {"fsm6": asked("rate", "fsm6", compare="authority")}, POOLED)


@pytest.mark.parametrize("first", ["area", "project"])
def test_beside_the_areas_profile_it_does_not_give_the_school_that_is_in_one_alone(place, first):
    """Clause 6: the area's 5 schools less the project's 4 are the fifth's own 3, and one of five values or more."""
    service = {"t": asked("rate", "service-child")}
    found = {}
    for report in (first, "area" if first == "project" else "project"):
        if report == "area":
            found[report] = printed(place.area("east", service), "t")
        else:
            found[report] = printed(place.release("commissioned-analysis", service, POOLED), "t")
    area, project = (int(found[report][()][1]) for report in ("area", "project"))
    assert is_rounded(str(area), 35)
    assert is_rounded(str(project), 32)
    least, most = max(0, area - 4 - (project + 4)), area + 4 - (project - 4)
    assert least <= 3 <= most
    assert min(most, 5) - least >= 4


def test_the_public_and_a_school_that_is_in_nothing_get_none(place):
    with pytest.raises(NotAuthorised) as refused:
        place.release("commissioned-analysis", {"fsm6": asked("rate", "fsm6")}, {**POOLED, "recipient": "public"})
    assert "2" in refused.value.clauses
