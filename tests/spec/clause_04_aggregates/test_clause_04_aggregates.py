"""Clause 4: aggregated figures are shared with the whole community, at every level and for any remit."""

import pytest

AREA = {
    "level": "collaborative",
    "detail": "aggregate",
    "group": "collaborative:east",
    "subjects": ["990001", "990002"],
    "purpose": "commissioning-of-services",
}
CLUSTER = {"level": "cluster", "detail": "aggregate", "group": "cluster:north", "subjects": ["990001", "990002"]}


@pytest.mark.parametrize("recipient", ["establishment:990004", "officer:none", "partner:health", "appointee:ash"])
def test_everybody_in_the_community(answer, recipient):
    assert answer(**AREA, recipient=recipient) == "permit 4, 9"
    assert answer(**CLUSTER, recipient=recipient) == "permit 4, 9"


def test_for_the_remit_of_any_level(answer):
    for purpose in ("pupil-transfer", "raising-attainment", "commissioning-of-services"):
        assert answer(**CLUSTER | {"purpose": purpose}, recipient="officer:none") == "permit 4, 9"


def test_for_the_commission_of_a_subject(answer):
    also = "commissions: [{establishment: '990002', purpose: attendance-review, from: 2025-09-01}]"
    assert answer(**CLUSTER | {"purpose": "attendance-review"}, recipient="officer:none") == "deny 9"
    assert answer(also, **CLUSTER | {"purpose": "attendance-review"}, recipient="officer:none") == "permit 4, 9"


def test_an_agreement_of_the_cluster_adds_nobody_to_the_community(answer):
    also = (
        "cluster_agreements: [{cluster: 'cluster:north', recipients: ['external:study'], "
        "agreed_by: ['990001', '990002'], from: 2025-09-01}]"
    )
    assert answer(also, **CLUSTER, recipient="external:study") == "deny 2, levels"


def test_an_agreement_of_heads_does(answer):
    also = """
    heads_agreements:
    - {establishments: ['990001', '990002'], recipients: ['appointee:nobody', 'establishment:990006'],
        categories: [attendance],
       detail: establishment, from: 2025-09-01}
    """
    assert answer(also, **CLUSTER, recipient="establishment:990006") == "deny 2"


def test_school_level_has_nothing_to_aggregate(answer):
    assert answer(detail="aggregate") == "deny levels"
