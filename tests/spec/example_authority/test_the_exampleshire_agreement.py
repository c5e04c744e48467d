"""The made-up Exampleshire agreement, clause by clause (policies/example_authority/README.md)."""

import pytest
from example_community import LOCALITY, SUMMARY, answer, ask, ways_out

from kdsp_lib.protocol.policy import protocol_named

ORDER = """
legal_orders:
- {effect: EFFECT, citation: Order 1, recipient: 'establishment:990003', report: made-up, subject: '990001',
   from: 2026-01-01}
"""
CONSENT = """
consents:
- {establishment: '990001', item: bespoke, recipient: 'establishment:990003', from: 2026-01-01, to: 2026-07-01}
"""
NAMED = {"detail": "named-setting", "recipient": "establishment:990003"}
OWN_OF_FIR = {"subjects": ["990006"], "recipient": "establishment:990006", "requester": "establishment:990006"}


@pytest.mark.parametrize(("effect", "answered"), [("require", "permit 2"), ("prohibit", "deny 2")])
def test_clause_2_the_law_goes_first(effect, answered):
    assert answer(ORDER.replace("EFFECT", effect), recipient="establishment:990003") == answered


@pytest.mark.parametrize("detail", ["named-child", "coded-child", "named-setting", "summary"])
def test_clause_2_an_order_to_whom_the_pupils_go_holds_at_every_detail(detail):
    order = ORDER.replace("'establishment:990003'", "receiving").replace("EFFECT", "require")
    assert answer(order, detail=detail, recipient="establishment:990003", receiving=["990003"]) == "permit 2"


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ({"recipient": "establishment:990006"}, "deny 3, 5, levels"),
        (OWN_OF_FIR, "permit 5, 9"),
        ({"recipient": "external:study", **SUMMARY}, "deny 3, levels"),
        ({"recipient": "public", **SUMMARY}, "deny 3, levels"),
        ({"recipient": "officer:none", **SUMMARY}, "permit 7, 9"),
        ({"subjects": ["990001", "990006"], "recipient": "officer:none", **SUMMARY}, "permit 7, 9"),
        ({"recipient": "appointee:ash"}, "permit 5, 9"),
    ],
)
def test_clause_3_members_and_nobody_else(fields, answered):
    assert answer(**fields) == answered


def test_clause_4_a_setting_that_has_left_is_given_its_own_information_alone():
    own = {"subjects": ["990005"], "recipient": "establishment:990005", "requester": "establishment:990005"}
    assert answer(**own) == "permit 5, 9"
    assert "own-data-only" in ask("example_authority", **own).obligations
    assert answer(recipient="establishment:990005", **SUMMARY) == "deny 4, levels"
    assert answer(subjects=["990005"], recipient="officer:duty") == "deny 4"


def test_clause_5_heads_cannot_agree_that_others_are_given_named_children():
    """An agreement of heads stands in the register; here it has no effect."""
    assert answer(recipient="establishment:990003") == "deny 5, levels"
    assert answer(recipient="officer:duty") == "permit 5, 9"
    assert answer(recipient="establishment:990003", receiving=["990003"], purpose="moving-on") == "permit 5, 9"


def test_clause_6_lists_under_codes_stay_within_the_locality():
    assert answer(recipient="establishment:990002", **LOCALITY) == "permit 6, 9"
    assert answer(recipient="establishment:990003", **LOCALITY) == "deny levels"
    assert answer(recipient="establishment:990002", **{**LOCALITY, "detail": "named-child"}) == "deny 5, levels"


def test_clause_7_summaries_are_given_to_all_members():
    assert answer(recipient="authority", **SUMMARY) == "permit 7, 9"
    assert answer(recipient="establishment:990003", **{**LOCALITY, "detail": "summary"}) == "permit 7, 9"


