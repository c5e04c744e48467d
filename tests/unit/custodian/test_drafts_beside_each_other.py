"""A figure worked out from drafts alone: two that are each safe, and one of which has a filter more.

Nothing is released, and each draft is asked by a session of its own, or by a run that comes to no release. Of a school
by name a draft binds what the same person is told next; figures of a group are of their edition, and the same for all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rounded import is_rounded
from small_workspace import (
    AUTUMN,
    COLLEAGUE,
    OFFICER,
    DeskOfADay,
    Roll,
    School,
    SmallWorkspace,
    asked,
    workspaces,
)

from kdsp_lib.custodian import own_answers
from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.rerunning import RerunDesk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import Disclosive
from kdsp_lib.source.limits import Limits

SCHOOLS = [School(f"99010{number}") for number in range(1, 7)]
OURS = SCHOOLS[0].urn
EAST = {"group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services"}
FIRST = {"all": asked("count", "pupils", where="fsm6 = false")}
FURTHER = {"others": asked("count", "pupils", where="fsm6 = false and service_child = false")}


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., SmallWorkspace]]:
    yield from workspaces(tmp_path)


@pytest.fixture
def place(make: Callable[..., SmallWorkspace]) -> SmallWorkspace:
    """Six schools of 40 pupils: six at each had free meals in six years; two others of the first are service children.

    Nobody else is one.
    """
    roll = Roll()
    for school in SCHOOLS:
        roll.pupils(6, school.urn, fsm6=True)
        roll.pupils(2 if school.urn == OURS else 0, school.urn, service_child=True)
        roll.pupils(32 if school.urn == OURS else 34, school.urn)
    return make(SCHOOLS, roll)


def draft(place: SmallWorkspace, questions: Mapping[str, Any], person: str = OFFICER, **given: Any) -> dict[str, str]:
    """A draft of the area's profile by a new session: the first figure of each of its tables."""
    return drafted(place, "area-profile", questions, person, parameters(**given))


def draft_of_ours(place: SmallWorkspace, questions: Mapping[str, Any], person: str = OFFICER, to: str = "") -> Any:
    """The same of one school's report to an officer, whom its head lets have it."""
    return drafted(place, "bespoke-school", questions, person, {**of_ours(to or person), "on": "2026-03-02"})


def drafted(place: SmallWorkspace, report: str, questions: Mapping[str, Any], person: str, given: Any) -> Any:
    session = Session("notebook", person, "notebook", "", "full", os.getpid())
    place.desk.open(session, {"report": report, "parameters": given})
    answer = place.desk.tables(session, {"questions": questions})
    assert all(table["draft"] for table in answer["tables"])
    return firsts(answer["tables"])


def parameters(**given: Any) -> dict[str, Any]:
    return {**EAST, "period": AUTUMN, "on": "2026-03-02", **given}


def of_ours(recipient: str) -> dict[str, Any]:
    return {"school": OURS, "recipient": recipient, "purpose": "school-improvement-plan", "period": AUTUMN}


def firsts(tables: list[dict[str, Any]]) -> dict[str, str]:
    return {table["name"]: table["cells"][-1]["values"][0] for table in tables}


def told_of_two(found: Callable[[], dict[str, str]]) -> bool:
    """Whether the others were told."""
    try:
        return found()["others"] != "c"
    except Disclosive:
        return False


@pytest.mark.parametrize(("question", "true"), [(FIRST, "34"), (FURTHER, "32")], ids=["the first", "the other"])
def test_either_alone_is_told(place: SmallWorkspace, question: Mapping[str, Any], true: str) -> None:
    assert list(draft_of_ours(place, question).values()) == [true]


def test_a_draft_with_a_filter_more_tells_nothing_beside_the_first(place: SmallWorkspace) -> None:
    draft_of_ours(place, FIRST)
    assert not told_of_two(lambda: draft_of_ours(place, FURTHER))


def test_nor_the_other_way_round(place: SmallWorkspace) -> None:
    draft_of_ours(place, FURTHER)
    try:
        assert draft_of_ours(place, FIRST) == {"all": "c"}
    except Disclosive as refused:
        assert any("what you were told before" in str(fault) for fault in refused.faults)  # noqa: PT017


