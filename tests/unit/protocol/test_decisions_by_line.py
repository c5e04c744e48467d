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


def errors_of(line, register):
    (answer,) = answer_lines([line], register)
    assert answer.is_malformed
    return {error["field"]: error["expected"] for error in json.loads(answer.text)["errors"]}


def test_keys_that_stand_twice_are_named_beside_every_other_fault(small_register, well_formed):
    line = json.dumps(well_formed | {"level": "county"})
    line = line.replace('"promotional"', '"promotional": true, "promotional"').replace(
        '"signed_off"', '"signed_off": false, "signed_off"'
    )
    found = errors_of(line, small_register)
    assert set(found) == {"promotional", "data.signed_off", "level"}
    assert found["promotional"] == "to stand once"


def test_a_number_of_any_length_is_a_fault_of_its_field(small_register, well_formed):
    for digits in ("9" * 50, "-" + "9" * 100_000):
        line = json.dumps(well_formed).replace('"2026-03-02"', digits)
        assert set(errors_of(line, small_register)) == {"on"}


def test_so_is_what_is_no_number(small_register, well_formed):
    for word in ("NaN", "Infinity", "-Infinity", "1e999"):
        line = json.dumps(well_formed).replace('"2026-03-02"', word)
        assert set(errors_of(line, small_register)) == {"on"}


def test_a_hundred_thousand_keys_are_read_in_no_time(small_register):
    line = json.dumps({f"k{number}": 0 for number in range(50_000)})
    found = errors_of(line[:-1] + ", " + line[1:], small_register)
    assert len(found) > 50_000
