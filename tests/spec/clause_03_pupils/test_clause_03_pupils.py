"""Clause 3: a child's own data goes to where the child attends or is transferring to, and to whose duty needs it."""

DUTY = """
duties: [{person: 'officer:none', categories: [attendance, sen], purposes: [school-improvement-plan],
    from: 2025-09-01, to: 2026-06-01}]
"""
HEADS = """
heads_agreements:
- {establishments: ['990001', '990002'], recipients: ['establishment:990003'], categories: [attendance, sen],
   detail: individual, from: 2025-09-01}
"""


def test_the_establishment_that_the_child_attends(answer):
    assert answer() == "permit 3, 9"


def test_the_establishment_that_the_child_is_transferring_to(answer):
    transfer = {"purpose": "pupil-transfer", "recipient": "establishment:990003"}
    assert answer(**transfer) == "deny 3, levels"
    assert answer(**transfer, receiving=["990003"]) == "permit 3, 9"


def test_transferring_is_without_effect_at_other_details(answer):
    assert answer(detail="pseudonymous", recipient="establishment:990003", receiving=["990003"]) == "deny levels"


def test_an_officer_whose_duty_needs_it(answer):
    assert answer(recipient="officer:none") == "deny 3, levels"
    assert answer(DUTY, recipient="officer:none") == "permit 3, 9"


def test_one_duty_covers_all_categories_and_the_purpose(answer):
    two = (
        DUTY
        + "- {person: 'officer:none', categories: [exclusions], purposes: [school-improvement-plan], from: 2025-09-01}"
    )
    two = two.replace("duties: [", "duties:\n- ").replace("2026-06-01}]", "2026-06-01}")
    assert answer(two, recipient="officer:none", categories=["attendance", "exclusions"]) == "deny 3, levels"
    assert answer(two, recipient="officer:none", purpose="school-development") == "deny 3, levels"


def test_a_duty_ends(answer):
    assert answer(DUTY, recipient="officer:none", on="2026-06-01") == "deny 3, levels"


def test_heads_may_agree_otherwise(answer):
    assert answer(HEADS, recipient="establishment:990003") == "permit 3, 9, 10"


def test_their_agreement_covers_its_categories_and_every_subject(answer):
    assert answer(HEADS, recipient="establishment:990003", categories=["exclusions"]) == "deny 3, levels"
    assert answer(HEADS, recipient="establishment:990003", subjects=["990004"]) == "deny 3, levels"


def test_an_agreement_on_establishments_figures_does_not_open_pupils_data(answer):
    weaker = HEADS.replace("detail: individual", "detail: establishment")
    assert answer(weaker, recipient="establishment:990003") == "deny 3, levels"


def test_pseudonymous_rows_need_no_ground_but_an_audience(answer):
    cluster = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north", "subjects": ["990001", "990002"]}
    assert answer(**cluster, recipient="establishment:990002") == "permit 3, 9"
    assert answer(**cluster, recipient="establishment:990003") == "deny levels"


def test_whoever_makes_a_report_reads_the_data_and_needs_a_duty_too(answer):
    assert answer(requester="officer:none") == "deny 3"
    assert answer(requester="establishment:990001") == "permit 3, 9"
    assert answer(requester="appointee:ash") == "permit 3, 9"
    assert answer(requester="establishment:990002") == "deny 3"


def test_nobody_else_asks(answer):
    for requester in ("external:study", "cluster:north", "authority", "public", "appointee:nobody"):
        assert answer(requester=requester) == "deny 3"


def test_about_several_subjects_no_single_one_may_ask(answer):
    both = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north", "subjects": ["990001", "990002"]}
    assert answer(**both, requester="establishment:990001") == "deny 3"


def test_whoever_acts_for_the_receiving_establishment_receives_as_it_does(answer):
    moving = {"subjects": ["990002"], "purpose": "pupil-transfer", "recipient": "appointee:ash"}
    assert answer(**moving) == "deny 3, levels"
    assert answer(**moving, receiving=["990001"]) == "permit 3, 9"


def test_a_duty_is_an_officers_or_a_partners(answer):
    """Whoever else the register gives one: Appendix A knows professional duties of these alone."""
    also = "duties: [{person: %s, categories: [attendance], purposes: [attendance-review], from: 2025-09-01}]"
    asked = {"subjects": ["990002"], "purpose": "attendance-review"}
    assert answer(also % "'appointee:ash'", **asked, recipient="appointee:ash") == "deny 3, 9, levels"
    assert answer(also % "'partner:health'", **asked, recipient="partner:health") == "permit 3, 9"


def test_consents_of_heads_do_not_open_pupils_data_their_agreement_does(answer):
    consent = (
        "consents: [{establishment: '990001', item: bespoke, recipient: 'establishment:990003', from: 2025-09-01}]"
    )
    assert answer(consent, recipient="establishment:990003") == "deny 3, levels"
