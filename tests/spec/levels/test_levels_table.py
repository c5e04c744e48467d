"""The table of levels: which detail, which audience, which subjects."""

import pytest

CLUSTER = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north", "subjects": ["990001", "990002"]}


def rules(decision):
    return {reason.rule for reason in decision.reasons}


@pytest.mark.parametrize(
    ("level", "group", "detail"),
    [
        ("school", None, "aggregate"),
        ("collaborative", "collaborative:east", "individual"),
        ("collaborative", "network:stem", "pseudonymous"),
        ("authority", None, "pseudonymous"),
    ],
)
def test_details_that_a_level_does_not_allow(ask, level, group, detail):
    assert f"levels-{level}-detail" in rules(ask(level=level, group=group, detail=detail))


def test_authority_level_names_establishments_for_published_facts_only(answer):
    ofsted = {"level": "authority", "detail": "establishment", "purpose": "raising-attainment"}
    assert answer(**ofsted, categories=["inspection", "floor-target"]) == "permit 2, 9"
    assert answer(**ofsted, categories=["inspection", "attendance"]) == "deny levels"


def test_school_level_is_about_one_establishment(ask):
    assert "levels-school-has-one-subject" in rules(ask(subjects=["990001", "990002"]))


def test_repetition_of_a_subject_changes_nothing(answer):
    assert answer(subjects=["990001", "990001"]) == "permit 3, 9"


def test_a_report_is_about_somebody(ask):
    assert "levels-no-subject" in rules(ask(level="authority", detail="aggregate", subjects=[]))


def test_subjects_are_members_of_the_group_on_the_day(answer):
    assert answer(**CLUSTER | {"subjects": ["990001", "990003"]}) == "deny levels"


def test_stakeholders_defined_by_school(answer):
    also = "stakeholders: [{establishment: '990001', party: 'cluster:north', from: 2025-09-01}]"
    rows = {"detail": "pseudonymous", "recipient": "establishment:990002"}
    assert answer(**rows) == "deny levels"
    assert answer(also, **rows) == "permit 3, 9"


def test_small_cluster_only(answer):
    assert answer(**CLUSTER, recipient="establishment:990002") == "permit 3, 9"
    assert answer(**CLUSTER, recipient="appointee:ash") == "permit 3, 9"
    assert answer(**CLUSTER, recipient="establishment:990003") == "deny levels"


def test_unless_otherwise_agreed_by_every_member_of_the_cluster(answer):
    also = (
        "cluster_agreements: [{cluster: 'cluster:north', recipients: ['establishment:990003'], "
        "agreed_by: ['990001'%s], from: 2025-09-01}]"
    )
    assert answer(also % "", **CLUSTER, recipient="establishment:990003") == "deny levels"
    assert answer(also % ", '990002'", **CLUSTER, recipient="establishment:990003") == "permit 3, 9"


def test_an_empty_cluster_agrees_to_nothing(answer):
    also = (
        "cluster_agreements: [{cluster: 'cluster:empty', recipients: ['establishment:990003'], "
        "agreed_by: [], from: 2025-09-01}]"
    )
    empty = CLUSTER | {"group": "cluster:empty"}
    assert answer(also, **empty, recipient="establishment:990003") == "deny levels"


def test_a_member_that_never_signed_is_denied_by_clause_2_not_by_the_table(answer):
    also = "memberships: [{establishment: '990006', group: 'cluster:north', from: 2025-09-01}]"
    assert answer(also, **CLUSTER, recipient="establishment:990006") == "deny 2"


def test_officers_with_a_duty_at_school_and_cluster_level(answer):
    assert answer(**CLUSTER, recipient="officer:duty") == "permit 3, 9"
    assert answer(**CLUSTER, recipient="officer:none") == "deny levels"


def test_a_childs_own_data_at_authority_level(answer):
    pupils = {"level": "authority", "subjects": ["990001", "990002"], "purpose": "raising-attainment"}
    assert answer(**pupils, recipient="officer:duty") == "permit 3, 9"
    assert answer(**pupils, recipient="officer:none") == "deny 3, levels"
    assert answer(**pupils, recipient="establishment:990001") == "deny 3, levels"


