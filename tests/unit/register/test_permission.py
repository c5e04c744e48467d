"""Who may record what: held in the journal, and never one's own to give."""

from datetime import date

import pytest

from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.register.database import Database, sqlite_url
from kdsp_lib.register.history import register_of
from kdsp_lib.register.journal import Journal
from kdsp_lib.register.permission import roles_of
from kdsp_lib.register.recording import Paper, correct, enter, import_register, permit, second, strike

REGISTER = """
establishments: [{urn: '990001', name: Ash, phase: primary}]
groups: [{id: 'collaborative:east', name: East}, {id: 'collaborative:west', name: West}]
people: [{id: 'officer:r1', name: R}, {id: 'officer:lead', name: L}, {id: 'external:x1', name: X}]
area_leads: [{collaborative: 'collaborative:east', person: 'officer:lead', from: 2020-01-01}]
legal_orders: [{effect: prohibit, citation: Order 1, subject: '990001', from: 2026-01-01}]
"""
REGISTRAR, LEAD = Paper("officer:r1", "minute 1"), Paper("officer:lead", "minute 2")
OWNER, OTHER_OWNER = Paper("officer:o1", "minute 3"), Paper("officer:o2", "minute 4")
WITHDRAWAL = {"establishment": "990001", "from": "2026-01-01"}
DUTY = {"person": "officer:lead", "categories": "sen", "purposes": "x", "from": "2026-01-01", "to": "2026-12-31"}
ORDER = {"effect": "prohibit", "citation": "Order 7", "subject": "990001", "from": "2026-01-01"}
AGREEMENT = {
    "party": "external:x1", "collaborative": "collaborative:east", "issued_by": "officer:lead",
    "issued_on": "2026-01-01", "purpose": "study", "activity": "A study", "from": "2026-01-01", "to": "2026-06-01",
}  # fmt: skip


@pytest.fixture
def journal(tmp_path):
    file = tmp_path / "register.yaml"
    file.write_text(REGISTER, "utf-8")
    with Database(sqlite_url(tmp_path / "kdsp.db")) as database:
        journal = Journal(database)
        import_register(journal, file, REGISTRAR)
        for owner in ("officer:o1", "officer:o2"):
            permit(journal, {"person": owner, "role": "information-owner", "from": "2020-01-01"}, REGISTRAR)
        yield journal


@pytest.mark.parametrize(
    ("section", "fields", "paper"),
    [
        ("withdrawals", WITHDRAWAL, REGISTRAR),
        ("duties", DUTY, OWNER),
        ("agreements", AGREEMENT, LEAD),
    ],
)
def test_each_section_has_its_recorder_and_nobody_else_may(journal, section, fields, paper):
    for other in (REGISTRAR, OWNER, LEAD, Paper("officer:nobody", "x")):
        if other is not paper:
            with pytest.raises(NotAuthorised):
                enter(journal, section, fields, other)
    assert enter(journal, section, fields, paper).recorder == paper.recorder


def test_an_area_lead_issues_for_their_own_collaborative_only(journal):
    with pytest.raises(NotAuthorised):
        enter(journal, "agreements", AGREEMENT | {"collaborative": "collaborative:west"}, LEAD)


def test_what_is_put_right_needs_the_same_permission(journal):
    with pytest.raises(NotAuthorised):
        correct(journal, 3, {"name": "Beech"}, OWNER)


def test_only_a_registrar_permits(journal):
    with pytest.raises(NotAuthorised):
        permit(journal, {"person": "officer:o1", "role": "registrar", "from": "2020-01-01"}, OWNER)


def test_a_permission_ends(journal):
    ended = {"person": "officer:o1", "role": "information-owner", "from": "2020-01-01", "to": "2021-01-01"}
    assert roles_of("officer:o1", journal.events(), date(2026, 1, 1)) == {"information-owner"}
    permit(journal, ended, REGISTRAR)
    assert roles_of("officer:o1", journal.events(), date(2026, 1, 1)) == frozenset()
    with pytest.raises(NotAuthorised):
        enter(journal, "duties", DUTY, OWNER)


def test_one_that_begins_later_takes_nothing_away_before(journal):
    later = {"person": "officer:o1", "role": "information-owner", "from": "2090-01-01"}
    permit(journal, later, REGISTRAR)
    assert roles_of("officer:o1", journal.events(), date(2026, 1, 1)) == {"information-owner"}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"person": "somebody", "role": "registrar", "from": "2026-01-01"},
        {"person": "officer:o1", "role": "king", "from": "2026-01-01"},
        {"person": "officer:o1", "role": "registrar", "from": "soon"},
        {"person": "officer:o1", "role": "registrar", "from": "2026-01-01", "to": "2026-01-01"},
        {"person": "officer:o1", "role": "registrar", "from": "2026-01-01", "until": "2026-01-02"},
    ],
)
def test_a_permission_is_well_formed(journal, fields):
    with pytest.raises(BadParameters) as caught:
        permit(journal, fields, REGISTRAR)
    assert caught.value.faults


def orders(journal):
    return [entry["citation"] for entry in register_of(journal.events()).entries("legal_orders")]


def test_a_legal_order_counts_when_a_second_person_agrees(journal):
    proposed = enter(journal, "legal_orders", ORDER, OWNER)
    assert orders(journal) == ["Order 1"]
    for paper in (OWNER, REGISTRAR):
        with pytest.raises(NotAuthorised):
            second(journal, proposed.number, paper)
    second(journal, proposed.number, OTHER_OWNER)
    assert orders(journal) == ["Order 1", "Order 7"]
    with pytest.raises(BadParameters):
        second(journal, proposed.number, OTHER_OWNER)


def test_so_does_taking_one_out(journal):
    number = next(e.number for e in journal.events() if e.body.get("section") == "legal_orders" and e.act == "enter")
    proposed = strike(journal, number, OTHER_OWNER)
    assert orders(journal) == ["Order 1"]
    second(journal, proposed.number, OWNER)
    assert orders(journal) == []
