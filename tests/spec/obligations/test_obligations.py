"""What a permit binds to, and until when it holds."""

import pytest

AREA = {
    "level": "collaborative",
    "detail": "aggregate",
    "group": "collaborative:east",
    "subjects": ["990001", "990002"],
    "purpose": "commissioning-of-services",
}
ROWS = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north", "subjects": ["990001", "990002"]}
OFSTED = {
    "level": "authority",
    "detail": "establishment",
    "categories": ["inspection"],
    "purpose": "raising-attainment",
}
DUTY = "duties: [{person: 'officer:none', categories: [attendance], purposes: [%s], from: 2025-09-01, to: %s}]"


def test_a_childs_own_data(obligations):
    assert obligations() == (
        "encrypt-delivery",
        "mark-confidential",
        "minimise-columns",
        "suppress-small-counts",
        "terms-of-use",
    )


def test_rows_of_pupils(obligations):
    assert obligations(**ROWS) == (
        "encrypt-delivery",
        "minimise-columns",
        "pseudonymise",
        "suppress-small-counts",
        "terms-of-use",
    )


def test_aggregate_figures(obligations):
    assert obligations(**AREA) == ("protect-establishments", "suppress-small-counts", "terms-of-use")


def test_a_subject_left_out_is_noted(obligations):
    assert "coverage-note" in obligations(
        **AREA | {"level": "authority", "group": None, "subjects": ["990001", "990006"]}
    )


def test_several_named_establishments_are_never_ranked(obligations):
    assert "no-ranking" in obligations(**OFSTED, subjects=["990001", "990002"])
    assert "no-ranking" not in obligations(**OFSTED, subjects=["990001"])


def test_outside_the_protocol_own_data_comes_without_comparison(obligations):
    assert "own-data-only" in obligations(subjects=["990006"], recipient="establishment:990006")
    assert "own-data-only" not in obligations()


def test_bespoke_figures_are_marked_and_encrypted(obligations):
    own = obligations(detail="establishment")
    assert {"mark-confidential", "encrypt-delivery"} <= set(own)
    assert "mark-confidential" not in obligations(**OFSTED, subjects=["990001"])


def test_small_counts_of_ones_own_pupils_may_be_shown_where_the_parameters_say_so(obligations):
    assert "suppress-small-counts" not in obligations(suppression="when-required")
    assert "suppress-small-counts" not in obligations(suppression="when-required", recipient="appointee:ash")
    assert "suppress-small-counts" in obligations()


TO_THE_OFFICER = """
consents: [{establishment: '990001', item: bespoke, recipient: 'officer:duty', from: 2025-09-01},
           {establishment: '990001', item: bespoke, recipient: 'officer:none', from: 2025-09-01},
           {establishment: '990001', item: bespoke, recipient: 'establishment:990002', from: 2025-09-01}]
stakeholders: [{establishment: '990001', party: 'officer:none', from: 2025-09-01},
               {establishment: '990001', party: 'establishment:990002', from: 2025-09-01}]
"""
WHOLE = {"detail": "establishment", "suppression": "when-required"}


def test_an_officer_whose_duty_needs_the_pupils_records_may_see_the_figures_whole(obligations):
    """Clause 3, its second half; the head's consent (12) is needed besides."""
    assert "suppress-small-counts" not in obligations(TO_THE_OFFICER, recipient="officer:duty", **WHOLE)
    assert "suppress-small-counts" in obligations(TO_THE_OFFICER, recipient="officer:duty", detail="establishment")


@pytest.mark.parametrize("recipient", ["officer:none", "establishment:990002"])
def test_a_consent_or_membership_is_no_duty(obligations, recipient):
    assert "suppress-small-counts" in obligations(TO_THE_OFFICER, recipient=recipient, **WHOLE)


def test_what_everybody_may_have_never_tells_of_small_counts(obligations):
    """Clause 4: an aggregate may be passed on to the whole community, whoever receives it first."""
    given = {**AREA, "suppression": "when-required"}
    assert "suppress-small-counts" in obligations(**given, recipient="officer:duty")
    assert "suppress-small-counts" in obligations(**given, recipient="establishment:990001")


