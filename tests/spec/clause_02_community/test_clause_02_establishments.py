"""Clause 2: what can identify an establishment is shared within the community, whose establishments sign."""

AREA = {
    "level": "collaborative",
    "detail": "aggregate",
    "group": "collaborative:east",
    "subjects": ["990001", "990002"],
    "purpose": "commissioning-of-services",
}
OFSTED = {
    "level": "authority",
    "detail": "establishment",
    "categories": ["inspection"],
    "subjects": ["990001", "990002"],
    "purpose": "raising-attainment",
}


def test_a_signatory_receives_figures_of_named_establishments(answer):
    assert answer(**OFSTED, recipient="establishment:990003") == "permit 2, 9"


def test_an_establishment_that_never_signed_receives_nothing(answer):
    assert answer(**AREA, recipient="establishment:990006") == "deny 2, levels"


def test_its_own_data_is_not_shared_data(answer):
    assert answer(subjects=["990006"], recipient="establishment:990006") == "permit 3, 9"


def test_a_successor_does_not_inherit_its_predecessors_signature(answer):
    also = "establishments: [{urn: '990007', name: New Ash, phase: primary, predecessors: ['990001']}]"
    assert answer(also, **AREA, recipient="establishment:990007") == "deny 2, levels"


def test_a_signature_counts_from_its_day(answer):
    also = "signatures: [{establishment: '990006', from: 2026-03-03}]"
    assert answer(also, **AREA, recipient="establishment:990006") == "deny 2, levels"
    assert answer(also, **AREA, recipient="establishment:990006", on="2026-03-03") == "permit 4, 9"


def test_a_subject_that_never_signed_is_not_identified(answer):
    assert answer(detail="pseudonymous", subjects=["990006"], recipient="officer:duty") == "deny 2"


def test_unless_the_figures_are_published_anyway(answer):
    both = OFSTED | {"subjects": ["990001", "990006"]}
    assert answer(**both, recipient="establishment:990003") == "permit 2, 9"
    assert answer(**both | {"categories": ["floor-target"]}, recipient="establishment:990003") == "permit 2, 9"


def test_nor_does_it_keep_others_from_aggregate_figures(answer):
    assert answer(**AREA | {"group": None, "level": "authority", "subjects": ["990001", "990006"]}) == "permit 4, 9"


def test_collaborative_level_is_for_signatories_members_or_not(answer):
    member = "memberships: [{establishment: '990006', group: 'collaborative:east', from: 2025-09-01}]"
    assert answer(member, **AREA, recipient="establishment:990006") == "deny 2, levels"
    assert answer(member, **AREA | {"detail": "establishment"}, recipient="establishment:990006") == "deny 2, 6, levels"
