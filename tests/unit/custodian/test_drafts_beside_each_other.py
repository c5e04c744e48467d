"""A figure worked out from drafts alone: two that are each safe, and one of which has a filter more.

Nothing is released, and each draft is asked by a session of its own, or by a run that comes to no release.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_workspace import AUTUMN, COLLEAGUE, OFFICER, Roll, School, SmallWorkspace, asked, workspaces

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import Disclosive, KdspError
from kdsp_lib.source.limits import Limits

SCHOOLS = [School(f"99010{number}") for number in range(1, 7)]
EAST = {"group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services"}
FIRST = {"all": asked("count", "pupils", where="fsm6 = false")}
FURTHER = {"others": asked("count", "pupils", where="fsm6 = false and service_child = false")}


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., SmallWorkspace]]:
    yield from workspaces(tmp_path)


@pytest.fixture
def place(make: Callable[..., SmallWorkspace]) -> SmallWorkspace:
    """Six schools of 40 pupils; two at each had free meals in six years, two in all of the others are service children."""
    roll = Roll()
    for number, school in enumerate(SCHOOLS):
        roll.pupils(2, school.urn, fsm6=True)
        roll.pupils(1 if number < 2 else 0, school.urn, service_child=True)
        roll.pupils(37 if number < 2 else 38, school.urn)
    return make(SCHOOLS, roll)


def draft(place: SmallWorkspace, questions: Mapping[str, Any], person: str = OFFICER, **given: Any) -> dict[str, str]:
    """A draft of the area's profile by a new session: the first figure of each of its tables."""
    session = Session("notebook", person, "notebook", "", "full", os.getpid())
    place.desk.open(session, {"report": "area-profile", "parameters": parameters(**given)})
    answer = place.desk.tables(session, {"questions": questions})
    assert all(table["draft"] for table in answer["tables"])
    return firsts(answer["tables"])


def parameters(**given: Any) -> dict[str, Any]:
    return {**EAST, "period": AUTUMN, "on": "2026-03-02", **given}


def firsts(tables: list[dict[str, Any]]) -> dict[str, str]:
    return {table["name"]: table["cells"][-1]["values"][0] for table in tables}


def told_of_two(found: Callable[[], dict[str, str]]) -> bool:
    """Whether the others were told."""
    try:
        return found()["others"] != "c"
    except Disclosive:
        return False


def test_either_alone_is_told(place: SmallWorkspace) -> None:
    assert draft(place, FIRST) == {"all": "228"}


def test_the_other_alone_is_told(place: SmallWorkspace) -> None:
    assert draft(place, FURTHER) == {"others": "226"}


def test_a_draft_with_a_filter_more_tells_nothing_beside_the_first(place: SmallWorkspace) -> None:
    draft(place, FIRST)
    assert not told_of_two(lambda: draft(place, FURTHER))


def test_nor_the_other_way_round(place: SmallWorkspace) -> None:
    draft(place, FURTHER)
    try:
        assert draft(place, FIRST) == {"all": "c"}
    except Disclosive as refused:
        assert any("what you were told before" in str(fault) for fault in refused.faults)  # noqa: PT017


def test_nor_for_another_recipient(place: SmallWorkspace) -> None:
    draft(place, FIRST)
    assert not told_of_two(lambda: draft(place, FURTHER, recipient="authority", purpose="raising-attainment"))


def test_nor_by_a_run_that_comes_to_no_release(place: SmallWorkspace) -> None:
    place.begun("area-profile", FIRST, {**EAST, "period": AUTUMN})
    assert not told_of_two(lambda: draft(place, FURTHER))


def test_nor_by_a_release_after_a_draft(place: SmallWorkspace) -> None:
    draft(place, FIRST)
    assert not told_of_two(lambda: firsts(place.area("east", FURTHER)["tables"]))


def test_nor_after_a_restart(place: SmallWorkspace) -> None:
    draft(place, FIRST)
    place.desk.close()
    place.desk = Desk(place.workspace)
    assert not told_of_two(lambda: draft(place, FURTHER))


def test_what_one_person_was_told_does_not_bind_another(place: SmallWorkspace) -> None:
    draft(place, FIRST)
    assert draft(place, FURTHER, COLLEAGUE) == {"others": "226"}