def test_figures_of_several_establishments_are_nobodys_own(obligations):
    assert "suppress-small-counts" in obligations(**OFSTED, subjects=["990001", "990002"], suppression="when-required")


def test_whole_figures_by_a_duty_end_with_it(retained):
    also = DUTY % ("school-improvement-plan", "2026-06-01") + TO_THE_OFFICER
    assert retained(also, recipient="officer:none", **WHOLE) == "2026-06-01"
    assert retained(also, recipient="officer:none", detail="establishment") == "ever"
    assert retained(TO_THE_OFFICER, recipient="officer:none", **WHOLE) == "ever"
    by_law = DUTY % ("school-improvement-plan", "2026-04-01") + ORDER % "'officer:none'"
    assert retained(by_law, recipient="officer:none", **WHOLE) == "2026-06-01"
    remit = DUTY % ("commissioning-of-services", "2026-06-01")
    assert retained(remit, **AREA, recipient="officer:none", suppression="when-required") == "ever"


def test_nothing_that_ends_means_no_end(retained):
    assert retained() == "ever"
    assert retained(**AREA) == "ever"


def test_a_duty_that_a_childs_data_was_needed_for(retained):
    also = DUTY % ("school-improvement-plan", "2026-06-01")
    assert retained(also, recipient="officer:none") == "2026-06-01"


def test_the_longest_of_two_duties(retained):
    also = DUTY % ("school-improvement-plan", "2026-06-01")
    longer = (
        also[:-1] + ", {person: 'officer:none', categories: [attendance], purposes: [school-improvement-plan], "
        "from: 2025-09-01, to: 2026-09-01}]"
    )
    assert retained(longer, recipient="officer:none") == "2026-09-01"


def test_a_duty_that_lends_its_purpose(retained):
    also = DUTY % ("attendance-review", "2026-06-01")
    assert retained(also, **AREA | {"purpose": "attendance-review"}, recipient="officer:none") == "2026-06-01"
    remit = DUTY % ("commissioning-of-services", "2026-06-01")
    assert retained(remit, **AREA, recipient="officer:none") == "ever"


def test_the_requesters_duty_is_no_need(retained):
    also = DUTY % ("school-improvement-plan", "2026-06-01")
    assert retained(also, requester="officer:none") == "ever"


def test_an_appointment(retained):
    also = """
    people: [{id: 'appointee:short', name: S}]
    signatures: [{person: 'appointee:short', from: 2025-09-01}]
    appointments: [{establishment: '990001', person: 'appointee:short', from: 2025-09-01, to: 2026-04-01}]
    """
    assert retained(also, recipient="appointee:short") == "2026-04-01"


def test_a_stakeholder_entry(retained):
    also = "stakeholders: [{establishment: '990001', party: 'establishment:990003', from: 2025-09-01, to: 2026-04-01}]"
    assert retained(also, detail="pseudonymous", recipient="establishment:990003") == "2026-04-01"


def test_an_agreement_of_the_cluster(retained):
    also = (
        "cluster_agreements: [{cluster: 'cluster:north', recipients: ['establishment:990003'], "
        "agreed_by: ['990001', '990002'], from: 2025-09-01, to: 2026-04-01}]"
    )
    assert retained(also, **ROWS, recipient="establishment:990003") == "2026-04-01"


def test_an_agreement_of_heads(retained):
    also = """
    heads_agreements:
    - {establishments: ['990001'], recipients: ['establishment:990003'], categories: [attendance], detail: individual,
       from: 2025-09-01, to: 2026-05-01}
    """
    assert retained(also, recipient="establishment:990003") == "2026-05-01"


def test_each_consent_to_be_identified_and_the_earliest_of_them(retained):
    also = """
    consents:
    - {establishment: '990001', item: identify, recipient: 'cluster:north', from: 2025-09-01, to: 2026-05-01}
    - {establishment: '990002', item: identify, recipient: 'cluster:north', from: 2025-09-01, to: 2026-04-01}
    """
    named = {"level": "cluster", "detail": "establishment", "group": "cluster:north", "subjects": ["990001"]}
    assert retained(also, **named, recipient="establishment:990002") == "2026-04-01"


