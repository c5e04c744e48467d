"""Cedar skips a rule that fails and may then allow. Here an answer with an error in it is a refusal."""

import shutil
from importlib import resources
from pathlib import Path

import cedarpy
import pytest

from kdsp_lib.protocol import decision as decision_module
from kdsp_lib.protocol.decision import decide
from kdsp_lib.protocol.engine import Engine
from kdsp_lib.protocol.explain import explain, refusal
from kdsp_lib.protocol.policy import read_protocol
from kdsp_lib.protocol.request import Request

FOLDER = Path(str(resources.files("kdsp_lib.protocol").joinpath("policies", "knowsley")))
OVERFLOWS = """
// It fails whenever it is asked: the sum is more than Cedar can hold.
@id("{id}")
@clause("6")
@remedy("none")
@ground("audience")
@by("nobody")
{effect} (principal, action == KDSP::Action::"{action}", resource)
when {{ 9223372036854775807 + 1 > 0 }};
"""


@pytest.fixture
def engine_with_a_failing_rule(tmp_path, monkeypatch):
    def installed(stage, action, effect):
        copied = Path(shutil.copytree(FOLDER, tmp_path / "failing"))
        marks = OVERFLOWS.format(id="6-fails", effect=effect, action=action)
        if stage == "obligations":
            marks = marks.replace('@ground("audience")', '@obligation("nothing")')
        (copied / stage / "clause-99.cedar").write_text(marks, "utf-8")
        engine = Engine(read_protocol(copied, "failing"))
        monkeypatch.setattr(decision_module, "engine_for", lambda _: engine)
        return engine

    return installed


def test_cedar_alone_would_allow():
    policies = "permit (principal, action, resource); forbid (principal, action, resource) when { context.missing };"
    request = {"principal": 'P::"p"', "action": 'A::"a"', "resource": 'R::"r"', "context": {}}
    assert cedarpy.is_authorized(request, policies, []).allowed


@pytest.mark.parametrize(
    ("stage", "action", "effect"),
    [
        ("law", "obey", "forbid"),
        ("law", "obey", "permit"),
        ("grounds", "find-grounds", "permit"),
        ("rules", "share", "forbid"),
        ("rules", "share", "permit"),
        ("obligations", "oblige", "permit"),
    ],
)
def test_a_rule_that_fails_refuses(engine_with_a_failing_rule, small_community, well_formed, stage, action, effect):
    request = Request.from_mapping(well_formed, small_community)
    assert decide(request, small_community).is_permit
    engine_with_a_failing_rule(stage, action, effect)
    decision = decide(request, small_community)
    assert not decision.is_permit
    assert decision.permitted == ()
    assert [reason.rule for reason in decision.reasons] == ["engine"]
    assert "overflow" in decision.reasons[0].text
    assert explain(decision, request).remedies == ("report this fault",)
    assert refusal(decision, request).exit_code == 12


def test_what_truly_forbids_is_still_named(engine_with_a_failing_rule, small_community, well_formed):
    engine_with_a_failing_rule("rules", "share", "forbid")
    request = Request.from_mapping(well_formed | {"promotional": True}, small_community)
    decision = decide(request, small_community)
    assert decision.clauses == ("6",)
    assert [reason.rule for reason in decision.reasons] == ["6-not-to-promote", "engine"]


def test_facts_that_do_not_fit_the_schema_refuse(small_community, well_formed):
    request = Request.from_mapping(well_formed, small_community)
    decision = decide(request, small_community)
    engine = Engine(decision_module.engine_for("knowsley").protocol)
    facts = decision.settled[0].facts
    wrong = facts._replace(recipient=facts.recipient._replace(has_signed="yes"))
    answer = engine.decide(wrong)
    assert not answer.permits
    assert answer.errors


def test_equal_facts_reuse_an_answer(small_community, well_formed):
    engine = decision_module.engine_for("knowsley")
    request = Request.from_mapping(well_formed, small_community)
    decide(request, small_community)
    asked = engine.decide.cache_info().misses
    decide(
        Request.from_mapping(
            well_formed | {"subjects": ["990002"], "recipient": "establishment:990002"}, small_community
        ),
        small_community,
    )
    assert engine.decide.cache_info().misses == asked


@pytest.mark.parametrize("word", ["level", "detail"])
def test_a_word_that_the_policies_do_not_know_is_never_a_permit(small_community, well_formed, word):
    """The request's reader refuses it first; were one to pass, the policies would not permit it either."""
    engine = decision_module.engine_for("knowsley")
    aggregate = well_formed | {"level": "authority", "detail": "aggregate", "purpose": "raising-attainment"}
    for mapping in (well_formed, aggregate):
        facts = decide(Request.from_mapping(mapping, small_community), small_community).settled[0].facts
        for requester in (facts.asking.requester, facts.asking.requester._replace(has_duty=True)):
            asking = facts.asking._replace(requester=requester)
            stray = facts._replace(asking=asking, report=facts.report._replace(**{word: "stray"}))
            assert not engine.decide(stray).permits


def test_no_detail_passes_at_cluster_level_that_it_does_not_list(small_community, well_formed):
    engine = decision_module.engine_for("knowsley")
    facts = decide(Request.from_mapping(well_formed, small_community), small_community).settled[0].facts
    report = facts.report._replace(level="cluster", detail="stray")
    answer = engine.decide(facts._replace(report=report, recipient=facts.recipient._replace(is_member=True)))
    assert [rule.id for rule in answer.rules] == ["levels-cluster-detail"]
