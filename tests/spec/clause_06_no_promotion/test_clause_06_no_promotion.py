"""Clause 6: never to promote one at the expense of another; area figures identify nobody who has not agreed."""

NAMED = {
    "level": "cluster",
    "detail": "establishment",
    "group": "cluster:north",
    "subjects": ["990001"],
    "recipient": "establishment:990002",
}
BOTH = """
consents:
- {establishment: '990001', item: identify, recipient: 'establishment:990002', from: 2025-09-01}
- {establishment: '990002', item: identify, recipient: 'cluster:north', from: 2025-09-01, to: 2026-06-01}
"""
HEADS = """
heads_agreements:
- {establishments: ['990002'], recipients: ['cluster:north'], categories: [attendance], detail: establishment,
    from: 2025-09-01}
"""


def test_nothing_is_shared_to_promote(answer):
    assert answer(promotional=True) == "deny 6"


def test_every_establishment_of_the_group_agrees_named_or_not(answer):
    assert answer(**NAMED) == "deny 6"
    assert answer(BOTH, **NAMED) == "permit 2, 6, 9"


def test_the_recipient_agrees_too(answer):
    one = "consents: [{establishment: '990001', item: identify, recipient: 'establishment:990002', from: 2025-09-01}]"
    assert answer(one, **NAMED) == "deny 6"


def test_an_agreement_of_heads_stands_in_for_a_consent(answer):
    one = "consents: [{establishment: '990001', item: identify, recipient: 'establishment:990002', from: 2025-09-01}]"
    assert answer(one + HEADS, **NAMED) == "permit 2, 6, 9, 10"


def test_an_agreement_of_detail_individual_does_not(answer):
    one = "consents: [{establishment: '990001', item: identify, recipient: 'establishment:990002', from: 2025-09-01}]"
    assert answer(one + HEADS.replace("detail: establishment", "detail: individual"), **NAMED) == "deny 6"


def test_where_all_consent_no_agreement_is_needed(answer):
    assert answer(BOTH + HEADS, **NAMED) == "permit 2, 6, 9"


def test_a_consent_to_another_item_is_none(answer):
    assert answer(BOTH.replace("identify", "bespoke"), **NAMED) == "deny 6"


def test_an_empty_group_agrees_to_nothing(answer):
    assert answer(**NAMED | {"group": "cluster:empty", "subjects": []}) == "deny 6, levels"


def test_consents_end(answer):
    assert answer(BOTH, **NAMED, on="2026-06-01") == "deny 6"


EAST = {
    "level": "collaborative",
    "detail": "establishment",
    "group": "collaborative:east",
    "purpose": "commissioning-of-services",
    "recipient": "establishment:990004",
}
ALL_OF_EAST = """
consents:
- {establishment: '990001', item: identify, recipient: authority, from: 2025-09-01}
- {establishment: '990002', item: identify, recipient: authority, from: 2025-09-01, to: 2026-05-01}
- {establishment: '990003', item: identify, recipient: authority, from: 2025-09-01}
"""


def test_so_it_is_in_a_collaborative(answer, retained):
    assert answer(**EAST) == "deny 6"
    assert answer(ALL_OF_EAST, **EAST) == "permit 2, 6, 9"
    assert retained(ALL_OF_EAST, **EAST) == "2026-05-01"


def test_at_authority_level_published_facts_name_establishments_without_it(answer):
    ofsted = {"level": "authority", "categories": ["inspection"], "group": None, "purpose": "raising-attainment"}
    assert answer(**EAST | ofsted) == "permit 2, 9"


BESPOKE = NAMED | {"item": "bespoke"}
TO_THE_ITEM = """
- {establishment: '990001', item: bespoke, recipient: 'establishment:990002', from: 2025-09-01}
"""


def test_an_analysis_that_names_establishments_of_a_cluster_needs_both_consents(answer):
    """A consent to a bespoke analysis (12) is no agreement to be identified (6), nor the other way round: the heads of
    all the cluster are asked about the one, the heads of the subjects about the other. Each clause that forbids is
    named, so a refusal names 6 beside 12 where neither was given: an item takes nothing out of clause 6.
    """
    assert answer(**BESPOKE) == "deny 6, 12"
    assert answer("consents:" + TO_THE_ITEM, **BESPOKE) == "deny 6"
    assert answer(BOTH, **BESPOKE) == "deny 12"
    assert answer(BOTH + TO_THE_ITEM.lstrip("\n"), **BESPOKE) == "permit 2, 6, 9, 12"


def test_at_other_details_an_analysis_is_decided_by_twelve_alone(answer):
    """Clause 6 is about establishments that can be identified; there nobody is named."""
    assert answer(**BESPOKE | {"detail": "aggregate"}) == "deny 12"
    assert answer(**BESPOKE | {"detail": "aggregate", "recipient": "officer:none"}) == "deny 12"
    assert answer(**BESPOKE | {"detail": "pseudonymous", "recipient": "establishment:990004"}) == "deny 12, levels"
