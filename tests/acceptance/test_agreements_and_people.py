"""Cases 29 to 43, 59, 63 and 87: who signed, who agreed, who asks, and until when."""

import pytest
from small_community import answer

from kdsp_lib.errors import BadParameters
from kdsp_lib.protocol.catalogue import catalogue_of

BESPOKE = {"detail": "establishment", "item": "bespoke", "recipient": "officer:duty"}
CONSENT = (
    "consents: [{establishment: '990001', item: bespoke, recipient: 'officer:duty', from: 2025-09-01, to: 2026-06-01}]"
)
STUDY = {"detail": "aggregate", "level": "authority", "recipient": "external:study", "purpose": "raising-attainment"}


def test_who_never_signed_is_denied_and_so_is_who_withdrew():
    others = {"detail": "aggregate", "level": "collaborative", "group": "collaborative:east"}
    others |= {"subjects": ["990001", "990002", "990003"], "purpose": "commissioning-of-services"}
    assert answer(**others, recipient="establishment:990006").startswith("deny")
    assert answer(**others, recipient="establishment:990005").startswith("deny 11")


def test_case_35_a_heads_consent_is_the_establishments_until_it_ends():
    """No person stands in it, so whoever is head: it holds until its last day, or until it is revoked."""
    assert answer(CONSENT, **BESPOKE, on="2026-05-31").startswith("permit")
    assert answer(CONSENT, **BESPOKE, on="2026-06-02") == "deny 12"


@pytest.mark.parametrize("who", ["external:study", "partner:health"])
def test_case_39_a_councillor_or_a_trusts_officer_without_the_heads_consent(who):
    assert answer(**BESPOKE | {"recipient": who}).startswith("deny")
    assert "12" in answer(**BESPOKE | {"recipient": who})


def test_case_39_a_trust_is_no_recipient():
    with pytest.raises(BadParameters):
        answer(**BESPOKE | {"recipient": "trust:a"})


def test_case_41_an_officers_commission_is_made_and_goes_to_the_school_alone():
    """Making it is professional duty (3); what it says is the school's (12)."""
    assert answer(**BESPOKE | {"recipient": "establishment:990001"}).startswith("permit")
    assert answer(**BESPOKE) == "deny 12"
    assert answer(**BESPOKE | {"recipient": "authority"}).startswith("deny")


def test_case_43_what_is_to_promote_is_refused():
    assert answer(promotional=True).startswith("deny")
    assert "6" in answer(promotional=True)


def test_case_59_an_academy_does_not_inherit_the_agreement_of_the_school_that_it_was():
    """A new legal entity signs for itself."""
    academy = "establishments: [{urn: '990009', name: Ash Academy, phase: primary, predecessors: ['990001']}]"
    report = {"subjects": ["990009"], "recipient": "establishment:990009", "detail": "aggregate"}
    report |= {"level": "authority", "purpose": "raising-attainment", "subjects": ["990002"]}
    assert answer(academy, **report).startswith("deny")
    assert "2" in answer(academy, **report)


def test_case_63_an_area_has_the_members_of_the_day():
    """Ash goes to the west in September: until then it is of the east."""
    moved = """
groups: [{id: 'collaborative:west', name: West}]
memberships: [{establishment: '990006', group: 'collaborative:west', from: 2026-09-01}]
"""
    west = {"level": "collaborative", "detail": "aggregate", "group": "collaborative:west", "subjects": ["990006"]}
    west |= {"recipient": "officer:duty", "purpose": "commissioning-of-services"}
    assert answer(moved, **west, on="2026-08-31").startswith("deny")


def test_case_87_safeguarding_goes_another_way_than_by_a_report():
    """No report of the catalogue tells of safeguarding: the duty under section 16LA has its own channel."""
    told = [name for name, report in catalogue_of("knowsley").items() if "safeguarding" in (report.categories or ())]
    assert told == []
