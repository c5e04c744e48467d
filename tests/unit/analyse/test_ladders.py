"""The ladders by which rows of too few organisations are shown together: data, and complete."""

from __future__ import annotations

import pytest

from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.ladders import ladders, read_ladders
from kdsp_lib.errors import BadSource


@pytest.mark.parametrize("name", sorted(BREAKDOWNS))
def test_every_level_of_every_breakdown_is_on_every_rung_and_last_it_is_everybody(name):
    levels = {code for code, _ in BREAKDOWNS[name].levels} | {UNKNOWN}
    rungs = ladders()[name].rungs
    assert all(rung.groups.keys() == levels for rung in rungs)
    assert set(rungs[-1].groups.values()) == {ROOT}


def test_years_become_key_stages_and_those_of_secondary_schools_one_group():
    first, *_, third, _, _ = ladders()["year-group"].rungs
    assert {year: first.groups[year] for year in ("R", "2", "6", "9", "11", "12")} == {
        "R": "early-years", "2": "key-stage-1", "6": "key-stage-2", "9": "key-stage-3", "11": "key-stage-4",
        "12": "after-year-11",
    }  # fmt: skip
    assert first.labels["key-stage-3"] == "Key stage 3"
    assert third.groups["7"] == third.groups["13"] == "from-year-7"
    assert third.groups["6"] == "key-stage-2"


def test_what_is_not_named_stays_by_itself_with_its_own_label():
    rung = ladders()["ethnicity-group"].rungs[0]
    assert rung.groups["asian"] == "asian"
    assert rung.labels["asian"] == dict(BREAKDOWNS["ethnicity-group"].levels)["asian"]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"shoes": []}, "no such breakdown"),
        ({"sen": [{"x": {"label": "X", "of": ["plan", "none-such"]}}]}, "is no level"),
        ({"sen": [{"x": {"label": "X", "of": ["plan"]}, "y": {"label": "Y", "of": ["plan"]}}]}, "in two groups"),
        ({"sen": [{"x": {"of": ["plan"]}}]}, "a label is expected"),
        ({"sen": [{"plan": {"label": "X", "of": ["plan", "support"]}}]}, "a code of its own"),
        (
            {"sen": [{"x": {"label": "X", "of": ["plan", "support"]}}, {"y": {"label": "Y", "of": ["plan", "none"]}}]},
            "whole groups",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(document, told):
    with pytest.raises(BadSource) as error:
        read_ladders(document)
    assert any(told in fault.text for fault in error.value.faults)
