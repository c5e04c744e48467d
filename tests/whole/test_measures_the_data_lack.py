"""One notebook for data of either kind: what pupils' records do not say is [x], with its reason, and binds nothing."""

from __future__ import annotations

import csv
import json

import pytest

MEASURES = ("attainment_8", "english_maths", "ebacc")


@pytest.fixture(params=["central", "east", "west"])
def folder(request, outcomes):
    """The release of one area of the made-up authority; each is bound by those before it."""
    outcome = outcomes[request.param]
    assert outcome.error is None, outcome.error
    return outcome.folder


@pytest.mark.parametrize("name", MEASURES)
def test_its_table_is_there_and_not_available(folder, name):
    with (folder / "tables" / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    statistics = {"attainment_8": ("mean", "base")}.get(name, ("rate", "numerator", "base"))
    assert rows
    assert {row[statistic] for row in rows for statistic in statistics if statistic in row} == {"x"}


def test_the_page_says_why(folder):
    page = (folder / "report.html").read_text()
    assert "Attainment 8: results are of a school year, not of a term (ask for the period 2025/26)" in page
    assert "[x]" in page


def test_it_has_no_counts(folder):
    files = {table["file"] for table in json.loads((folder / "tables.json").read_text())["tables"]}
    assert files.isdisjoint({f"tables/counts/{name}.csv" for name in MEASURES})
    assert any(file.endswith("persistent_absence.csv") for file in files)
