"""One request a line, one answer a line."""

import json

import pytest

from kdsp_lib.protocol.jsonl import answer_lines, decide_lines


def test_answers_stand_in_the_order_of_the_requests(small_register, well_formed):
    lines = [json.dumps(well_formed), json.dumps(well_formed | {"promotional": True}), json.dumps(well_formed)]
    answers = [json.loads(line) for line in decide_lines(lines, small_register)]
    assert [answer["decision"] for answer in answers] == ["permit", "deny", "permit"]
    assert list(answers[1]) == ["decision", "clauses", "obligations", "reasons", "recipients"]
    assert answers[1]["recipients"] == {"permitted": [], "refused": {"establishment:990001": ["6"]}}
    assert answers[1]["reasons"][0]["rule"] == "6-not-to-promote"


def test_a_malformed_line_gives_its_errors_in_its_place(small_register, well_formed):
    lines = [json.dumps(well_formed | {"level": "county", "on": "soon"}), json.dumps(well_formed)]
    first, second = (json.loads(line) for line in decide_lines(lines, small_register))
    assert first["line"] == 1
    assert {error["field"] for error in first["errors"]} == {"level", "on"}
    assert all(error["expected"] for error in first["errors"])
    assert second["decision"] == "permit"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "not json",
        "{",
        "[]",
        "null",
        "7",
        '"text"',
        '{"on": "2026-03-02", "on": "2026-03-03"}',
        "{} {}",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"report": "\\ud800"}',
        '{"on": NaN}',
        "\x00",
        '{"on": ' + "9" * 10_000 + "}",
    ],
)
def test_whatever_else_a_line_may_be(small_register, line):
    (answer,) = answer_lines([line], small_register)
    assert answer.is_malformed
    assert json.loads(answer.text)["line"] == 1


def test_whoever_asks_learns_that_some_line_was_malformed(small_register, well_formed):
    lines = [json.dumps(well_formed), "{}"]
    assert [line.is_malformed for line in answer_lines(lines, small_register)] == [False, True]
