"""One notebook for a term and for a school year: a term's report does not ask for what is of a year, and says so.

What an answer says of a measure that its data lacks is tested where answers are: ``[x]`` with its reason.
"""

from __future__ import annotations

import json

import pytest

MEASURES = ("attainment_8", "english_maths", "ebacc")


@pytest.fixture(params=["central", "east", "west"])
def folder(request, outcomes):
    """The release of one area of the made-up authority; each is bound by those before it."""
    outcome = outcomes[request.param]
    assert outcome.error is None, outcome.error
    return outcome.folder


def test_a_terms_profile_has_no_empty_table(folder):
    files = {table["file"] for table in json.loads((folder / "tables.json").read_text())["tables"]}
    assert files.isdisjoint({f"tables/{name}.csv" for name in MEASURES})
    assert any(file.endswith("persistent_absence.csv") for file in files)
    assert "None of its figures is available" not in (folder / "report.html").read_text()


def test_its_page_says_where_results_are(folder):
    assert "a report of a term has none" in (folder / "report.html").read_text()
