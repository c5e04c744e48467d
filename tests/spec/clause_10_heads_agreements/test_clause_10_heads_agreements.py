"""Clause 10: agreements among heads permit what nothing else would, and never forbid."""

HEADS = """
heads_agreements:
- {establishments: ['990001', '990002'], recipients: ['collaborative:east', 'external:study'], categories: [attendance],
   detail: individual, from: 2025-09-01, to: 2026-06-01}
"""
ROWS = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north", "subjects": ["990001", "990002"]}


def test_it_puts_its_recipients_in_the_audience(answer):
    assert answer(**ROWS, recipient="establishment:990003") == "deny levels"
    assert answer(HEADS, **ROWS, recipient="establishment:990003") == "permit 3, 9, 10"


def test_it_is_not_named_where_it_was_not_needed(answer):
    assert answer(HEADS, **ROWS, recipient="establishment:990001") == "permit 3, 9"


def test_it_does_not_replace_what_clause_2_asks_of_an_external(answer):
    assert answer(HEADS, **ROWS, recipient="external:study") == "deny 2"


def test_it_must_include_every_subject_by_itself(answer):
    two = """
    heads_agreements:
    - {establishments: ['990001'], recipients: ['establishment:990003'], categories: [attendance],
        detail: individual, from: 2025-09-01}
    - {establishments: ['990002'], recipients: ['establishment:990003'], categories: [attendance],
        detail: individual, from: 2025-09-01}
    """
    assert answer(two, **ROWS, recipient="establishment:990003") == "deny levels"


def test_one_on_establishments_figures_opens_no_rows_of_pupils(answer):
    weaker = HEADS.replace("detail: individual", "detail: establishment")
    assert answer(weaker, **ROWS, recipient="establishment:990003") == "deny levels"


def test_it_does_not_replace_the_consent_of_clause_12(answer):
    bespoke = {"detail": "establishment", "item": "bespoke", "recipient": "establishment:990003"}
    assert answer(HEADS, **bespoke) == "deny 12"


def test_naming_a_group_covers_its_members_of_the_day(answer):
    late = HEADS + "memberships: [{establishment: '990004', group: 'collaborative:east', from: 2026-03-03}]"
    assert answer(late, **ROWS, recipient="establishment:990004") == "deny levels"
    assert answer(late, **ROWS, recipient="establishment:990004", on="2026-03-03") == "permit 3, 9, 10"


def test_it_is_named_where_it_alone_opens_a_childs_data_to_the_audience(answer):
    stakeholder = "stakeholders: [{establishment: '990001', party: 'establishment:990003', from: 2025-09-01}]"
    assert answer(stakeholder, recipient="establishment:990003") == "deny 3"
    assert answer(HEADS + stakeholder, recipient="establishment:990003") == "permit 3, 9, 10"


def test_it_stands_in_for_every_consent_in_a_collaborative_too(answer):
    named = {
        "level": "collaborative",
        "detail": "establishment",
        "group": "collaborative:east",
        "purpose": "commissioning-of-services",
        "recipient": "establishment:990004",
    }
    agreed = """
    heads_agreements:
    - {establishments: ['990001', '990002', '990003'], recipients: [authority], categories: [attendance],
        detail: establishment, from: 2025-09-01}
    """
    assert answer(**named) == "deny 6"
    assert answer(agreed, **named) == "permit 2, 9, 10"
