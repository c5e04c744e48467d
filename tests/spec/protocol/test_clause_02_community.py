"""Clause 2: what can identify an establishment is shared within the community, whose members sign."""

AREA = {
    "level": "collaborative",
    "detail": "aggregate",
    "group": "collaborative:east",
    "subjects": ["990001", "990002"],
    "purpose": "commissioning-of-services",
}
OFSTED = {
    "level": "authority",
    "detail": "establishment",
    "categories": ["inspection"],
    "subjects": ["990001", "990002"],
    "purpose": "raising-attainment",
}
AGREEMENT = """
agreements:
- {party: 'external:study', collaborative: 'collaborative:east', issued_by: 'officer:none', issued_on: 2025-10-01,
   signed_on: 2025-10-02, purpose: commissioning-of-services, activity: A study, from: 2025-10-01, to: 2026-06-01}
"""


def test_a_signatory_receives_figures_of_named_establishments(answer):
    assert answer(**OFSTED, recipient="establishment:990003") == "permit 2, 9"


def test_an_establishment_that_never_signed_receives_nothing(answer):
    assert answer(**AREA, recipient="establishment:990006") == "deny 2, levels"


def test_its_own_data_is_not_shared_data(answer):
    assert answer(subjects=["990006"], recipient="establishment:990006") == "permit 3, 9"


def test_a_successor_does_not_inherit_its_predecessors_signature(answer):
    also = "establishments: [{urn: '990007', name: New Ash, phase: primary, predecessors: ['990001']}]"
    assert answer(also, **AREA, recipient="establishment:990007") == "deny 2, levels"


def test_a_signature_counts_from_its_day(answer):
    also = "signatures: [{establishment: '990006', from: 2026-03-03}]"
    assert answer(also, **AREA, recipient="establishment:990006") == "deny 2, levels"
    assert answer(also, **AREA, recipient="establishment:990006", on="2026-03-03") == "permit 4, 9"


def test_a_subject_that_never_signed_is_not_identified(answer):
    assert answer(detail="pseudonymous", subjects=["990006"], recipient="officer:duty") == "deny 2"


def test_unless_the_figures_are_published_anyway(answer):
    both = OFSTED | {"subjects": ["990001", "990006"]}
    assert answer(**both, recipient="establishment:990003") == "permit 2, 9"
    assert answer(**both | {"categories": ["floor-target"]}, recipient="establishment:990003") == "permit 2, 9"


def test_nor_does_it_keep_others_from_aggregate_figures(answer):
    assert answer(**AREA | {"group": None, "level": "authority", "subjects": ["990001", "990006"]}) == "permit 4, 9"


def test_collaborative_level_is_for_signatories_members_or_not(answer):
    member = "memberships: [{establishment: '990006', group: 'collaborative:east', from: 2025-09-01}]"
    assert answer(member, **AREA, recipient="establishment:990006") == "deny 2, levels"
    assert answer(member, **AREA | {"detail": "establishment"}, recipient="establishment:990006") == "deny 2, 6, levels"


def test_an_officer_who_has_not_signed_receives_nothing(answer):
    also = "people: [{id: 'officer:new', name: New}, {id: 'partner:new', name: New}]"
    assert answer(also, **AREA, recipient="officer:new") == "deny 2"
    assert answer(also, **AREA, recipient="partner:new") == "deny 2"


def test_a_person_out_of_post_receives_nothing(answer):
    also = """
    people: [{id: 'officer:left', name: Left, to: 2026-03-02}]
    signatures: [{person: 'officer:left', from: 2025-09-01}]
    """
    assert answer(also, **AREA, recipient="officer:left") == "deny 2"
    assert answer(also, **AREA, recipient="officer:left", on="2026-03-01") == "permit 4, 9"


def test_nor_may_such_a_person_ask(answer):
    also = """
    people: [{id: 'officer:new', name: New}]
    duties: [{person: 'officer:new', categories: [attendance], purposes: [school-improvement-plan], from: 2025-09-01}]
    """
    assert answer(also, requester="officer:new") == "deny 2"
    assert answer(also.replace("officer:", "partner:"), requester="partner:new") == "deny 2"


def test_nor_may_an_appointee_who_has_not_signed(answer):
    also = """
    people: [{id: 'appointee:new', name: New}]
    appointments: [{establishment: '990001', person: 'appointee:new', from: 2025-09-01}]
    """
    assert answer(also, requester="appointee:new") == "deny 2"


def test_nor_somebody_who_has_left(answer):
    also = """
    people: [{id: 'officer:left', name: Left, to: 2026-03-02}]
    signatures: [{person: 'officer:left', from: 2025-09-01}]
    duties: [{person: 'officer:left', categories: [attendance], purposes: [school-improvement-plan], from: 2025-09-01}]
    """
    assert answer(also, requester="officer:left") == "deny 2"
    assert answer(also, requester="officer:left", on="2026-03-01") == "permit 3, 9"


def test_the_public_receives_nothing(answer):
    assert answer(**AREA, recipient="public") == "deny 2, levels"


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
