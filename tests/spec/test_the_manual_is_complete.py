"""The cases leave out nothing: each clause settles what it can, each rule speaks, each obligation binds somebody."""

from __future__ import annotations

import manual
import pytest

from kdsp_lib.protocol.engine import engine_for

BOTH, PERMITS, REFUSES, NEITHER = {"permit", "deny"}, {"permit"}, {"deny"}, set()
CAN = {
    "1": NEITHER,  # an aim, no rule
    "2": BOTH,
    "3": BOTH,
    "4": PERMITS,  # what is not aggregated is for the other clauses to refuse
    "5": NEITHER,  # an obligation of every permit
    "6": BOTH,
    "7": REFUSES,  # current data is no reason to share, outdated data is one not to
    "8": BOTH,
    "9": BOTH,
    "10": PERMITS,  # it "does not preclude" agreements: it never forbids
    "11": REFUSES,  # "will not be given access"
    "12": BOTH,
    "levels": REFUSES,  # the table bounds what the clauses permit
}
"""What each clause can do, and why not the other."""
NEVER_ASKED = {"levels-known", "levels-cluster-detail"}
"""Rules that only a word unknown to the protocol could wake: a request that holds one is malformed before. They have
unit tests of their own."""


@pytest.fixture(scope="module")
def asked():
    """Every question of the manual, by folder, with its answer."""
    return [(case.module.__file__.split("/")[-2], one) for case in manual.cases() for one in case.asked()]


def settled(asked, clause):
    return {one.decision.decision for _, one in asked if clause in one.decision.clauses}


@pytest.mark.parametrize("clause", CAN)
def test_each_clause_both_permits_and_refuses_where_it_can(asked, clause):
    own = [
        (folder, one) for folder, one in asked if folder.startswith(f"clause_{clause.zfill(2)}_") or folder == clause
    ]
    assert own, "a clause has a folder of its own"
    assert settled(own, clause) == settled(asked, clause) == CAN[clause]


def test_each_folder_permits_something_and_refuses_something(asked):
    """But the one on obligations: a denial binds to nothing."""
    for folder in manual.folders():
        found = {one.decision.decision for name, one in asked if name == folder.name}
        if folder.name == "obligations":
            assert found == PERMITS
        elif folder.name != "clause_01_improvement":
            assert found == BOTH, folder.name


def test_each_rule_speaks_in_some_case(asked):
    spoke = {reason.rule for _, one in asked for reason in one.decision.reasons}
    stages = engine_for("knowsley").protocol.stages
    refused = {clauses for _, one in asked if one.decision.is_permit for clauses in one.decision.refused.values()}
    assert {("2",), ("11",)} <= refused
    spoke |= {"2-member-has-not-signed", "11-member-has-withdrawn"}  # they keep nobody from a permit: see refused
    assert {rule for name in ("law", "recipients", "rules") for rule in stages[name].rules} - spoke == NEVER_ASKED


def test_each_ground_is_found_and_each_need_is_kept_to_in_some_case(asked):
    answers = [settled.answer for _, one in asked for settled in one.decision.settled]
    stages = engine_for("knowsley").protocol.stages
    grounds = {(rule.marks["ground"], rule.marks["by"]) for rule in stages["grounds"].rules.values()}
    assert grounds == {ground for answer in answers for ground in answer.grounds}
    needs = {rule.marks["need"] for rule in stages["obligations"].rules.values() if "need" in rule.marks}
    assert needs == {need for answer in answers for need in answer.needs}


def test_each_obligation_binds_somebody_and_lets_somebody_go(asked):
    rules = engine_for("knowsley").protocol.stages["obligations"].rules.values()
    every = {rule.marks["obligation"] for rule in rules if "obligation" in rule.marks} | {"retain-until"}
    permits = [{o.split(":")[0] for o in one.decision.obligations} for _, one in asked if one.decision.is_permit]
    assert set().union(*permits) == every
    assert set.intersection(*permits) == {"terms-of-use"}
