"""Drop a rule, flip a condition, leave out a word: the protocol's manual (tests/spec) fails, for each of them.

The manual's tests are called as they stand, with one rule of the engine exchanged. A change that the manual does not
notice must be one that cannot be noticed: the answers to thousands of made-up requests stay the same, since the facts
or another rule already say what was taken away.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib import import_module, resources
from pathlib import Path
from random import Random

import cedarpy
import pytest
import yaml
from equivalent_changes import EQUIVALENT
from mutants import mutants_of

from kdsp_lib.protocol import decision as decision_module
from kdsp_lib.protocol.engine import Engine
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.register import register_from_text

FOLDER = Path(str(resources.files("kdsp_lib.protocol").joinpath("policies", "knowsley")))
MANUAL = Path(__file__).resolve().parents[2] / "spec"
RANDOM = MANUAL.parent / "property" / "protocol"
STAGES = ("law", "recipients", "grounds", "rules", "obligations")


@pytest.fixture(scope="module")
def manual():
    """Every test of the manual, each with its parameters, as a call."""
    sys.path.insert(0, str(MANUAL))
    yield list(import_module("manual").cases())
    sys.path.remove(str(MANUAL))


def _policies(stage):
    text = "\n".join(file.read_text("utf-8") for file in sorted((FOLDER / stage).glob("*.cedar")))
    policies = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    return {policy["annotations"]["id"]: policy for policy in policies}


class Exchanged(Engine):
    """The engine with one rule exchanged or dropped; what the other rules have said stays remembered."""

    def __init__(self, whole: Engine, stage: str, rule_id: str, policy: cedarpy.PolicySet | None) -> None:
        protocol = whole.protocol
        rules = dict(protocol.stages[stage].rules)
        rule = rules.pop(rule_id)
        if policy is not None:
            rules[rule_id] = replace(rule, policy=policy)
        stages = {**protocol.stages, stage: replace(protocol.stages[stage], rules=rules)}
        super().__init__(replace(protocol, stages=stages))
        self._heard = {
            name: tuple(tuple(self._remembering(choir, whole) for choir in choirs) for choirs in listened)
            for name, listened in self._heard.items()
        }

    @staticmethod
    def _remembering(choir, whole):
        choirs = (choir for stage in whole._heard.values() for choirs in stage for choir in choirs)
        heard = {one.rule.id: one for choir in choirs for one in choir.rules}
        rules = (heard[one.rule.id] if one.rule is heard[one.rule.id].rule else one for one in choir.rules)
        return replace(choir, rules=tuple(rules), said={})


def _notices(manual, clause):
    """Whether a test fails. Those of the rule's own clause are tried first: they should."""
    number = clause.rjust(2, "0")
    for case in sorted(manual, key=lambda case: number not in case.module.__name__):
        try:
            case()
        except (AssertionError, pytest.fail.Exception):
            return True
    return False


@pytest.fixture(scope="module")
def made_up_requests():
    """Requests of every kind, each with the community of its day."""
    sys.path.insert(0, str(RANDOM))
    registers, requests = import_module("random_register"), import_module("random_requests")
    asked = []
    for seed in range(40):
        random = Random(seed)
        document = registers.random_register(random)
        register = register_from_text(yaml.safe_dump(document, sort_keys=False))
        days = {day: register.on(read_day(day)) for day in registers.DAYS}
        for _ in range(75):
            mapping = requests.random_request(random, document)
            community = days[mapping["on"]]
            asked.append((Request.from_mapping(mapping, community), community))
    sys.path.remove(str(RANDOM))
    return asked


def _answers(asked):
    for request, community in asked:
        decision = decision_module.decide(request, community)
        yield decision.decision, decision.clauses, decision.obligations, dict(decision.refused)


@pytest.mark.parametrize("stage", STAGES)
def test_every_change_is_noticed(manual, made_up_requests, monkeypatch, stage):
    whole = Engine(protocol_named("knowsley"))
    monkeypatch.setattr(decision_module, "engine_for", lambda _: whole)
    assert not _notices(manual, "")
    answers = list(_answers(made_up_requests))
    unnoticed, equivalent = [], {}
    for rule_id, policy in _policies(stage).items():
        for told, changed in mutants_of(policy):
            engine = Exchanged(whole, stage, rule_id, changed)
            monkeypatch.setattr(decision_module, "engine_for", lambda _, engine=engine: engine)
            if _notices(manual, policy["annotations"]["clause"]):
                continue
            equivalent.setdefault(rule_id, set()).add(told)
            if any(before != after for before, after in zip(answers, _answers(made_up_requests), strict=True)):
                unnoticed.append(f"{rule_id}: {told}")
    assert not unnoticed, "\n".join(unnoticed)
    assert equivalent == {
        rule: told for rule, (_, told) in EQUIVALENT.items() if rule in whole.protocol.stages[stage].rules
    }
