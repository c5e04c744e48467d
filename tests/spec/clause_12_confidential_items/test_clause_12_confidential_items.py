"""Clause 12: KSIP identifications and bespoke analyses stay with the establishment until its head consents."""

BESPOKE = {"detail": "establishment", "item": "bespoke", "recipient": "officer:duty"}
CONSENT = (
    "consents: [{establishment: '990001', item: bespoke, recipient: 'officer:duty', from: 2025-09-01, to: 2026-06-01}]"
)


def test_its_own(answer):
    assert answer(**BESPOKE | {"recipient": "establishment:990001"}) == "permit 2, 9"


def test_to_others_with_consent_only(answer):
    assert answer(**BESPOKE) == "deny 12"
    assert answer(CONSENT, **BESPOKE) == "permit 2, 9, 12"


def test_consent_is_for_the_item(answer):
    ksip = BESPOKE | {"item": "ksip", "categories": ["ksip", "attendance"]}
    assert answer(CONSENT, **ksip) == "deny 12"
    assert answer(CONSENT.replace("bespoke", "ksip"), **ksip) == "permit 2, 9, 12"


def test_consent_is_for_the_recipient(answer):
    assert answer(CONSENT.replace("officer:duty", "officer:none"), **BESPOKE) == "deny 12"


def test_figures_of_one_establishment_at_school_level_are_bespoke(answer):
    plain = BESPOKE | {"item": None}
    assert answer(**plain) == "deny 12"
    assert answer(CONSENT, **plain) == "permit 2, 9, 12"


def test_at_authority_level_they_are_not(answer):
    ofsted = {
        "level": "authority",
        "detail": "establishment",
        "categories": ["inspection"],
        "purpose": "raising-attainment",
    }
    assert answer(**ofsted, recipient="officer:none") == "permit 2, 9"


def test_a_consent_to_the_authority_covers_each_signatory(answer):
    also = (
        CONSENT.replace("officer:duty", "authority")
        + """
stakeholders: [{establishment: '990001', party: 'authority', from: 2025-09-01}]
"""
    )
    assert answer(also, **BESPOKE | {"recipient": "establishment:990004"}) == "permit 2, 9, 12"
    assert answer(also, **BESPOKE | {"recipient": "establishment:990005"}) == "deny 11, 12, levels"


def test_a_consent_to_an_appointee_is_named_by_its_own_name_too(answer):
    also = (
        CONSENT.replace("officer:duty", "appointee:ash").replace("990001", "990002")
        + """
stakeholders: [{establishment: '990002', party: 'appointee:ash', from: 2025-09-01}]
"""
    )
    assert answer(also, **BESPOKE | {"recipient": "appointee:ash", "subjects": ["990002"]}) == "permit 2, 9, 12"
    assert answer(also, **BESPOKE | {"recipient": "establishment:990001", "subjects": ["990002"]}) == "deny 12, levels"


def test_a_consent_holds_until_the_day_before_it_ends(answer, retained):
    assert answer(CONSENT, **BESPOKE | {"on": "2026-05-31"}) == "permit 2, 9, 12"
    assert answer(CONSENT, **BESPOKE | {"on": "2026-06-01"}) == "deny 12"
    assert retained(CONSENT, **BESPOKE) == "2026-06-01"


def test_a_school_that_withdraws_takes_its_consent_along(answer):
    """Its own analysis it still has, and without others beside it."""
    left = CONSENT.replace("990001", "990005")
    assert answer(left, **BESPOKE | {"subjects": ["990005"]}) == "deny 11"
    assert answer(**BESPOKE | {"subjects": ["990005"], "recipient": "establishment:990005"}) == "permit 2, 9"


def test_one_that_has_left_is_compared_with_nobody(obligations):
    own = BESPOKE | {"subjects": ["990005"], "recipient": "establishment:990005"}
    assert "own-data-only" in obligations(**own)


def test_it_is_marked_and_leaves_encrypted(obligations):
    assert {"mark-confidential", "encrypt-delivery", "suppress-small-counts"} <= set(obligations(CONSENT, **BESPOKE))


STAKEHOLDER = "stakeholders: [{establishment: '990001', party: 'establishment:990003', from: 2025-09-01}]\n"
TO_CEDAR = CONSENT.replace("officer:duty", "establishment:990003")


def test_an_item_needs_consent_at_any_detail(answer, obligations, retained):
    rows = {"detail": "pseudonymous", "item": "bespoke", "recipient": "establishment:990003"}
    assert answer(STAKEHOLDER, **rows) == "deny 12"
    assert answer(STAKEHOLDER + TO_CEDAR, **rows) == "permit 3, 9, 12"
    assert retained(STAKEHOLDER + TO_CEDAR, **rows) == "2026-06-01"
    assert "mark-confidential" in obligations(STAKEHOLDER + TO_CEDAR, **rows)


def test_a_consent_is_not_named_where_it_was_not_needed(answer, obligations, retained):
    rows = {"detail": "pseudonymous", "recipient": "establishment:990003"}
    assert answer(STAKEHOLDER + TO_CEDAR, **rows) == "permit 3, 9"
    assert retained(STAKEHOLDER + TO_CEDAR, **rows) == "ever"
    assert "mark-confidential" not in obligations(STAKEHOLDER + TO_CEDAR, **rows)


def test_at_authority_level_only_an_item_is_confidential(answer, obligations, retained):
    ofsted = {"level": "authority", "detail": "establishment", "categories": ["inspection"]}
    ofsted |= {"purpose": "raising-attainment", "recipient": "establishment:990003"}
    assert answer(TO_CEDAR, **ofsted) == "permit 2, 9"
    assert retained(TO_CEDAR, **ofsted) == "ever"
    assert "encrypt-delivery" not in obligations(TO_CEDAR, **ofsted)
    assert answer(TO_CEDAR, **ofsted, item="bespoke") == "permit 2, 9, 12"
    assert {"encrypt-delivery", "mark-confidential"} <= set(obligations(TO_CEDAR, **ofsted, item="bespoke"))
    assert retained(TO_CEDAR, **ofsted, item="bespoke") == "2026-06-01"
