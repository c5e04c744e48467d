"""The policies and a second reading of the page, in plain Python, give the same answer to whatever is asked."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from random import Random

import hypothesis.strategies as st
import pytest
import yaml
from hunting import examples
from hypothesis import given
from random_register import random_register
from random_requests import random_request
from second_reading import second_reading

from kdsp_lib.protocol.engine import engine_for
from kdsp_lib.protocol.jsonl import decide_lines
from kdsp_lib.register import register_from_text

SHARED = Path(os.environ.get("KDSP_SHARED", Path(__file__).resolve().parents[3] / "../shared"))
FOLDER = SHARED / "vectors" / "policy"
SEEDS = range(30)
NEVER_ASKED = {"levels-known", "levels-cluster-detail"}
"""Rules that only a word unknown to the protocol could wake; the request's reader refuses it first. They have unit
tests of their own."""
OF_MEMBERS = {"2-member-has-not-signed", "11-member-has-withdrawn"}
"""Rules on members of a group that do not hold up the others, and so settle no decision. They show in ``refused``."""


def first_reading(register, requests):
    for line in decide_lines(map(json.dumps, requests), register):
        answer = json.loads(line)
        yield (
            {
                "decision": answer["decision"],
                "clauses": answer["clauses"],
                "obligations": answer["obligations"],
                **answer["recipients"],
            },
            [reason["rule"] for reason in answer["reasons"]],
        )


def made_up(random, number):
    document = random_register(random)
    requests = [random_request(random, document) for _ in range(number)]
    return document, requests


@examples(60)
@given(st.randoms(use_true_random=False))
def test_on_any_register_and_request(random):
    document, requests = made_up(random, 3)
    register = register_from_text(yaml.safe_dump(document, sort_keys=False))
    for request, (answer, _) in zip(requests, first_reading(register, requests), strict=True):
        assert answer == second_reading(document, request)


@pytest.fixture(scope="module")
def asked():
    """Some thousand answers, each read twice, by seeds that stay the same."""
    answers, rules = [], Counter()
    for seed in SEEDS:
        document, requests = made_up(Random(seed), 140)
        register = register_from_text(yaml.safe_dump(document, sort_keys=False))
        for request, (answer, spoke) in zip(requests, first_reading(register, requests), strict=True):
            assert answer == second_reading(document, request), (seed, request)
            answers.append(answer)
            rules.update(spoke)
    return answers, rules


def test_every_clause_settles_permits_and_refusals(asked):
    """Clause 4 only permits (what it leaves out the table refuses), 7 and 11 only forbid, 10 never does."""
    answers, _ = asked
    settled = {word: {c for a in answers if a["decision"] == word for c in a["clauses"]} for word in ("permit", "deny")}
    assert settled["permit"] == {"2", "3", "4", "6", "8", "9", "10", "12"}
    assert settled["deny"] == {"2", "3", "6", "7", "8", "9", "11", "12", "levels"}


def test_every_rule_speaks(asked):
    _, spoke = asked
    stages = engine_for("knowsley").protocol.stages
    rules = {rule for stage in ("law", "recipients", "rules") for rule in stages[stage].rules}
    assert rules - set(spoke) == NEVER_ASKED | OF_MEMBERS


def test_every_obligation_binds_somebody(asked):
    answers, _ = asked
    bound = {obligation.split(":")[0] for answer in answers for obligation in answer["obligations"]}
    rules = engine_for("knowsley").protocol.stages["obligations"].rules.values()
    assert bound == {rule.marks["obligation"] for rule in rules if "obligation" in rule.marks} | {"retain-until"}


@pytest.mark.parametrize("number", range(11))
def test_the_second_reading_agrees_with_the_vectors(number):
    if not FOLDER.is_dir():
        pytest.skip(f"the shared vectors are not at {FOLDER}")
    document = yaml.safe_load((FOLDER / f"register-{number}.yaml").read_text("utf-8"))
    requests = (FOLDER / f"requests-{number}.jsonl").read_text("utf-8").splitlines()
    expected = (FOLDER / f"expected-{number}.jsonl").read_text("utf-8").splitlines()
    for line, wanted in zip(requests, expected, strict=True):
        answer = second_reading(document, json.loads(line))
        answer["refused"] = sorted(answer["refused"])
        del answer["permitted"]
        assert answer == json.loads(wanted), line
