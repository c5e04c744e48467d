"""Who may record what: held in the journal, and never one's own to give."""

from datetime import date

import pytest

from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.register.database import Database, sqlite_url
from kdsp_lib.register.history import register_of
from kdsp_lib.register.journal import Journal
from kdsp_lib.register.permission import roles_of
from kdsp_lib.register.recording import Paper, correct, enter, import_register, permit, revoke, second, strike

REGISTER = """
establishments: [{urn: '990001', name: Ash, phase: primary}]
groups: [{id: 'collaborative:east', name: East}, {id: 'collaborative:west', name: West}]
people: [{id: 'officer:r1', name: R}, {id: 'officer:lead', name: L}, {id: 'external:x1', name: X},
  {id: 'officer:o1', name: O}, {id: 'officer:o2', name: P}, {id: 'officer:west', name: W}]
area_leads: [{collaborative: 'collaborative:east', person: 'officer:lead', from: 2020-01-01},
  {collaborative: 'collaborative:west', person: 'officer:west', from: 2020-01-01}]
legal_orders: [{effect: prohibit, citation: Order 1, subject: '990001', from: 2026-01-01}]
"""
REGISTRAR, LEAD = Paper("officer:r1", "minute 1"), Paper("officer:lead", "minute 2")
WESTERN = Paper("officer:west", "minute 5")
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


RECORDED = {
    "consents": {"establishment": "990001", "item": "bespoke", "recipient": "officer:lead"},
    "stakeholders": {"establishment": "990001", "party": "officer:lead"},
    "appointments": {"establishment": "990001", "person": "appointee:p1"},
    "heads_agreements": {
        "establishments": "990001", "recipients": "officer:lead", "categories": "sen", "detail": "individual",
    },
    "duties": {"person": "officer:lead", "categories": "sen", "purposes": "x"},
}  # fmt: skip
"""What is asked for again, but for its dates."""


def recorder_of(section):
    return OWNER if section == "duties" else REGISTRAR


@pytest.mark.parametrize("section", RECORDED)
def test_consents_stakeholders_appointments_agreements_and_duties_have_one_recorder(journal, section):
    enter(journal, "people", {"id": "appointee:p1", "name": "P"}, REGISTRAR)
    fields = RECORDED[section] | {"from": "2026-01-01", "to": "2027-01-01"}
    for other in {REGISTRAR, OWNER, LEAD, Paper("officer:nobody", "x")} - {recorder_of(section)}:
        with pytest.raises(NotAuthorised) as caught:
            enter(journal, section, fields, other)
        assert f"{section} are recorded by" in caught.value.rule
        assert caught.value.remedy
    assert enter(journal, section, fields, recorder_of(section))


@pytest.mark.parametrize("section", RECORDED)
@pytest.mark.parametrize("end", [{}, {"to": "2028-01-02"}])
def test_each_of_these_ends_within_two_years(journal, section, end):
    enter(journal, "people", {"id": "appointee:p1", "name": "P"}, REGISTRAR)
    fields = RECORDED[section] | {"from": "2026-01-01"}
    with pytest.raises(BadParameters) as caught:
        enter(journal, section, fields | end, recorder_of(section))
    assert [fault.field for fault in caught.value.faults] == ["to"]
    held = enter(journal, section, fields | {"to": "2028-01-01"}, recorder_of(section))
    with pytest.raises(BadParameters):
        correct(journal, held.number, {"to": end.get("to", "")}, recorder_of(section))
    with pytest.raises(BadParameters, match="earlier"):
        revoke(journal, held.number, date(2028, 1, 2), recorder_of(section))


def test_an_area_lead_takes_nothing_from_another_area_nor_gives_to_it(journal):
    agreement = enter(journal, "agreements", AGREEMENT, LEAD)
    with pytest.raises(NotAuthorised):
        correct(journal, agreement.number, {"collaborative": "collaborative:west"}, WESTERN)
    with pytest.raises(NotAuthorised):
        correct(journal, agreement.number, {"collaborative": "collaborative:west"}, LEAD)
    with pytest.raises(NotAuthorised):
        strike(journal, agreement.number, WESTERN)
    assert strike(journal, agreement.number, LEAD)


