"""Groups are decided member by member, appointees for each establishment that they act for."""

ROWS = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north", "subjects": ["990001", "990002"]}
AREA = {
    "level": "collaborative",
    "detail": "aggregate",
    "group": "collaborative:east",
    "subjects": ["990001"],
    "purpose": "commissioning-of-services",
}
TWO_SCHOOLS = """
people: [{id: 'appointee:two', name: Two}]
signatures: [{person: 'appointee:two', from: 2025-09-01}]
appointments:
- {establishment: '990004', person: 'appointee:two', from: 2025-09-01}
- {establishment: '990002', person: 'appointee:two', from: 2025-09-01, to: 2026-06-01}
"""


def test_a_group_receives_through_its_signatories(ask):
    decision = ask(**ROWS, recipient="cluster:north")
    assert decision.is_permit
    assert decision.permitted == ("establishment:990001", "establishment:990002")
    assert dict(decision.refused) == {}


def test_other_members_receive_nothing_and_keep_nobody_from_it(ask):
    also = """
    memberships:
    - {establishment: '990005', group: 'cluster:north', from: 2025-09-01}
    - {establishment: '990006', group: 'cluster:north', from: 2025-09-01}
    """
    decision = ask(also, **ROWS, recipient="cluster:north")
    assert decision.is_permit
    assert dict(decision.refused) == {"establishment:990005": ("11",), "establishment:990006": ("2",)}


def test_one_signatory_refused_denies_the_group(ask):
    decision = ask(**ROWS, recipient="collaborative:east")
    assert decision.clauses == ("levels",)
    assert decision.permitted == ("establishment:990001", "establishment:990002")
    assert dict(decision.refused) == {"establishment:990003": ("levels",)}


def test_a_group_without_a_signatory_is_denied_by_the_table(ask):
    also = "memberships: [{establishment: '990005', group: 'network:stem', from: 2025-09-01}]"
    decision = ask(also, **AREA, recipient="network:stem")
    assert decision.clauses == ("levels",)
    assert dict(decision.refused) == {"establishment:990005": ("11",)}
    assert ask(**AREA, recipient="network:stem").clauses == ("levels",)
    assert ask(**AREA, recipient="cluster:empty").clauses == ("levels",)
    assert ask("groups: [{id: 'collaborative:west', name: West}]", **AREA, recipient="collaborative:west").clauses == (
        "levels",
    )


def test_the_authority_is_every_signatory(ask):
    decision = ask(**AREA, recipient="authority")
    assert decision.permitted == tuple(f"establishment:99000{n}" for n in (1, 2, 3, 4))
    assert dict(decision.refused) == {}


def test_an_appointee_is_decided_as_the_establishment_that_it_acts_for(ask):
    assert ask(recipient="appointee:ash").clauses == ("3", "9")
    assert ask(recipient="appointee:ash").permitted == ("appointee:ash",)


def test_one_of_its_establishments_is_enough(ask, retained):
    decision = ask(TWO_SCHOOLS, **ROWS, recipient="appointee:two")
    assert decision.is_permit
    assert retained(TWO_SCHOOLS, **ROWS, recipient="appointee:two") == "2026-06-01"


def test_in_order_of_urn_the_first_gives_the_answer(retained):
    assert retained(TWO_SCHOOLS, **AREA, recipient="appointee:two") == "2026-06-01"


def test_where_none_is_permitted_all_their_clauses_deny(ask):
    decision = ask(
        TWO_SCHOOLS, subjects=["990002"], detail="establishment", promotional=True, recipient="appointee:two"
    )
    assert decision.clauses == ("6", "12", "levels")
    assert dict(decision.refused) == {"appointee:two": ("6", "12", "levels")}


def test_one_that_acts_for_nobody_is_nobody(ask):
    decision = ask(promotional=True, recipient="appointee:nobody")
    assert decision.clauses == ("2",)
    assert [reason.rule for reason in decision.reasons] == ["2-acts-for-nobody"]


def test_an_appointee_signs_too(ask):
    also = """
    people: [{id: 'appointee:new', name: New}]
    appointments: [{establishment: '990001', person: 'appointee:new', from: 2025-09-01}]
    """
    assert ask(also, recipient="appointee:new").clauses == ("2",)


def test_before_anybody_has_signed_the_authority_is_nobody(ask):
    decision = ask(**AREA, recipient="authority", on="2025-08-31")
    assert decision.clauses == ("levels",)
    assert dict(decision.refused) == {}
