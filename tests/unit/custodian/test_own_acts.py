"""Nobody asks for a report that rests on what they recorded in the register; what rests on others' acts they may."""

import datetime as dt
from pathlib import Path

import pytest

from kdsp_lib.custodian.opening import check_parameters, open_request
from kdsp_lib.custodian.refusing import refuse_asker
from kdsp_lib.errors import NotAuthorised
from kdsp_lib.register.held import Holding, holding
from kdsp_lib.register.journal import Journal
from kdsp_lib.register.recording import Paper, correct, enter, import_register, permit, revoke, second, strike
from kdsp_lib.source.catalogue import Catalogue

REGISTER = """
establishments:
- {urn: '990001', name: Ash, phase: primary}
- {urn: '990002', name: Birch, phase: primary}
people:
- {id: 'officer:a1', name: An analyst}
- {id: 'officer:b0', name: Who began the journal}
- {id: 'officer:r1', name: A registrar}
- {id: 'officer:o1', name: An information owner}
signatures:
- {establishment: '990001', from: 2020-01-01}
- {establishment: '990002', from: 2020-01-01}
- {person: 'officer:a1', from: 2020-01-01}
- {person: 'officer:r1', from: 2020-01-01}
- {person: 'officer:o1', from: 2020-01-01}
duties:
- {person: 'officer:a1', categories: [pupil-characteristics, attendance, sen], purposes: [school-development],
   from: 2020-01-01}
- {person: 'officer:r1', categories: [pupil-characteristics, attendance, sen], purposes: [school-development],
   from: 2020-01-01}
withdrawals: [{establishment: '990002', from: 2024-01-01}]
"""
BEGINNER, REGISTRAR, OWNER = (Paper(f"officer:{name}", "minute 1") for name in ("b0", "r1", "o1"))
DAY, TODAY = dt.date(2026, 3, 2), dt.date(2026, 3, 2)
CONSENT = {
    "establishment": "990001", "item": "bespoke", "recipient": "officer:a1", "from": "2026-01-01", "to": "2027-01-01",
}  # fmt: skip
PARAMETERS = {
    "school": "990001", "recipient": "officer:a1", "purpose": "school-development", "period": "2025/26-autumn",
    "on": "2026-03-02",
}  # fmt: skip


NO_DATA = Catalogue(Path("nowhere"))
"""What is asked here rests on the register alone."""


@pytest.fixture(autouse=True)
def _no_data(monkeypatch):
    from kdsp_lib.custodian import opening

    monkeypatch.setattr(opening, "datasets_for", lambda *_, **__: ())
    monkeypatch.setattr(opening, "comparators_of", lambda *_: {})
    monkeypatch.setattr(opening, "phases_of", lambda _: {})


@pytest.fixture
def register(state, tmp_path):
    """A journal that officer:b0 began, and in which officer:r1 and officer:o1 record."""
    file = tmp_path / "register.yaml"
    file.write_text(REGISTER, "utf-8")
    journal = Journal(state)
    import_register(journal, file, BEGINNER)
    for person, role in (("officer:r1", "registrar"), ("officer:o1", "information-owner"), ("officer:o1", "registrar")):
        permit(journal, {"person": person, "role": role, "from": "2020-01-01"}, BEGINNER)
    return journal, lambda: holding(file, state)


def asked(held: Holding, person, **changes):
    """Ask for a school's report, as the custodian opens it."""
    served, given = check_parameters("bespoke-school", PARAMETERS | changes)

    def opened_by(register):
        return open_request(served, given, person, register.on(DAY), NO_DATA, b"k", today=register.on(TODAY))

    opened = opened_by(held.decides_for(person, TODAY))
    assert opened.decision.is_permit, opened.decision.clauses
    refuse_asker(opened, lambda: held.without_acts_of(person, TODAY), opened_by)
    return opened


def test_a_report_rests_on_the_agreement_that_it_needs(register):
    journal, held = register
    enter(journal, "consents", CONSENT, REGISTRAR)
    assert asked(held(), "officer:a1")
    with pytest.raises(NotAuthorised) as caught:
        asked(held(), "officer:r1")
    assert "nobody asks for a report that rests on an entry they recorded" in caught.value.rule
    assert "somebody else" in caught.value.remedy


def test_it_does_not_where_another_recorded_the_same(register):
    journal, held = register
    enter(journal, "consents", CONSENT, REGISTRAR)
    enter(journal, "consents", CONSENT, BEGINNER)
    assert asked(held(), "officer:r1")


def test_what_has_nothing_to_do_with_it_does_not_stand_in_its_way(register):
    journal, held = register
    enter(journal, "consents", CONSENT, BEGINNER)
    enter(journal, "consents", CONSENT | {"establishment": "990002"}, REGISTRAR)
    enter(journal, "establishments", {"urn": "990003", "name": "Cedar", "phase": "primary"}, REGISTRAR)
    enter(journal, "signatures", {"establishment": "990003", "from": "2026-01-01"}, BEGINNER)
    assert asked(held(), "officer:r1")