def test_a_consent_to_an_item(retained):
    also = (
        "consents: [{establishment: '990001', item: bespoke, recipient: 'officer:duty', "
        "from: 2025-09-01, to: 2026-04-01}]"
    )
    assert retained(also, detail="establishment", item="bespoke", recipient="officer:duty") == "2026-04-01"


def test_an_externals_agreement(retained):
    also = """
    agreements:
    - {party: 'external:study', collaborative: 'collaborative:east', issued_by: 'officer:none', issued_on: 2025-10-01,
       signed_on: 2025-10-02, purpose: commissioning-of-services, activity: A study, from: 2025-10-01, to: 2026-06-01}
    """
    assert retained(also, **AREA, recipient="external:study") == "2026-06-01"


def test_of_a_group_the_earliest_of_its_members(retained):
    also = """
    heads_agreements:
    - {establishments: ['990001', '990002'], recipients: ['establishment:990003'], categories: [attendance],
        detail: individual,
       from: 2025-09-01, to: 2026-05-01}
    """
    assert retained(also, **ROWS, recipient="collaborative:east") == "2026-05-01"


def test_figures_that_name_establishments_leave_nobody_out(obligations):
    assert "coverage-note" not in obligations(**OFSTED, subjects=["990001", "990006"])


def test_receiving_the_pupils_needs_no_instrument(retained):
    moving = {"purpose": "pupil-transfer", "receiving": ["990003"], "recipient": "establishment:990003"}
    assert retained(**moving) == "ever"


def test_under_law_nothing_but_the_order_is_needed(retained):
    order = (
        "legal_orders: [{effect: require, citation: Act, report: made-up, subject: '990001', "
        "recipient: %s, from: 2025-09-01, to: 2026-06-01}]"
    )
    also = """
    people: [{id: 'appointee:short', name: S}]
    signatures: [{person: 'appointee:short', from: 2025-09-01}]
    appointments: [{establishment: '990001', person: 'appointee:short', from: 2025-09-01, to: 2026-04-01}]
    """
    assert retained(also + order % "'appointee:short'", recipient="appointee:short") == "2026-06-01"
    bespoke = {"detail": "establishment", "item": "bespoke", "recipient": "officer:none"}
    assert retained(order % "'officer:none'", **bespoke) == "2026-06-01"


def test_of_two_needs_the_earlier_end_counts(retained):
    """A stakeholder for ever, with a duty until June: the list is of use until June."""
    also = DUTY % ("school-improvement-plan", "2026-06-01")
    stakeholder = "\nstakeholders: [{establishment: '990001', party: 'officer:none', from: 2025-09-01}]"
    assert retained(also + stakeholder, recipient="officer:none") == "2026-06-01"


def test_an_analysis_taken_as_bespoke_rests_on_the_consent_too(retained):
    consent = (
        "consents: [{establishment: '990001', item: bespoke, recipient: 'officer:duty', "
        "from: 2025-09-01, to: 2026-06-01}]"
    )
    assert retained(consent, detail="establishment", recipient="officer:duty") == "2026-06-01"


ORDER = (
    "\nlegal_orders: [{effect: require, citation: Act, report: made-up, categories: [attendance], "
    "recipient: %s, from: 2025-09-01, to: 2026-06-01}]"
)


EXTERNAL = """
agreements:
- {party: 'external:study', collaborative: 'collaborative:east', issued_by: 'officer:none', issued_on: 2025-10-01,
   signed_on: 2025-10-02, purpose: school-improvement-plan, activity: A study, from: 2025-10-01, to: 2026-04-01}
"""


def test_under_law_an_external_needs_no_agreement(retained):
    assert retained(EXTERNAL + ORDER % "'external:study'", recipient="external:study") == "2026-06-01"


def test_under_law_nobody_need_agree_to_be_identified(retained):
    named = {"level": "cluster", "detail": "establishment", "group": "cluster:north"}
    assert retained(ORDER % "'officer:none'", **named, recipient="officer:none") == "2026-06-01"


def test_under_law_too_aggregates_are_neither_marked_nor_encrypted(obligations):
    bound = obligations(ORDER % "public", recipient="public", detail="aggregate")
    assert {"encrypt-delivery", "mark-confidential"}.isdisjoint(bound)
