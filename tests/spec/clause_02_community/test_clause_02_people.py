"""Clause 2: officers, partners and appointees sign too, and are in post; the public is nobody's member."""

AREA = {
    "level": "collaborative",
    "detail": "aggregate",
    "group": "collaborative:east",
    "subjects": ["990001", "990002"],
    "purpose": "commissioning-of-services",
}


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