def test_a_duty_is_as_good_as_an_agreement(register):
    """Whoever makes a report needs a duty, and does not record their own."""
    journal, held = register
    enter(journal, "consents", CONSENT, BEGINNER)
    duty = {"person": "officer:o1", "categories": "attendance,sen,pupil-characteristics"}
    dates = {"purposes": "school-development", "from": "2026-01-01", "to": "2027-01-01"}
    enter(journal, "duties", duty | dates, OWNER)
    with pytest.raises(NotAuthorised):
        asked(held(), "officer:o1")


def test_to_strike_out_what_stands_in_the_way_is_an_act_too(register):
    journal, held = register
    enter(journal, "consents", CONSENT | {"establishment": "990002"}, OWNER)
    number = next(event.number for event in journal.events() if event.body.get("section") == "withdrawals") + 1
    strike(journal, number, REGISTRAR)
    assert asked(held(), "officer:a1", school="990002")
    with pytest.raises(NotAuthorised):
        asked(held(), "officer:r1", school="990002")


def test_so_is_to_let_it_hold_longer(register):
    """The permit would hold without it, but not until then."""
    journal, held = register
    consent = enter(journal, "consents", CONSENT, BEGINNER)
    correct(journal, consent.number, {"to": "2027-06-01"}, REGISTRAR)
    with pytest.raises(NotAuthorised):
        asked(held(), "officer:r1")
    revoke(journal, consent.number, dt.date(2026, 9, 1), BEGINNER)
    with pytest.raises(NotAuthorised):  # the entry stays one that they had a hand in
        asked(held(), "officer:r1")


def test_what_two_recorded_is_the_act_of_both(register):
    journal, held = register
    permit(journal, {"person": "officer:r1", "role": "information-owner", "from": "2020-01-01"}, BEGINNER)
    order = {"effect": "require", "citation": "Order 7", "report": "bespoke-school", "subject": "990001"}
    proposed = enter(journal, "legal_orders", order | {"recipient": "officer:a1", "from": "2026-01-01"}, OWNER)
    second(journal, proposed.number, REGISTRAR)
    assert asked(held(), "officer:a1")
    for person in ("officer:o1", "officer:r1"):
        with pytest.raises(NotAuthorised):
            asked(held(), person)


def test_to_end_what_was_given_and_give_it_again_is_to_have_recorded_it(register):
    """The tutorial did so: without these acts the first consent would stand, but the permission rests on the second."""
    journal, held = register
    first = enter(journal, "consents", CONSENT, OWNER)
    permit(journal, {"person": "officer:a1", "role": "registrar", "from": "2020-01-01"}, BEGINNER)
    analyst = Paper("officer:a1", "minute 2")
    assert asked(held(), "officer:a1")
    revoke(journal, first.number, dt.date(2026, 2, 1), analyst)
    again = enter(journal, "consents", CONSENT, analyst)
    with pytest.raises(NotAuthorised):
        asked(held(), "officer:a1")
    strike(journal, again.number, analyst)
    enter(journal, "consents", CONSENT, Paper("establishment:990001", "letter 3"))
    assert asked(held(), "officer:a1")


def test_an_entry_is_of_all_who_changed_it(register):
    journal, held = register
    consent = enter(journal, "consents", CONSENT | {"to": "2027-06-01"}, BEGINNER)
    revoke(journal, consent.number, dt.date(2027, 1, 1), REGISTRAR)
    with pytest.raises(NotAuthorised):
        asked(held(), "officer:r1")


def test_it_is_also_of_whoever_let_it_be_recorded(register):
    journal, held = register
    permitted = {"person": "officer:a1", "role": "registrar", "from": "2020-01-01"}
    permit(journal, permitted, BEGINNER)
    first = enter(journal, "consents", CONSENT, Paper("officer:a1", "minute 2"))
    assert asked(held(), "officer:r1")
    strike(journal, first.number, BEGINNER)
    permit(journal, permitted, REGISTRAR)
    enter(journal, "consents", CONSENT, Paper("officer:a1", "minute 2"))
    with pytest.raises(NotAuthorised):
        asked(held(), "officer:r1")


@pytest.mark.parametrize("credential", [{"token": "ab12", "rests_on": ["officer:r1"]}])
def test_and_of_whoever_made_the_token_that_it_was_recorded_by(register, credential):
    journal, held = register
    enter(journal, "consents", CONSENT, Paper("officer:o1", "minute 2", credential=credential))
    assert asked(held(), "officer:a1")
    with pytest.raises(NotAuthorised):
        asked(held(), "officer:r1")


def test_what_the_journal_began_from_is_nobodys_act(register):
    journal, held = register
    enter(journal, "consents", CONSENT, REGISTRAR)
    assert asked(held(), "officer:a1")


def test_before_a_journal_has_begun_nobody_has_recorded_anything(tmp_path, state):
    file = tmp_path / "register.yaml"
    consent = "consents: [{establishment: '990001', item: bespoke, recipient: 'officer:a1', from: 2026-01-01}]"
    file.write_text(f"{REGISTER}{consent}\n", "utf-8")
    assert asked(holding(file, state), "officer:a1")
