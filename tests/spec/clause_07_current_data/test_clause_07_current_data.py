"""Clause 7: data is current and signed off before it is shared; everybody may see their own."""

OFSTED = {
    "level": "authority",
    "detail": "establishment",
    "categories": ["inspection"],
    "subjects": ["990001", "990002"],
    "purpose": "raising-attainment",
    "recipient": "establishment:990003",
}


def test_data_that_is_not_current(answer):
    assert answer(**OFSTED, data={"current": False, "signed_off": True}) == "deny 7"


def test_data_that_is_not_signed_off(answer):
    assert answer(**OFSTED, data={"current": True, "signed_off": False}) == "deny 7"


def test_ones_own(answer):
    assert answer(data={"current": False, "signed_off": False}) == "permit 3, 9"
    assert answer(data={"current": False, "signed_off": False}, recipient="appointee:ash") == "permit 3, 9"