def test_nor_for_another_recipient(place: SmallWorkspace) -> None:
    draft_of_ours(place, FIRST)
    assert not told_of_two(lambda: draft_of_ours(place, FURTHER, to=COLLEAGUE))


def test_nor_by_a_run_that_comes_to_no_release(place: SmallWorkspace) -> None:
    place.begun("bespoke-school", FIRST, of_ours(OFFICER))
    assert not told_of_two(lambda: draft_of_ours(place, FURTHER))


def test_nor_by_a_release_after_a_draft(place: SmallWorkspace) -> None:
    draft_of_ours(place, FIRST)
    assert not told_of_two(lambda: firsts(place.school(OURS, FURTHER, to=OFFICER)["tables"]))


def test_nor_after_a_restart(place: SmallWorkspace) -> None:
    draft_of_ours(place, FIRST)
    restarted(place)
    assert not told_of_two(lambda: draft_of_ours(place, FURTHER))


def test_what_one_person_was_told_does_not_bind_another(place: SmallWorkspace) -> None:
    draft_of_ours(place, FIRST)
    assert draft_of_ours(place, FURTHER, COLLEAGUE) == {"others": "32"}


def restarted(place: SmallWorkspace) -> None:
    place.desk.close()
    place.desk = DeskOfADay(place.workspace)


TRUE = {"all": 204, "others": 202}


@pytest.mark.parametrize("first", [FIRST, FURTHER], ids=["the first first", "the other first"])
def test_of_a_group_both_are_told_in_every_order_and_to_everybody_and_neither_exactly(
    place: SmallWorkspace, first: Mapping[str, Any]
) -> None:
    """Figures of an edition: rounded, so that one less the other leaves open whether there is anybody between."""
    then = FURTHER if first is FIRST else FIRST
    told = draft(place, first) | draft(place, then)
    assert all(is_rounded(value, TRUE[name]) for name, value in told.items())
    assert int(told["all"]) - int(told["others"]) in (0, 5)
    restarted(place)
    assert draft(place, FURTHER, COLLEAGUE) | draft(place, FIRST, COLLEAGUE) == told
    assert draft(place, FURTHER | FIRST, recipient="authority", purpose="raising-attainment") == told
    assert firsts(place.area("east", FURTHER | FIRST)["tables"]) == told


def test_of_a_group_it_is_the_same_whichever_was_asked_first(make: Callable[..., SmallWorkspace]) -> None:
    """In two authorities of the same pupils, with the same secret."""
    roll = Roll()
    for school in SCHOOLS:
        roll.pupils(6, school.urn, fsm6=True)
        roll.pupils(33, school.urn)
    roll.pupils(2, OURS, service_child=True)
    one, other = make(SCHOOLS, roll), make(SCHOOLS, roll)
    assert draft(one, FIRST) | draft(one, FURTHER) == draft(other, FURTHER) | draft(other, FIRST)


TABLES = {"sexes": asked("count", "pupils", "sex"), "meals": asked("rate", "fsm6", "sex")}


def entered(place: SmallWorkspace) -> int:
    return len(place.desk.ledger.entries(kind="answer"))


def cells(released: Mapping[str, Any]) -> list[Any]:
    return [table["cells"] for table in released["tables"]]


@pytest.mark.parametrize("questions", [TABLES, FIRST], ids=["of all", "with a filter"])
def test_equal_questions_have_the_answer_that_they_had(place: SmallWorkspace, questions: Mapping[str, Any]) -> None:
    assert draft_of_ours(place, questions) == draft_of_ours(place, questions)
    assert draft(place, questions) == draft(place, questions)
    assert entered(place) == 2


@pytest.mark.parametrize("questions", [TABLES, FIRST], ids=["of all", "with a filter"])
def test_a_notebook_whose_cell_is_run_again_has_the_answer_that_it_had(
    place: SmallWorkspace, questions: Mapping[str, Any]
) -> None:
    session = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
    place.desk.open(session, {"report": "bespoke-school", "parameters": {**of_ours(OFFICER), "on": "2026-03-02"}})
    first, again = (place.desk.tables(session, {"questions": questions})["tables"] for _ in range(2))
    assert first == again