def test_own_data_is_in_the_audience_at_school_level_only(answer):
    own = {"level": "authority", "subjects": ["990001"], "purpose": "raising-attainment"}
    assert answer(**own) == "deny levels"


def test_a_childs_own_data_at_cluster_level(answer):
    assert answer(**CLUSTER | {"detail": "individual"}, recipient="officer:duty") == "permit 3, 9"


def test_subjects_are_members_of_a_collaborative_too(answer):
    area = {"level": "collaborative", "detail": "aggregate", "group": "collaborative:east"}
    area |= {"purpose": "commissioning-of-services", "recipient": "officer:none"}
    assert answer(**area, subjects=["990001"]) == "permit 4, 9"
    assert answer(**area, subjects=["990001", "990004"]) == "deny levels"


def test_membership_of_a_cluster_adds_nobody_to_the_audience_of_its_aggregates(answer):
    also = "memberships: [{establishment: '990006', group: 'cluster:north', from: 2025-09-01}]"
    assert answer(also, **CLUSTER | {"detail": "aggregate"}, recipient="establishment:990006") == "deny 2, levels"


def test_stakeholders_are_those_of_school_level(answer):
    also = "stakeholders: [{establishment: '990001', party: 'establishment:990003', from: 2025-09-01}]"
    assert answer(also, **CLUSTER | {"subjects": ["990001"]}, recipient="establishment:990003") == "deny levels"


def test_receiving_the_pupils_counts_at_school_level(answer):
    moving = {"receiving": ["990003"], "recipient": "establishment:990003"}
    assert answer(**moving, purpose="pupil-transfer") == "permit 3, 9"
    assert answer(**moving, level="authority", purpose="raising-attainment") == "deny levels"
    assert answer(**moving, level="cluster", group="cluster:north") == "deny levels"


def test_a_networks_reports_are_of_collaborative_level(answer):
    also = "memberships: [{establishment: '990004', group: 'network:stem', from: 2025-09-01}]"
    area = {"level": "collaborative", "group": "network:stem", "subjects": ["990004"]}
    area |= {"purpose": "commissioning-of-services", "recipient": "officer:none"}
    assert answer(also, **area, detail="aggregate") == "permit 4, 9"
    assert answer(also, **area, detail="pseudonymous") == "deny levels"


def test_an_agreement_of_heads_reaches_every_level(answer):
    also = """
    heads_agreements:
    - {establishments: ['990001', '990002'], recipients: ['establishment:990003'], categories: [attendance],
        detail: individual, from: 2025-09-01}
    """
    pupils = {"subjects": ["990001", "990002"], "recipient": "establishment:990003"}
    assert answer(**pupils, level="authority", purpose="raising-attainment") == "deny 3, levels"
    assert answer(also, **pupils, level="authority", purpose="raising-attainment") == "permit 3, 9, 10"
    assert answer(also, **pupils, level="cluster", group="cluster:north") == "permit 3, 9, 10"


def test_who_joined_or_left_the_cluster_does_not_agree_for_it(answer):
    """The agreement is by every member on the day."""
    also = """
    memberships: [{establishment: '990004', group: 'cluster:north', from: 2026-03-03}]
    cluster_agreements: [{cluster: 'cluster:north', recipients: ['establishment:990003'],
        agreed_by: ['990001', '990002'], from: 2025-09-01}]
    """
    assert answer(also, **CLUSTER, recipient="establishment:990003") == "permit 3, 9"
    assert answer(also, **CLUSTER, recipient="establishment:990003", on="2026-03-03") == "deny levels"


def test_an_external_under_an_agreement_belongs_to_the_community_not_to_a_cluster(answer):
    also = """
    agreements:
    - {party: 'external:study', collaborative: 'collaborative:east', issued_by: 'officer:none', issued_on: 2025-10-01,
       signed_on: 2025-10-02, purpose: school-improvement-plan, activity: A study, from: 2025-10-01, to: 2026-06-01}
    """
    assert answer(also, **CLUSTER | {"detail": "aggregate"}, recipient="external:study") == "permit 4, 9"
    assert answer(also, **CLUSTER, recipient="external:study") == "deny levels"