def test_clause_8_what_names_a_setting_needs_its_heads_consent():
    """And a ground to be in the audience besides: a stakeholder, as the register has one, is nobody here."""
    assert answer(**NAMED) == "deny 8, levels"
    assert answer(CONSENT, **NAMED) == "deny levels"
    officers = CONSENT.replace("establishment:990003", "officer:duty")
    decision = ask("example_authority", officers, detail="named-setting", recipient="officer:duty")
    assert decision.clauses == ("8", "9")
    assert decision.retain_until.isoformat() == "2026-07-01"


def test_clause_9_each_level_has_its_own_purposes():
    """A summary too: at Knowsley, it may serve those of any level."""
    assert answer(recipient="officer:none", **{**SUMMARY, "purpose": "early-help"}) == "deny 9"


@pytest.mark.parametrize("data", [{"current": False, "signed_off": True}, {"current": True, "signed_off": False}])
def test_clause_10_data_is_current_and_signed_off_but_for_its_own_setting(data):
    assert answer(data=data) == "permit 5, 9"
    assert answer(data=data, recipient="officer:duty") == "deny 10"


def test_clause_11_nothing_is_shared_to_promote():
    assert answer(promotional=True) == "deny 11"
    assert "terms-of-use" in ask("example_authority").obligations


@pytest.mark.parametrize(
    ("requester", "answered"),
    [("officer:none", "deny 12"), ("establishment:990001", "permit 5, 9"), ("appointee:ash", "permit 5, 9")],
)
def test_clause_12_whoever_asks_needs_it_for_their_work(requester, answered):
    assert answer(requester=requester) == answered


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ({}, "permit 5, 9, 13"),
        ({"recipient": "officer:duty"}, "permit 5, 9, 13"),
        ({"recipient": "officer:none"}, "deny 5, 13, levels"),
        ({"recipient": "establishment:990003", "receiving": ["990003"], "purpose": "moving-on"}, "permit 5, 9, 13"),
        ({"recipient": "establishment:990002", **LOCALITY}, "deny 13"),
        ({"recipient": "officer:duty", **SUMMARY}, "deny 13"),
    ],
)
def test_clause_13_safeguarding_is_for_those_who_answer_for_the_child(fields, answered):
    """The one clause more: Knowsley's protocol has none on safeguarding."""
    assert answer(categories=["safeguarding"], **fields) == answered


def test_clause_13_it_is_marked_and_leaves_encrypted():
    found = ask("example_authority", categories=["safeguarding"], detail="coded-child").obligations
    assert {"mark-confidential", "encrypt-delivery"} <= set(found)
    assert "mark-confidential" not in ask("example_authority", detail="coded-child").obligations


@pytest.mark.parametrize("level", ["setting", "locality", "county"])
@pytest.mark.parametrize("detail", ["named-child", "coded-child", "named-setting", "summary"])
def test_the_table_says_how_much_each_level_tells(level, detail):
    """Asked for the officer whose duty all of it is: where the table has no such detail, it is named."""
    table = protocol_named("example_authority").table
    group, purpose = ("cluster:north" if level == "locality" else None), min(table.levels[level].purposes)
    fields = {"level": level, "detail": detail, "group": group, "purpose": purpose, "recipient": "establishment:990001"}
    decision = ask("example_authority", **fields)
    spoke = {reason.rule for reason in decision.reasons}
    assert (f"levels-{level}-detail" in spoke) == (detail not in table.levels[level].details)


def test_a_permit_ends_with_the_duty_that_it_rests_on():
    assert ask("example_authority", recipient="officer:duty").retain_until.isoformat() == "2026-09-01"
    assert ask("example_authority").retain_until is None


def test_a_report_of_the_catalogue_is_asked_for_by_its_name():
    request = {"report": "area-profile", "recipient": "officer:none", "purpose": "place-planning"}
    decision = ask("example_authority", **request, level="county", detail="summary", categories=["attendance"])
    assert decision.is_permit


def test_the_way_to_a_permit_is_told_in_its_own_words():
    fields = {"recipient": "establishment:990002", **LOCALITY, "detail": "named-child"}
    assert ways_out(**fields) == ("coded-child detail is asked for or summary detail is asked for",)
