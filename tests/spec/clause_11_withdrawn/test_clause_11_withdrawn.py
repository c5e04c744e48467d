"""Clause 11: establishments that exclude themselves are given no access to shared data."""

AREA = {
    "level": "collaborative",
    "detail": "aggregate",
    "group": "collaborative:east",
    "subjects": ["990001"],
    "purpose": "commissioning-of-services",
}


def test_one_that_has_withdrawn_receives_nothing(answer):
    assert answer(**AREA, recipient="establishment:990005") == "deny 11, levels"


def test_its_own_data_is_not_shared_data(answer):
    assert answer(subjects=["990005"], recipient="establishment:990005") == "permit 3, 9"


def test_before_the_day_it_was_a_signatory(answer):
    assert answer(**AREA, recipient="establishment:990005", on="2025-12-31") == "permit 4, 9"


def test_signing_again_brings_it_back(answer):
    also = "signatures: [{establishment: '990005', from: 2026-02-01}]"
    assert answer(also, **AREA, recipient="establishment:990005") == "permit 4, 9"


def test_on_the_same_day_the_withdrawal_wins(answer):
    also = "signatures: [{establishment: '990005', from: 2026-01-01}]"
    assert answer(also, **AREA, recipient="establishment:990005") == "deny 11, levels"


def test_it_is_not_identified_to_others(answer):
    assert answer(detail="pseudonymous", subjects=["990005"], recipient="officer:duty") == "deny 11"


def test_unless_published_anyway(answer):
    ofsted = {"level": "authority", "detail": "establishment", "subjects": ["990005"], "purpose": "raising-attainment"}
    assert answer(**ofsted, categories=["inspection", "floor-target"]) == "permit 2, 9"


def test_whoever_acts_for_it_receives_no_more_than_it_does(answer):
    also = """
    people: [{id: 'appointee:elder', name: E}]
    signatures: [{person: 'appointee:elder', from: 2025-09-01}]
    appointments: [{establishment: '990005', person: 'appointee:elder', from: 2025-09-01}]
    """
    assert answer(also, **AREA, recipient="appointee:elder") == "deny 11, levels"


def test_nor_does_it_keep_others_from_aggregate_figures(answer):
    wider = AREA | {"level": "authority", "group": None, "subjects": ["990001", "990005"]}
    assert answer(**wider, recipient="establishment:990003") == "permit 4, 9"
