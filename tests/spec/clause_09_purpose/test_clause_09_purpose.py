"""Clause 9: access is agreed relative to the purpose; each level has its remit."""

import pytest

AREA = {"level": "collaborative", "detail": "establishment", "group": "collaborative:east", "subjects": ["990001"]}


@pytest.mark.parametrize("purpose", ["school-improvement-plan", "school-development", "pupil-transfer"])
def test_the_remit_of_school_level(answer, purpose):
    assert answer(purpose=purpose) == "permit 3, 9"


@pytest.mark.parametrize("purpose", ["commissioning-of-services", "raising-attainment", "removing-concern"])
def test_what_is_not_in_it(answer, purpose):
    assert answer(purpose=purpose) == "deny 9"


def test_the_purpose_of_a_live_commission_of_the_subject(answer):
    also = "commissions: [{establishment: '990001', purpose: attendance-review, from: 2025-09-01, to: 2026-03-03}]"
    assert answer(also, purpose="attendance-review") == "permit 3, 9"
    assert answer(also, purpose="attendance-review", on="2026-03-03") == "deny 9"


def test_the_purpose_of_the_recipients_own_duty(answer):
    assert answer(purpose="attendance-review", recipient="officer:duty") == "permit 3, 9"


def test_the_requesters_duty_does_not_lend_its_purpose(answer):
    assert answer(purpose="attendance-review") == "deny 9"


def test_the_remit_of_cluster_level(answer):
    rows = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north"}
    assert answer(**rows) == "permit 3, 9"
    assert answer(**rows, purpose="school-development") == "deny 9"


def test_the_remit_of_collaborative_level(ask):
    rules = [reason.rule for reason in ask(**AREA, purpose="raising-attainment").reasons]
    assert "9-purpose-not-in-remit" in rules
    rules = [reason.rule for reason in ask(**AREA, purpose="commissioning-of-services").reasons]
    assert "9-purpose-not-in-remit" not in rules


def test_the_remit_of_authority_level(answer):
    ofsted = {"level": "authority", "detail": "establishment", "categories": ["inspection"]}
    assert answer(**ofsted, purpose="removing-concern") == "permit 2, 9"
    assert answer(**ofsted, purpose="school-development") == "deny 9"


def test_the_remit_of_cluster_level_is_not_that_of_wider_ones(answer):
    assert answer(**AREA, purpose="school-improvement-plan") == "deny 6, 9"
    ofsted = {"level": "authority", "detail": "establishment", "categories": ["inspection"]}
    assert answer(**ofsted, purpose="school-improvement-plan") == "deny 9"


def test_a_commission_lends_its_purpose_at_school_level(answer):
    also = "commissions: [{establishment: '990001', purpose: attendance-review, from: 2025-09-01}]"
    ofsted = {"level": "authority", "detail": "establishment", "categories": ["inspection"]}
    assert answer(also, **ofsted, purpose="attendance-review") == "deny 9"
