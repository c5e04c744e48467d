"""The community of a day, and the register written back."""

from dataclasses import fields
from datetime import date, timedelta

import pytest

from kdsp_lib.errors import BadSource
from kdsp_lib.register import dump_register, register_from_text
from kdsp_lib.register.standing import AtAnyDate, community_on

TEXT = """\
establishments:
- {urn: '990002', name: Birch, phase: primary}
- {urn: '990001', name: Ash, phase: primary}
groups:
- {id: 'cluster:north', name: North}
- {id: 'collaborative:east', name: East}
people:
- {id: 'officer:a1', name: Lead, from: 2025-09-01, to: 2026-09-01}
- {id: 'external:x1', name: University}
- {id: 'appointee:p1', name: Governor}
signatures:
- {establishment: '990001', from: 2025-09-01}
- {person: 'officer:a1', from: 2026-01-01}
withdrawals:
- {establishment: '990001', from: 2026-03-02}
memberships:
- {establishment: '990002', group: 'cluster:north', from: 2025-09-01}
- {establishment: '990001', group: 'cluster:north', from: 2025-09-01, to: 2026-03-02}
controllers:
- {establishment: '990001', controller: trust-a, from: 2026-01-01}
area_leads:
- {collaborative: 'collaborative:east', person: 'officer:a1', from: 2025-09-01, to: 2026-01-01}
appointments:
- {establishment: '990002', person: 'appointee:p1', from: 2025-09-01}
- {establishment: '990001', person: 'appointee:p1', from: 2025-09-01, to: 2026-01-01}
- {establishment: '990001', person: 'appointee:p1', from: 2025-09-01, to: 2026-06-01}
agreements:
- {party: 'external:x1', collaborative: 'collaborative:east', issued_by: 'officer:a1', issued_on: 2025-12-31,
  signed_on: 2025-12-01, purpose: study-of-absence, activity: Study, from: 2025-09-01, to: 2026-09-01}
- {party: 'external:x1', collaborative: 'collaborative:east', issued_by: 'officer:a1', issued_on: 2026-01-01,
  purpose: study-of-absence, activity: Study, from: 2025-09-01, to: 2026-09-01}
"""


@pytest.fixture
def register():
    return register_from_text(TEXT)


def test_an_entry_holds_from_its_day_until_the_day_before_its_end(register):
    assert register.on(date(2025, 8, 31)).groups["cluster:north"] == ()
    assert register.on(date(2025, 9, 1)).groups["cluster:north"] == ("990001", "990002")
    assert register.on(date(2026, 3, 1)).groups["cluster:north"] == ("990001", "990002")
    assert register.on(date(2026, 3, 2)).groups["cluster:north"] == ("990002",)


@pytest.mark.parametrize(
    ("day", "standing"),
    [(date(2025, 8, 31), "unsigned"), (date(2025, 9, 1), "signatory"), (date(2026, 3, 2), "withdrawn")],
)
def test_standing_follows_the_latest_signature_or_withdrawal(register, day, standing):
    community = register.on(day)
    assert community.standings["990001"] == standing
    assert community.is_signatory("990001") == (standing == "signatory")
    assert ("authority" in community.named_as("990001")) == (standing == "signatory")


def test_people_sign_and_are_in_post(register):
    before = register.on(date(2025, 12, 31)).people["officer:a1"]
    after = register.on(date(2026, 9, 1)).people["officer:a1"]
    assert (before.has_signed, before.is_in_post) == (False, True)
    assert (after.has_signed, after.is_in_post) == (True, False)
    assert register.on(date(1990, 1, 1)).people["external:x1"].is_in_post


def test_the_area_lead_is_who_led_on_the_day_of_issue(register):
    agreements = register.on(date(2026, 3, 2)).agreements["external:x1"]
    assert [agreement.issued_by_area_lead for agreement in agreements] == [True, False]


def test_an_appointee_acts_in_order_of_urn_by_its_longest_appointment(register):
    appointments = register.on(date(2025, 10, 1)).appointments["appointee:p1"]
    assert [(a.establishment, a.until) for a in appointments] == [
        ("990001", date(2026, 6, 1)),
        ("990002", date(9999, 12, 31)),
    ]


def test_without_an_entry_an_establishment_is_its_own_controller(register):
    assert register.on(date(2026, 3, 2)).controller("990001") == "trust-a"
    assert register.on(date(2025, 10, 1)).controller("990001") == "establishment:990001"


def test_parties_and_purposes_are_known_at_any_date(register):
    community = register.on(date(1990, 1, 1))
    assert "officer:a1" in community.parties
    assert "establishment:990001" in community.parties
    assert "authority" in community.parties
    assert "establishment:999999" not in community.parties
    assert "officer:a9" not in community.parties
    assert "990001" not in community.parties
    assert community.purposes == {"study-of-absence"}
    assert community.name("establishment:990001") == "Ash"


def test_it_is_written_back_in_order_with_repetition(register):
    text = dump_register(register)
    again = register_from_text(text)
    assert again == register
    assert list(again.sections) == list(register.sections)
    assert [entry["urn"] for entry in again.entries("establishments")] == ["990002", "990001"]
    assert dump_register(again) == text


def test_a_repeated_entry_is_written_out_not_aliased():
    twice = register_from_text("establishments:\n" + "- {urn: '990001', name: Ash, phase: primary}\n" * 2)
    assert "&" not in dump_register(twice)
    assert register_from_text(dump_register(twice)) == twice


def test_every_day_of_a_stretch_is_as_if_it_were_put_together_alone(register):
    """Between two days on which something changes the community is kept, not put together again."""
    always = AtAnyDate.of(register.sections)
    days = [date(2025, 8, 30) + timedelta(days=number) for number in range(400)]
    for day in (date.min, date.max, *days):
        kept, alone = register.on(day), community_on(register.sections, day, always)
        assert kept.day == day
        for field in fields(kept):
            if not field.name.startswith("_"):
                assert getattr(kept, field.name) == getattr(alone, field.name), (day, field.name)
    assert register.on(date(2026, 2, 3)).standings is register.on(date(2026, 2, 4)).standings


def test_who_comes_back_to_a_post_is_in_it_in_both_terms_and_not_between():
    terms = "people:\n" + "".join(
        f"- {{id: 'officer:a1', name: Lead, {term}}}\n"
        for term in ("from: 2025-01-01, to: 2025-06-01", "from: 2026-01-01")
    )
    register = register_from_text(terms)
    days = (date(2025, 5, 31), date(2025, 6, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert [register.on(day).people["officer:a1"].is_in_post for day in days] == [True, False, False, True]
    assert register_from_text(dump_register(register)) == register
    with pytest.raises(BadSource, match="1 fault"):
        register_from_text(terms.replace("Lead", "Somebody else", 1))