def test_nobody_permits_themselves_but_may_end_it(journal):
    own = {"person": "officer:r1", "role": "information-owner", "from": "2020-01-01"}
    with pytest.raises(NotAuthorised, match="yourself"):
        permit(journal, own, REGISTRAR)
    assert permit(journal, own | {"role": "registrar", "to": "2020-01-02"}, REGISTRAR)


def test_a_permission_is_for_a_person_of_the_register(journal):
    for person in ("officer:stranger", "public", "establishment:990001"):
        with pytest.raises(BadParameters) as caught:
            permit(journal, {"person": person, "role": "registrar", "from": "2026-01-01"}, REGISTRAR)
        assert [fault.field for fault in caught.value.faults] == ["person"]


def test_every_event_carries_its_paper(journal, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear registrar", "utf-8")
    enter(journal, "withdrawals", WITHDRAWAL, Paper.of("officer:r1", "letter 7", letter))
    assert all(event.body["reference"] for event in journal.events())
    imported = [event for event in journal.events() if event.act in ("begin", "section")]
    assert len({event.body["paper"] for event in imported}) == 1
    assert len(journal.events()[-1].body["paper"]) == 64


def test_an_entry_does_not_become_or_cease_to_be_one_on_the_framework(journal):
    """It would be there for some and then not."""
    consent = {"establishment": "990001", "recipient": "officer:lead", "from": "2026-01-01", "to": "2027-01-01"}
    plain = enter(journal, "consents", consent | {"item": "bespoke"}, REGISTRAR)
    enter(journal, "consents", consent | {"item": "ksip"}, REGISTRAR)
    for name, item in ((plain.number, "ksip"), ("k1", "bespoke")):
        with pytest.raises(BadParameters) as caught:
            correct(journal, name, {"item": item}, REGISTRAR)
        assert [fault.field for fault in caught.value.faults] == ["item"]


def test_an_establishment_that_only_a_framework_entry_rests_on_is_struck_out_like_any(journal):
    """A fault would tell whoever strikes it out that there is such an entry."""
    new = enter(journal, "establishments", {"urn": "990009", "name": "New", "phase": "primary"}, REGISTRAR)
    consent = {"establishment": "990009", "item": "ksip", "recipient": "officer:lead", "from": "2026-01-01"}
    enter(journal, "consents", consent | {"to": "2027-01-01"}, REGISTRAR)
    strike(journal, new.number, REGISTRAR)
    assert not register_of(journal.events()).entries("consents")


def test_an_establishment_signs_off_its_own_rows_and_nobody_elses(journal):
    """A head speaks for the own return (7); a registrar records it from the head's paper."""
    rows = {"dataset": "census", "period": "2025/26-autumn", "rows": "a" * 64, "from": "2026-01-01"}
    own = Paper("establishment:990001", "minute 6")
    assert enter(journal, "sign_offs", {"establishment": "990001", **rows}, own).recorder == own.recorder
    for paper, fields in (
        (own, rows), (LEAD, {"establishment": "990001", **rows}),
        (Paper("establishment:990002", "x"), {"establishment": "990001", **rows}),
    ):  # fmt: skip
        with pytest.raises(NotAuthorised):
            enter(journal, "sign_offs", fields, paper)
    assert enter(journal, "sign_offs", rows, REGISTRAR).recorder == REGISTRAR.recorder


@pytest.mark.parametrize(
    "wrong", [{"rows": "abc"}, {"period": "autumn"}, {"establishment": "990009"}, {"dataset": "A b"}]
)
def test_a_sign_off_that_names_nothing_there_is_refused(journal, wrong):
    rows = {"establishment": "990001", "dataset": "census", "rows": "a" * 64, "from": "2026-01-01"}
    with pytest.raises(BadParameters) as error:
        enter(journal, "sign_offs", {**rows, **wrong}, REGISTRAR)
    assert [fault.field for fault in error.value.faults] == [*wrong]
