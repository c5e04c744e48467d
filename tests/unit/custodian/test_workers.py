"""Work that can be ended: when it takes too much, when nobody waits for it, when the custodian stops."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "at_work.py"
SECONDS, MEMORY = (f"what one answer may take: {name} under [limits] in kdsp.toml" for name in
                   ("answer_seconds", "answer_memory_mib"))  # fmt: skip


def came_of(what):
    done = subprocess.run([sys.executable, PROGRAM, what], capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout), done.stderr


def test_what_it_gives_comes_back():
    assert came_of("given_back")[0] == ["done", [1, 2, 3]]


def test_a_refusal_comes_back_as_it_is():
    found, _ = came_of("raised")
    assert (found["error"], found["remedy"]) == ("BadParameters", "so")
    assert found["faults"] == [{"place": "table a", "field": "", "text": "is no table"}]


def test_a_fault_is_in_the_log_without_what_it_stumbled_over():
    found, log = came_of("failed")
    assert found[0] == "Broken"
    assert "ValueError" in log
    assert "Atherton" not in log


@pytest.mark.parametrize(("what", "rule"), [("too_long", SECONDS), ("too_much", MEMORY)])
def test_it_is_ended_where_its_budget_does_not_do(what, rule):
    assert came_of(what)[0] == [["Disclosive", rule], 0]


def test_memory_that_it_cannot_have_is_refused_before_anybody_looks():
    assert came_of("far_too_much")[0] == ["Disclosive", MEMORY]


def test_it_is_ended_when_whoever_asked_has_left():
    assert came_of("left")[0] == [["CustodianLost", ""], 0]


def test_all_of_it_is_ended_at_once_and_none_is_begun_after():
    lost = ["CustodianLost", ""]
    assert came_of("all_ended")[0] == [1, lost, lost, 0]


def test_nothing_outlives_the_custodian():
    assert came_of("closed")[0] == [["CustodianLost", ""], False]


def test_one_persons_turn_keeps_no_other_waiting():
    assert came_of("one_at_a_time")[0] == ["CustodianLost", "after"]
