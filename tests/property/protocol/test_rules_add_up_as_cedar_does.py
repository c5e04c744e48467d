"""Rules are heard one by one, remembered by the facts they read. Cedar, asked about a whole stage, says the same."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from random import Random

import cedarpy
import pytest
import yaml
from random_register import random_register
from random_requests import random_request

from kdsp_lib.protocol.decision import decide
from kdsp_lib.protocol.engine import engine_for
from kdsp_lib.protocol.policy import GROUNDS
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.register import register_from_text

FOLDER = Path(str(resources.files("kdsp_lib.protocol").joinpath("policies", "knowsley")))


def whole_stage(stage):
    text = "\n".join(file.read_text("utf-8") for file in sorted((FOLDER / stage).glob("*.cedar")))
    return cedarpy.PolicySet.from_str(text)


def asked_of_cedar(stage, action, policies, attributes):
    who = {"type": "KDSP::Recipient", "id": "who"}
    what = {"type": "KDSP::Report", "id": "what"}
    entities = [
        {"uid": who, "attrs": attributes["principal"], "parents": []},
        {"uid": what, "attrs": attributes["resource"], "parents": []},
    ]
    request = {"principal": who, "action": {"type": "KDSP::Action", "id": action}, "resource": what}
    result = cedarpy.is_authorized(request | {"context": attributes["context"]}, policies, entities)
    assert result.diagnostics.errors == []
    return result.allowed, set(result.diagnostics.id_annotations_by_reason.values())


@pytest.fixture(scope="module")
def settled():
    """Recipients of random requests with their facts and the answers that were given."""
    found = {}
    for seed in range(6):
        random = Random(seed)
        document = random_register(random)
        register = register_from_text(yaml.safe_dump(document, sort_keys=False))
        for _ in range(100):
            mapping = random_request(random, document)
            community = register.on(read_day(mapping["on"]))
            for one in decide(Request.from_mapping(mapping, community), community).settled:
                if one.facts is not None and one.addressed is None:
                    found[one.facts] = one.answer
    return list(found.items())


def test_a_stage_says_what_its_rules_say(settled):
    rules, grounds, obligations = whole_stage("rules"), whole_stage("grounds"), whole_stage("obligations")
    marked = engine_for("knowsley").protocol.stages
    for facts, answer in settled:
        attributes = facts.to_json()
        _, ids = asked_of_cedar("grounds", "find-grounds", grounds, attributes)
        by = [(marked["grounds"].rules[i].marks["ground"], marked["grounds"].rules[i].marks["by"]) for i in ids]
        assert set(by) == set(answer.grounds)
        attributes["context"] |= {what: [b for ground, b in set(by) if ground == what] for what in GROUNDS}
        allowed, ids = asked_of_cedar("rules", "share", rules, attributes)
        assert (allowed, ids) == (answer.permits, {rule.id for rule in answer.rules})
        if allowed:
            attributes["context"]["isByLaw"] = False
            _, ids = asked_of_cedar("obligations", "oblige", obligations, attributes)
            bound = [marked["obligations"].rules[i].marks for i in ids]
            assert {marks["need"] for marks in bound if "need" in marks} == set(answer.needs)
            assert {marks["obligation"] for marks in bound if "obligation" in marks} == set(answer.obligations)
