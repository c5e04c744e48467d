"""Clause 2: additional parties sign a confidentiality agreement, which the area lead issues."""

AREA = {
    "level": "collaborative",
    "detail": "aggregate",
    "group": "collaborative:east",
    "subjects": ["990001", "990002"],
    "purpose": "commissioning-of-services",
}
AGREEMENT = """
agreements:
- {party: 'external:study', collaborative: 'collaborative:east', issued_by: 'officer:none', issued_on: 2025-10-01,
   signed_on: 2025-10-02, purpose: commissioning-of-services, activity: A study, from: 2025-10-01, to: 2026-06-01}
"""


def test_an_external_needs_a_confidentiality_agreement(answer):
    assert answer(**AREA, recipient="external:study") == "deny 2, levels"
    assert answer(AGREEMENT, **AREA, recipient="external:study") == "permit 4, 9"


def test_the_agreement_is_for_its_purpose_only(answer):
    assert answer(AGREEMENT, **AREA | {"purpose": "raising-attainment"}, recipient="external:study") == "deny 2, levels"


def test_the_agreement_must_be_signed_by_the_day(answer):
    unsigned = AGREEMENT.replace("signed_on: 2025-10-02, ", "")
    late = AGREEMENT.replace("2025-10-02", "2026-03-03")
    assert answer(unsigned, **AREA, recipient="external:study") == "deny 2, levels"
    assert answer(late, **AREA, recipient="external:study") == "deny 2, levels"
    assert answer(late, **AREA, recipient="external:study", on="2026-03-03") == "permit 4, 9"


def test_the_agreement_is_issued_by_who_was_area_lead_that_day(answer):
    by_another = AGREEMENT.replace("issued_by: 'officer:none'", "issued_by: 'officer:duty'")
    too_early = AGREEMENT.replace("issued_on: 2025-10-01", "issued_on: 2025-08-31")
    assert answer(by_another, **AREA, recipient="external:study") == "deny 2, levels"
    assert answer(too_early, **AREA, recipient="external:study") == "deny 2, levels"


def test_the_agreement_covers_subjects_of_its_collaborative_only(answer):
    wider = AREA | {"level": "authority", "group": None, "subjects": ["990001", "990004"]}
    assert answer(AGREEMENT, **wider, recipient="external:study") == "deny 2, levels"


def test_the_agreement_ends_on_its_last_day(answer):
    assert answer(AGREEMENT, **AREA, recipient="external:study", on="2026-05-31") == "permit 4, 9"
    assert answer(AGREEMENT, **AREA, recipient="external:study", on="2026-06-01") == "deny 2, levels"


def test_an_external_not_in_post_receives_nothing(ask):
    also = """
    people: [{id: 'external:past', name: Past, to: 2026-01-01}]
    agreements:
    - {party: 'external:past', collaborative: 'collaborative:east', issued_by: 'officer:none', issued_on: 2025-10-01,
       signed_on: 2025-10-02, purpose: commissioning-of-services, activity: A study, from: 2025-10-01, to: 2026-06-01}
    """
    decision = ask(also, **AREA, recipient="external:past")
    assert [reason.rule for reason in decision.reasons] == ["2-external-not-in-post"]
