"""Clause 1: analysis is central to improvement. It says why there is a protocol, and permits and forbids nothing."""

from kdsp_lib.protocol.policy import protocol_named


def test_no_rule_is_of_clause_1():
    """What it says of the responsible sharing of data, the other clauses spell out."""
    stages = protocol_named("knowsley").stages.values()
    assert "1" not in {rule.clause for stage in stages for rule in stage.rules.values()}


def test_improvement_alone_opens_nothing(answer):
    assert answer(purpose="school-improvement-plan", recipient="establishment:990003") == "deny 3, levels"
