"""Clause 8: the law supersedes this protocol. A matching order decides alone; a prohibition beats a requirement."""

import pytest

REQUIRE = (
    "legal_orders: [{effect: require, citation: Act, report: made-up, subject: '990001', "
    "recipient: 'officer:none', from: 2025-09-01, to: 2026-06-01}]"
)
PROHIBIT = "legal_orders: [{effect: prohibit, citation: Order, recipient: %s, from: 2025-09-01}]"


def test_a_requirement_permits_what_the_protocol_would_not(answer):
    assert answer(recipient="officer:none") == "deny 3, levels"
    assert answer(REQUIRE, recipient="officer:none") == "permit 8"


def test_every_field_that_it_gives_must_match(answer):
    assert answer(REQUIRE, recipient="partner:health") == "deny 3, levels"
    assert answer(REQUIRE, recipient="officer:none", report="another") == "deny 3, levels"
    assert answer(REQUIRE, recipient="officer:none", subjects=["990002"]) == "deny 3, levels"
    assert answer(REQUIRE, recipient="officer:none", on="2026-06-01") == "deny 3, levels"


def test_a_category_in_common_is_enough(answer):
    order = REQUIRE.replace("subject: '990001'", "categories: [attendance, ksip]")
    assert answer(order, recipient="officer:none", categories=["attendance", "sen"]) == "permit 8"
    assert answer(order, recipient="officer:none", categories=["sen"]) == "deny 3, levels"


def test_a_prohibition_denies_what_the_protocol_would_permit(answer):
    assert answer(PROHIBIT % "'establishment:990001'") == "deny 8"


def test_a_prohibition_beats_a_requirement(answer):
    both = REQUIRE[:-1] + ", {effect: prohibit, citation: Order, subject: '990001', from: 2025-09-01}]"
    assert answer(both, recipient="officer:none") == "deny 8"


def test_a_prohibition_reaches_a_group_through_its_member(ask):
    cluster = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north", "recipient": "cluster:north"}
    decision = ask(PROHIBIT % "'establishment:990002'", **cluster)
    assert decision.clauses == ("8",)
    assert dict(decision.refused) == {"cluster:north": ("8",)}


def test_and_an_appointee_through_the_establishment_that_it_acts_for(answer):
    assert answer(PROHIBIT % "'establishment:990001'", recipient="appointee:ash") == "deny 8"


def test_a_requirement_does_not_reach_a_group_or_an_appointee_so(answer):
    order = REQUIRE.replace("officer:none", "establishment:990001")
    assert answer(order, recipient="appointee:nobody") == "deny 2"
    assert answer(order, recipient="cluster:north", purpose="attendance-review").startswith("deny 3, 9")


def test_an_order_that_names_a_group_does_not_cover_its_members(answer):
    assert answer(PROHIBIT % "'cluster:north'") == "permit 3, 9"


def test_receiving_means_whoever_the_pupils_are_transferring_to(answer):
    order = REQUIRE.replace("'officer:none'", "receiving")
    assert answer(order, recipient="establishment:990006", receiving=["990006"]) == "permit 8"
    assert answer(order, recipient="establishment:990006", receiving=["990002"]) == "deny 2, 3, levels"


@pytest.mark.parametrize("detail", ["individual", "pseudonymous", "establishment", "aggregate"])
def test_an_order_to_the_receiving_holds_at_every_detail(answer, detail):
    """The law goes before the protocol, whose own rules look at who receives at detail individual alone (3)."""
    order = REQUIRE.replace("'officer:none'", "receiving")
    moving = {"detail": detail, "recipient": "establishment:990006", "receiving": ["990006"]}
    assert answer(order, **moving) == "permit 8"
    assert answer(PROHIBIT % "receiving", **moving) == "deny 8"
    assert answer(**moving).startswith("deny 2")


def test_a_prohibition_to_the_receiving_reaches_a_group_that_one_belongs_to(answer):
    order = PROHIBIT % "receiving"
    assert answer(order, recipient="cluster:north", receiving=["990002"]) == "deny 8"
    assert answer(order, recipient="appointee:ash", receiving=["990001"]) == "deny 8"


def test_no_order_opens_more_than_aggregates_to_the_public(answer):
    order = REQUIRE.replace("officer:none", "public")
    assert answer(order, recipient="public") == "deny 2, 3, levels"
    assert answer(order, recipient="public", detail="aggregate") == "permit 8"


def test_the_obligations_of_a_permit_still_hold(obligations):
    assert obligations(REQUIRE, recipient="officer:none") == (
        "encrypt-delivery",
        "mark-confidential",
        "minimise-columns",
        "retain-until: 2026-06-01",
        "suppress-small-counts",
        "terms-of-use",
    )


def test_the_longest_lived_order_is_the_one_that_counts(retained):
    two = (
        REQUIRE[:-1] + ", {effect: require, citation: Act 2, report: made-up, categories: [attendance], "
        "recipient: 'officer:none', from: 2025-09-01}]"
    )
    assert retained(two, recipient="officer:none") == "ever"


def test_an_appointee_that_acts_for_nobody_is_asked_about_the_law_first(answer):
    order = REQUIRE.replace("officer:none", "appointee:nobody")
    assert answer(order, recipient="appointee:nobody") == "permit 8"
    assert answer(recipient="appointee:nobody") == "deny 2"
