"""A permit of two days, put together: it binds to what either binds to, and is for those whom both permit."""

from datetime import date

import small_community
import yaml

from kdsp_lib.protocol.decision import decide, holding_on_both
from kdsp_lib.protocol.fitness import is_denied_to_requester
from kdsp_lib.protocol.request import Request
from kdsp_lib.register import register_from_text


def asked(on, also="", **fields):
    """A request with the community of its day, in the small community of the manual."""
    document = yaml.safe_load(small_community.COMMUNITY)
    for section, entries in (yaml.safe_load(also) or {}).items():
        document[section] = [*document.get(section, []), *entries]
    community = register_from_text(yaml.safe_dump(document)).on(date.fromisoformat(on))
    return Request.from_mapping({**small_community.REQUEST, "on": on, **fields}, community), community


CLUSTER = {"level": "cluster", "detail": "pseudonymous", "group": "cluster:north", "recipient": "cluster:north"}
THEN, NOW = "2026-03-02", "2026-05-04"


def both(also, **fields):
    then, now = (decide(*asked(on, also, **fields)) for on in (THEN, NOW))
    assert then.is_permit, then.clauses
    assert now.is_permit, now.clauses
    return then, now, holding_on_both(then, now)


def test_equal_permits_are_as_the_one():
    then, _, found = both("", **CLUSTER)
    assert found.to_json() == then.to_json()


def test_whoever_left_the_group_or_joined_it_is_not_among_the_permitted():
    moved = """
memberships:
- {establishment: '990004', group: 'cluster:north', from: 2026-04-01}
- {establishment: '990003', group: 'cluster:north', from: 2026-01-01, to: 2026-04-01}
"""
    then, now, found = both(moved, **CLUSTER)
    assert "establishment:990004" in now.permitted
    assert set(found.permitted) == set(then.permitted) & set(now.permitted)
    assert found.refused["establishment:990003"] == ("levels",)
    assert "establishment:990004" not in found.permitted


def test_nobody_of_both_days_is_nobody():
    then, _, _ = both("", **CLUSTER)
    nobody = holding_on_both(then, decide(*asked(NOW, recipient="officer:duty")))
    assert (nobody.decision, nobody.clauses, nobody.permitted) == ("deny", ("levels",), ())
    assert set(nobody.refused) == set(then.permitted)


def test_the_earlier_end_is_the_end_of_both():
    two = """
consents:
- {establishment: '990001', item: bespoke, recipient: 'officer:duty', from: 2025-09-01, to: 2026-06-01}
- {establishment: '990001', item: bespoke, recipient: 'officer:duty', from: 2026-04-01, to: 2026-08-01}
"""
    then, now, found = both(two, detail="establishment", recipient="officer:duty")
    assert (then.retain_until, now.retain_until) == (date(2026, 6, 1), date(2026, 8, 1))
    assert found.retain_until == date(2026, 6, 1)
    assert [each for each in found.obligations if each.startswith("retain")] == ["retain-until: 2026-06-01"]
    assert holding_on_both(now, then).obligations == found.obligations


def test_what_one_day_alone_obliges_to_it_obliges_to():
    left = "withdrawals: [{establishment: '990001', from: 2026-04-01}]"
    then, now, found = both(left)
    assert set(found.obligations) == {*then.obligations, *now.obligations}
    assert "own-data-only" in set(found.obligations) - set(then.obligations)


def test_a_denial_to_the_recipient_alone_is_none_to_who_asks():
    """Who may ask may look at what was; who may not, or whom the law keeps from it, may not."""
    request, community = asked(THEN, recipient="officer:none", requester="officer:duty")
    assert not is_denied_to_requester(decide(request, community), request, community)
    request, community = asked(THEN, recipient="officer:duty", requester="officer:none")
    assert is_denied_to_requester(decide(request, community), request, community)
    order = "legal_orders: [{effect: prohibit, citation: order, from: 2025-09-01}]"
    request, community = asked(THEN, order, recipient="officer:none", requester="officer:duty")
    assert is_denied_to_requester(decide(request, community), request, community)
