"""What no record says is not available, with its reason: never nought per cent."""

from __future__ import annotations

from datetime import date

import pytest

from kdsp_lib.custodian.lacking import unsaid
from kdsp_lib.model.question import Question
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.tables import open_tables
from kdsp_lib.source.workspace import init_workspace

HEADER = (
    "pupil_key,urn,enrol_status,ncyear,ethnicity,language,fsm,fsm_basis,fsm6,sen_provision,sen_type,lac,young_carer,"
    "service_child\n"
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A census that says of nobody who is looked after, and of one pupil alone who is a young carer."""
    folder = tmp_path_factory.mktemp("unsaid")
    path = folder / "census.csv"
    path.write_text(
        HEADER
        + "p1,990001,C,3,WBRI,english,false,,false,N,,,,false\np2,990001,C,,WBRI,english,false,,false,N,,,true,\n"
    )
    workspace = init_workspace(folder / "workspace")
    add_dataset(workspace, "census", path, "2025/26-spring", loaded_on=date(2026, 2, 2))
    opened = open_tables(workspace, "2025/26-spring", ("census",))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "question",
    [
        Question("rate", "looked-after"),
        Question("count", "pupils", ("looked-after",)),
        Question("count", "pupils", ("sex",), "lac = TRUE"),
    ],
    ids=["measure", "breakdown", "where"],
)
def test_a_question_about_what_nobody_said_has_a_reason(tables, question):
    assert "looked after" in unsaid(question, tables)


@pytest.mark.parametrize("by", ["young-carer", "service-child", "fsm6", "sex"])
def test_what_is_said_of_some_is_answered(tables, by):
    assert unsaid(Question("count", "pupils", (by,)), tables) == ""


def test_a_rate_of_a_reason_needs_sessions_by_reason(tables):
    assert "no sessions by reason of 2025/26 are loaded" in unsaid(Question("rate", "absence-illness"), tables)
    assert unsaid(Question("rate", "absence"), tables) == ""