def test_a_release_after_its_draft_is_the_release_without_one(make: Callable[..., SmallWorkspace]) -> None:
    roll = Roll()
    for number, school in enumerate(SCHOOLS):
        roll.pupils(20 + number, school.urn)
        roll.pupils(4, school.urn, sex="M", fsm6=True)
    with_draft, without = make(SCHOOLS, roll), make(SCHOOLS, roll)
    draft(with_draft, TABLES)
    assert cells(with_draft.area("east", TABLES)) == cells(without.area("east", TABLES))
    draft_of_ours(with_draft, TABLES)
    of_ours = [made.school(OURS, TABLES, to=OFFICER) for made in (with_draft, without)]
    assert cells(of_ours[0]) == cells(of_ours[1])
    assert entered(with_draft) == 2


def test_a_table_more_changes_no_other(place: SmallWorkspace) -> None:
    more = {**TABLES, "phases": asked("count", "pupils", "phase")}
    first, second = draft(place, TABLES), draft(place, more)
    assert second == {**first, "phases": second["phases"]}
    assert "c" not in second.values()


def test_what_was_released_is_no_draft_any_more(place: SmallWorkspace) -> None:
    draft(place, TABLES)
    assert len(place.desk._own_answers.of(OFFICER)) == 1
    place.area("east", TABLES)
    assert not place.desk._own_answers.of(OFFICER)


def test_a_release_that_a_draft_bound_is_made_again_as_it_was(place: SmallWorkspace) -> None:
    draft_of_ours(place, FIRST)
    place.school(OURS, {**FURTHER, **TABLES}, to=OFFICER)
    (entry,) = place.desk.ledger.entries(kind="release")
    assert entry.body["answers"][0]["own"]
    desk = RerunDesk(place.workspace, entry)
    desk.again()
    assert not desk.is_otherwise
    desk.close()


def with_limits(place: SmallWorkspace, **limits: int) -> None:
    place.desk.close()
    place.desk = Desk(replace(place.workspace, limits=Limits(**limits)))


def test_more_tables_within_an_hour_than_one_person_is_told_are_refused_with_the_time(place: SmallWorkspace) -> None:
    with_limits(place, questions_an_hour=3)
    draft(place, TABLES)
    with pytest.raises(Disclosive, match="within an hour") as caught:
        draft(place, {"phases": asked("count", "pupils", "phase"), "years": asked("count", "pupils", "year-group")})
    assert "questions_an_hour" in caught.value.rule
    assert "ask again after" in caught.value.remedy
    assert draft(place, TABLES), "what was asked before is shown"
    assert draft(place, {"phases": asked("count", "pupils", "phase")}, COLLEAGUE)
    place.area("east", TABLES)
    assert draft(place, {"phases": asked("count", "pupils", "phase"), "all": asked("count", "pupils")})


def test_an_hour_later_they_are_told(place: SmallWorkspace) -> None:
    with_limits(place, questions_an_hour=2)
    draft(place, TABLES)
    (told,) = place.desk._own_answers.of(OFFICER)
    later = told.recorded + own_answers._HOUR
    place.desk._own_answers.refuse_too_many(OFFICER, 2, 2, later)
    with pytest.raises(Disclosive) as caught:
        place.desk._own_answers.refuse_too_many(OFFICER, 1, 2, told.recorded)
    assert f"after {later:%H:%M} UTC" in caught.value.remedy


def test_so_many_tables_are_compared_and_no_more(place: SmallWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_answers, "MOST_TABLES", 1)
    draft_of_ours(place, TABLES)
    with pytest.raises(Disclosive, match="too many tables") as caught:
        draft_of_ours(place, FIRST)
    assert "release what you need" in caught.value.remedy
    assert draft_of_ours(place, TABLES)
    assert draft(place, FIRST), "figures of a group are compared with nothing"
