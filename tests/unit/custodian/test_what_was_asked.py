"""The access log keeps what a question was about, sealed: who reads the database reads nothing of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.asked import Asked, asked_in, seal, unseal

SECRET, OTHER = b"s" * 32, b"t" * 32
SCHOOL = {"school": "990005", "recipient": "officer:a1", "purpose": "school-development"}
AREA = {"group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services"}
DATED = {"period": "2025/26-autumn", "on": "2026-03-02"}


def begun(report, **parameters):
    """What is kept of a run that was refused."""
    return asked_in(None, "begin", {"notebook": report, "parameters": parameters}, in_words=True)


def test_a_refusal_says_the_kind_of_report_whom_it_is_about_and_for_whom():
    found = begun("area-profile", **AREA, **DATED)
    assert (found.report, found.subject, found.recipient) == ("area-profile", *["collaborative:east"] * 2)
    assert not found.is_confidential
    assert begun("area-profile", **{**AREA, "group": None}, **DATED).subject == ""


def test_one_on_the_partnership_framework_is_confidential():
    found = begun("ksip-report", **SCHOOL, **DATED)
    assert (found.subject, found.is_confidential) == ("establishment:990005", True)
    assert found.is_shown_to("establishment:990005", (), "officer:b1")
    assert found.is_shown_to("officer:c1", ("ksip-lead",), "officer:b1")
    assert found.is_shown_to("officer:b1", (), "officer:b1"), "who asked"
    for roles in ((), ("registrar",), ("information-owner",)):
        assert not found.is_shown_to("officer:c1", roles, "officer:b1")
    assert not found.is_shown_to("establishment:990006", ("registrar",), "officer:b1")


def test_others_are_shown_to_who_asked_to_a_registrar_and_to_an_information_owner():
    found = begun("area-profile", **AREA, **DATED)
    for viewer, roles in (("officer:b1", ()), ("officer:c1", ("registrar",)), ("officer:c1", ("information-owner",))):
        assert found.is_shown_to(viewer, roles, "officer:b1")
    assert not found.is_shown_to("officer:c1", ("ksip-lead",), "officer:b1")


@pytest.mark.parametrize("question", [{}, {"notebook": "nothing"}, {"notebook": "area-profile", "parameters": 7}])
def test_of_what_opens_no_report_nothing_is_kept(question):
    assert asked_in(None, "begin", question, in_words=True) is None
    assert asked_in(None, "hello", question, in_words=True) is None


def opened():
    served = SimpleNamespace(about="group", name="area-profile")
    return SimpleNamespace(name="area-profile", served=served, parameters=AREA, audited=None, whole_for=None)


def words(action, **question):
    return asked_in(opened(), action, {"session": "mark.secret", **question}, in_words=True).words


def test_what_was_asked_is_in_one_spelling_with_where_in_words():
    table = {"kind": "count", "measure": "pupils", "by": ["phase"], "where": "sex = 'F'"}
    kept = words("tables", questions={"girls": table})
    assert '"measure":"pupils"' in kept
    assert '"by":["phase"]' in kept
    assert "sex = 'F'" not in kept
    assert kept == words("tables", questions={"girls": {**table, "where": "sex   in ('F')"}})
    assert words("pupils", columns=["sex", "phase"]) == '["sex","phase"]'
    assert "mark.secret" not in words("further", kind="trend", table="girls")


@pytest.mark.parametrize("where", ["upn = 'A820102012001'", "'", "sex = 'Reuben Bradley'"])
def test_what_cannot_be_read_is_not_kept(where):
    assert words("tables", questions={"t": {"kind": "count", "measure": "pupils", "where": where}}) == ""
    assert words("tables", questions=7) == ""


def test_of_an_answer_that_is_no_draft_the_ledger_has_the_words():
    assert asked_in(opened(), "tables", {"questions": {}}, in_words=False).words == ""


def test_it_is_read_with_the_custodians_secret_alone(state):
    asked = Asked("ksip-report", "establishment:990005", "officer:a1", is_confidential=True)
    sealed = seal(asked, SECRET)
    AccessLog(state).append("officer:a1", "begin", "", "KDSP-401", sealed)
    (entry,) = AccessLog(state).entries()
    assert unseal(entry.sealed, SECRET) == asked
    assert unseal(entry.sealed, OTHER) is None
    assert sealed != seal(asked, SECRET), "the same twice does not look the same"
    with state.reading() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM access_log").fetchall())
    for told in ("ksip", "990005", "confidential"):
        assert told not in rows
