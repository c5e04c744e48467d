"""The file of definitions: every fault at once; held to its page and to the department's own indicators."""

from __future__ import annotations

import copy
import csv
import os
import runpy
from pathlib import Path

import pytest

from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.measures.catalogue import catalogue, document
from kdsp_lib.analyse.measures.reading import read_definitions
from kdsp_lib.analyse.school_facet import TAKEN
from kdsp_lib.errors import BadSource
from kdsp_lib.source.contract import contract_of

HOUSE = Path(__file__).resolve().parents[3]
REAL = Path(os.environ.get("KDSP_SHARED", HOUSE / "../shared")) / "data" / "real"
LAIT = REAL / "lait_la_indicators_long_merseyside.csv"


def faults_of(change):
    given = copy.deepcopy(dict(document()))
    change(given)
    with pytest.raises(BadSource) as refused:
        read_definitions(given, "measures.toml")
    return {(fault.place, fault.field) for fault in refused.value.faults}


def test_every_fault_is_told_at_once_with_its_measure_and_field():
    def change(given):
        given["version"] = ""
        given["extra"] = {}
        given["measures"]["absence"]["polarity"] = "down"
        given["measures"]["absence"]["colour"] = "red"
        given["measures"]["fsm6"]["label"] = " "
        given["measures"]["phonics"]["years"] = [{"since": "2020"}]
        given["measures"]["eal"]["not_taken"] = "twice told"
        given["measures"]["ks2-rwm"]["nested"] = "ks2-rwm-highest"
        given["shared"]["idle"] = {}
        del given["measures"]["mobility"]["numerator"]

    assert faults_of(change) == {
        ("measures.toml", "version"), ("measures.toml", "extra"),
        ("measures.toml absence", "polarity"), ("measures.toml absence", "colour"),
        ("measures.toml fsm6", "label"), ("measures.toml phonics", "years"), ("measures.toml eal", "taken"),
        ("measures.toml ks2-rwm", "nested"), ("measures.toml idle", "shared"),
        ("measures.toml mobility", "numerator"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("years", "field"),
    [
        ([{"since": "2012/13"}, {"since": "2021/22"}], "years"),
        ([{"since": "2012/13", "until": "2011/12"}], "years"),
        ([{"since": "2012/13", "until": "2021/22"}, {"since": "2021/22"}], "years"),
        ([{"since": "2012/13", "until": "2018/19"}], "after"),
        ([], "years"),
    ],
)
def test_spans_follow_each_other_and_say_why_they_end(years, field):
    def change(given):
        given["measures"]["phonics"]["years"] = years

    assert ("measures.toml phonics", field) in faults_of(change)


def test_a_hole_between_spans_needs_its_reason():
    assert ("measures.toml phonics", "between") in faults_of(lambda g: g["shared"]["phonics"].pop("between"))


def test_faults_of_standards_are_told_with_those_of_measures():
    """A decimal that is no text would be a float, and near enough."""

    def change(given):
        given["standards"]["floor-secondary"][0]["rules"] = [{"progress-8": -0.5}]
        given["standards"]["floor-primary"][0]["since"] = "2014"
        given["standards"]["ceiling"] = [{"since": "2020/21", "rules": [{"absence": "9"}]}]
        given["measures"]["absence"]["polarity"] = "down"

    assert faults_of(change) == {
        ("measures.toml floor-secondary", "progress-8"), ("measures.toml floor-primary", "since"),
        ("measures.toml ceiling", "standards"), ("measures.toml absence", "polarity"),
    }  # fmt: skip


@pytest.mark.parametrize("document", [[], "text", {"measures": []}, {"version": "1"}])
def test_what_is_no_file_of_definitions_is_refused(document):
    with pytest.raises(BadSource):
        read_definitions(document, "measures.toml")


def test_every_measure_of_reports_is_defined_and_every_published_one_is_taken():
    assert set(TAKEN) <= set(MEASURES)
    assert {name for name, measure in MEASURES.items() if measure.published} <= set(TAKEN)


def test_sources_name_data_sets_that_can_be_loaded():
    for one in catalogue().measures.values():
        for source in one.sources:
            for dataset in source.datasets:
                assert contract_of(dataset)


def test_the_page_is_made_from_the_definitions():
    """`make measures` writes it again."""
    made = runpy.run_path(str(HOUSE / "tools" / "measures.py"))["page"]()
    assert (HOUSE / "docs" / "measures.md").read_text("utf-8") == made


@pytest.mark.skipif(not LAIT.is_file(), reason="the published indicators are not here")
def test_years_are_those_of_the_departments_own_indicators():
    """Where the department gives a figure, the measure exists; in years between for which it gives none, not."""
    given: dict[str, set[str]] = {}
    with LAIT.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["LA and Regions"] in ("Knowsley", "England") and row["Values"] not in ("-", ""):
                given.setdefault(row["Short Desc"], set()).add(_school_year(row["Years"]))
    held = 0
    for one in catalogue().measures.values():
        if not one.lait:
            continue
        assert one.lait in given, one.name
        first = int(min(given[one.lait])[:4])
        years = [f"{y}/{(y + 1) % 100:02d}" for y in range(first, int(max(given[one.lait])[:4]) + 1)]
        exist = {year for year in years if one.missing(year) is None}
        assert exist == given[one.lait], one.name
        held += 1
    assert held > 40


def _school_year(text: str) -> str:
    """``2019``, ``2024 (Rev)`` and ``2018/19`` alike: an indicator's year is that in which the school year ends."""
    year = int(text[:4]) - (0 if "/" in text else 1)
    return f"{year}/{(year + 1) % 100:02d}"
