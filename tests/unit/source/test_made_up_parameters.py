"""The parameter files of the house, in the made-up authority, on days that come: what is permitted stays permitted.

What is there to be refused is refused whichever earlier day it is asked of.
"""

import datetime as dt
from pathlib import Path

import pytest

from kdsp_lib.custodian.deciding import Deciding
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.errors import NotAuthorised
from kdsp_lib.register.database import Database
from kdsp_lib.register.held import holding
from kdsp_lib.run.parameters import notebook_parameters, read_parameters, report_opened_by
from kdsp_lib.source.catalogue import Catalogue

PROJECT = Path(__file__).resolve().parents[3]
NOTEBOOKS = PROJECT / "notebooks"
FILES = sorted((PROJECT / "parameters").glob("[!b]*/*.yaml")) + sorted((PROJECT / "parameters").glob("b[!a]*/*.yaml"))
ABOUT_A_RELEASE = ("disclosure_audit", "rerun_review")
"""They need one in the ledger."""
ASKED = [path for path in FILES if path.parent.name not in ABOUT_A_RELEASE]
NOTEBOOKS_ASKED = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.stem not in ABOUT_A_RELEASE]
REFUSED = [path for path in ASKED if path.stem == "refused"]
DAYS = [dt.date(2026, 12, 2), dt.date(2030, 3, 2), dt.date(2095, 7, 1)]


@pytest.fixture(scope="module")
def answer(made, tmp_path_factory):
    """Whether the custodian permits a file's parameters on a day, or by which clauses it refuses them."""
    with Database(f"sqlite:///{tmp_path_factory.mktemp('state') / 'kdsp.db'}") as database:
        held, catalogue, ledger = holding(made.register, database), Catalogue.load(made), Ledger(database)
        ledger.begin()

        def answered(report, values, today):
            by = Deciding(held, catalogue, ledger, today, {}, "knowsley")
            opened = by.opened("officer:a1", report, values)
            try:
                by.refuse_unless_permitted(opened)
            except NotAuthorised as error:
                return error.clauses
            return "permit"

        yield answered


def of(path):
    return pytest.param(path, id=f"{path.parent.name}/{path.stem}")


@pytest.mark.parametrize("path", [of(path) for path in ASKED])
def test_a_file_is_answered_alike_on_every_day_that_comes(answer, path):
    given = read_parameters(path, NOTEBOOKS)
    answers = {answer(given.report, given.values, today) for today in DAYS}
    assert len(answers) == 1
    assert (answers == {"permit"}) is (path not in REFUSED)


@pytest.mark.parametrize("path", NOTEBOOKS_ASKED, ids=lambda path: path.stem)
def test_a_notebooks_own_parameters_are_permitted_on_every_day_that_comes(answer, path):
    values = notebook_parameters(path)
    assert values["promotional"] is False
    assert {answer(report_opened_by(path), values, today) for today in DAYS} == {"permit"}


@pytest.mark.parametrize("path", [of(path) for path in REFUSED])
@pytest.mark.parametrize("on", ["2025-10-20", "2026-01-15", "2026-09-07"])
def test_what_is_refused_is_refused_of_an_earlier_day(answer, path, on):
    """The establishment of some withdrew on 1 November 2025: asked of the day before it is refused all the same."""
    given = read_parameters(path, NOTEBOOKS)
    if given.values.get("period") == "2025/26":
        on = max(on, "2026-01-15")  # there are no data of the year before
    assert answer(given.report, {**given.values, "on": on}, DAYS[0]) != "permit"


def test_every_folder_has_a_refused_one_or_says_why():
    folders = {path.parent.name for path in FILES}
    assert folders - {path.parent.name for path in FILES if path.stem == "refused"} == {"rerun_review"}
