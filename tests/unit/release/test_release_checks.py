"""A release is checked as a whole before a byte of it is written."""

from __future__ import annotations

import pytest
from made_up_release import ABSENCE, BAR, COUNTS, DECISION, ROLL, release

from kdsp_lib.errors import BadParameters, Broken, NotAuthorised


def test_only_what_was_permitted_is_released():
    for decision in ("deny", "Permit", None):
        with pytest.raises(NotAuthorised) as caught:
            release(decision=DECISION | {"decision": decision, "clauses": ["12"]})
        assert caught.value.clauses == ("12",)


def faults_of(**changes):
    with pytest.raises(BadParameters) as caught:
        release(**changes)
    return [(fault.place, fault.field) for fault in caught.value.faults]


def obliged(*more):
    return DECISION | {"obligations": [*DECISION["obligations"], *more]}


def test_an_obligation_that_nobody_carries_out_is_no_permit():
    assert faults_of(decision=obliged("burn-after-reading")) == [("decision", "burn-after-reading")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"marking": " "}, "marking"),
        ({"audience": ""}, "audience"),
        ({"terms": ""}, "terms"),
        ({"terms_version": ""}, "terms_version"),
        ({"records": {"lawful_basis": "x", "gateway": "y"}}, "dpia"),
        ({"decision": obliged("coverage-note")}, "coverage_note"),
        ({"decision": obliged("retain-until: 2026-07-31")}, "retain_until"),
        ({"decision": obliged("retain-until: 2026-07-31"), "retain_until": None}, "retain_until"),
        ({"retain_until": "soon"}, "retain_until"),
        ({"tables": (ABSENCE, ROLL | {"draft": True})}, "roll"),
        ({"tables": (ABSENCE, ROLL, ROLL)}, "roll"),
        ({"tables": (ROLL,), "charts": (BAR.spec,)}, "absence-bar"),
        ({"charts": (BAR.spec, BAR.spec)}, "absence-bar"),
        ({"counts": (COUNTS, COUNTS)}, "roll"),
    ],
)
def test_what_an_obligation_or_a_reader_needs_is_there(changes, field):
    assert [found for _, found in faults_of(**changes)] == [field]


def test_all_faults_come_at_once():
    assert len(faults_of(marking="", contact="", retain_until="x")) == 3


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "/tmp/x", "", "X", "=1+1", "a\n"])
@pytest.mark.parametrize("what", ["id", "report", "table", "counts"])
def test_a_hostile_name_is_refused_wherever_it_stands(name, what):
    changes = {"table": {"tables": (ABSENCE, ROLL | {"name": name})}, "counts": {"counts": (COUNTS | {"name": name},)}}
    with pytest.raises(BadParameters, match="is not a name"):
        release(**changes.get(what, {what: name}))


def test_a_count_below_the_threshold_is_not_released_whoever_sent_it():
    rows = [{"codes": ["primary", "F"], "value": "5"}]
    with pytest.raises(BadParameters) as caught:
        release(counts=(COUNTS | {"rows": rows},))
    assert "5" not in caught.value.message
    assert caught.value.rule == "threshold 6"


@pytest.mark.parametrize(
    "change",
    [
        {"rows": [{"codes": ["infant", "F"], "value": "9"}]},
        {"rows": [{"codes": ["primary"], "value": "9"}]},
        {"rows": [{"codes": ["primary", "F"], "value": "9.5"}]},
        {"rows": [{"codes": ["primary", "F"], "value": "*"}]},
        {"rows": [{"codes": ["primary", "F"], "value": 9}]},
        {"rows": [{"codes": ["primary", "F"], "value": "9"}] * 2},
        {"dims": [{"name": "n", "root": "All", "children": {}}], "rows": []},
        {"dims": None},
    ],
)
def test_malformed_counts_are_broken(change):
    with pytest.raises(Broken, match="malformed"):
        release(counts=(COUNTS | change,))


def test_a_dimension_means_the_same_in_every_table_of_counts():
    other = COUNTS | {"name": "other", "dims": [COUNTS["dims"][0] | {"root": "Total", "children": {}}], "rows": []}
    assert faults_of(counts=(COUNTS, other)) == [("counts", "phase")]


def test_a_confidential_release_names_whom_it_is_confidential_to():
    plain = {"marking": "OFFICIAL", "audience": "Ash School"}
    assert release(**plain).mark == "OFFICIAL"
    assert release(**plain, decision=obliged("mark-confidential")).mark == "OFFICIAL: confidential to Ash School"
    named = {"marking": "Confidential to Ash School", "audience": "Ash School"}
    assert release(**named, decision=obliged("mark-confidential")).mark == "Confidential to Ash School"
