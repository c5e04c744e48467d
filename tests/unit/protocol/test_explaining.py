"""A decision says why, from what, and what would have to change."""

from datetime import date

from kdsp_lib.errors import KdspError, NotAuthorised
from kdsp_lib.protocol.decision import decide
from kdsp_lib.protocol.explain import explain, refusal
from kdsp_lib.protocol.mending import ways_to_permit
from kdsp_lib.protocol.request import Request
from kdsp_lib.register import dump_register, register_from_text


def explained(mapping, community):
    request = Request.from_mapping(mapping, community)
    return explain(decide(request, community), request)


def test_a_permit_names_the_rules_that_permit_and_what_they_oblige_to(small_community, well_formed):
    explanation = explained(well_formed, small_community)
    assert [one.rule for one in explanation.spoken] == ["3-pupil-level", "9-for-its-purpose"]
    assert "encrypt-delivery" in explanation.to_text()
    assert explanation.remedies == ()


def test_a_denial_names_each_rule_its_facts_and_the_way_out(small_community, well_formed):
    mapping = well_formed | {"recipient": "establishment:990002", "promotional": True}
    explanation = explained(mapping, small_community)
    assert [one.rule for one in explanation.spoken] == [
        "3-individual-needs-a-ground",
        "6-not-to-promote",
        "levels-not-in-the-audience",
    ]
    assert explanation.spoken[1].facts == ("it is meant to promote",)
    assert "grounds for pupils' own data: none" in explanation.spoken[0].facts
    assert len(explanation.remedies) == 3
    text = explanation.to_text()
    assert "clauses 3, 6 and the table of levels" in text
    assert "For a permit, all of these" in text


def test_following_the_way_out_leads_to_a_permit(small_community, well_formed):
    """The remedy of 6 is to drop the promotion: then it falls silent."""
    assert not explained(well_formed | {"promotional": True}, small_community).answer.startswith("The protocol permits")
    assert explained(well_formed, small_community).answer.startswith("The protocol permits")


def told(mapping, community):
    request = Request.from_mapping(mapping, community)
    decision = decide(request, community)
    return explain(decision, request, ways_to_permit(decision, request, community)).to_text()


def test_the_ways_to_a_permit_are_told_instead_of_every_remedy(small_community, well_formed):
    text = told(well_formed | {"recipient": "establishment:990002", "promotional": True}, small_community)
    assert "For a permit, this is enough:" in text
    assert "agree to share this with the recipient; and it is not meant to promote one establishment over" in text
    assert "all of these" not in text


def test_where_no_change_would_do_no_way_is_told(small_community, well_formed):
    """An order of law stands above the protocol."""
    request = Request.from_mapping(well_formed | {"report": "forbidden-report"}, small_community)
    decision = decide(request, small_community)
    assert decision.clauses == ("8",)
    assert ways_to_permit(decision, request, small_community) == ()


def test_a_permit_needs_no_way(small_community, well_formed):
    request = Request.from_mapping(well_formed, small_community)
    assert ways_to_permit(decide(request, small_community), request, small_community) == ()


def test_which_order_it_was_the_registrar_alone_reads(small_community, well_formed):
    explanation = explained(well_formed | {"report": "forbidden-report"}, small_community)
    assert [one.rule for one in explanation.spoken] == ["8-law-prohibits"]
    assert explanation.spoken[0].notes == ("prohibit: Order 7",)
    assert "Order 7" in explanation.to_text(to_registrar=True)
    assert "Order 7" not in explanation.to_text()
    assert "a live order prohibits it" in explanation.spoken[0].facts


def test_of_a_group_each_rule_tells_the_registrar_whom_it_concerns(small_community, well_formed):
    mapping = well_formed | {"recipient": "authority", "detail": "pseudonymous"}
    spoken = explained(mapping, small_community).spoken
    assert [(one.rule, one.parties) for one in spoken] == [("levels-not-in-the-audience", ("establishment:990002",))]


def test_whose_act_stands_in_the_way_the_requester_does_not_read(small_community, well_formed):
    mapping = well_formed | {"recipient": "authority", "detail": "pseudonymous", "promotional": True}
    explanation = explained(mapping, small_community)
    assert "establishment:990002" in explanation.to_text(to_registrar=True)
    assert "establishment:990002" not in explanation.to_text()


def test_a_group_without_signatory_is_explained(small_community, well_formed):
    spoken = explained(well_formed | {"recipient": "cluster:north"}, small_community).spoken
    assert [one.rule for one in spoken] == ["levels-group-without-signatory"]
    assert "the group has no signatory" in spoken[0].facts


def test_a_refusal_carries_clauses_and_the_way_out(small_community, well_formed):
    request = Request.from_mapping(well_formed | {"promotional": True}, small_community)
    error = refusal(decide(request, small_community), request)
    assert isinstance(error, NotAuthorised)
    assert error.clauses == ("6",)
    assert error.rule == "6-not-to-promote"
    assert error.remedy == "use the data for improvement, not for promotion"
    assert "KDSP-401" in error.shown()
    assert KdspError.from_json(error.to_json()).shown() == error.shown()


def test_members_that_receive_nothing_are_named_with_the_clause(small_register, well_formed):
    """990001 has signed and may have it; the other member of the collaborative has not."""
    text = dump_register(small_register).replace("- establishment: '990002'\n  from: '2025-09-01'\n", "", 1)
    both = text.replace(
        "memberships:\n", "memberships:\n- {establishment: '990002', group: 'collaborative:east', from: 2025-09-01}\n"
    )
    area = {"level": "collaborative", "detail": "aggregate", "group": "collaborative:east"}
    area |= {
        "recipient": "collaborative:east",
        "purpose": "commissioning-of-services",
        "requester": "establishment:990001",
    }
    explanation = explained(well_formed | area, register_from_text(both).on(date(2026, 3, 2)))
    assert explanation.left_out == ("establishment:990002 (clause 2)",)
    told = explanation.to_text(to_registrar=True)
    assert "These members receive nothing\n    establishment:990002 (clause 2)" in told
    assert "Members of the group that receive nothing: 1" in explanation.to_text()
    assert "990002" not in explanation.to_text()
