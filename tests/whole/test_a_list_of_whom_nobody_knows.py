"""A cluster's pupils by reference, from a notebook to a release: counted again, without any one head's pupils too."""

import csv
import json
import os
import shutil
import stat
from collections import Counter

import pytest
from project_paths import NOTEBOOKS, PARAMETERS
from recount import Recount
from released_text import found_in, text_of_all

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import NotAuthorised
from kdsp_lib.register.database import Database
from kdsp_lib.release.read import read_release, verify_release
from kdsp_lib.run.one_report import run_report
from kdsp_lib.source.workspace import read_workspace

ASKED = {
    "group": "cluster:ridge",
    "recipient": "cluster:ridge",
    "purpose": "school-improvement-plan",
    "period": "2025/26-autumn",
    "on": "2026-03-02",
}
COLUMNS = ["sen", "fsm6", "year-group"]


@pytest.fixture(scope="module")
def folder(authority, outcomes):
    """The release of the notebook, made after the area profiles."""
    assert outcomes
    outcome = run_report(PARAMETERS / "cluster_vulnerable/ridge.yaml", authority, notebooks=NOTEBOOKS)
    assert outcome.error is None, outcome.error
    return outcome.folder


@pytest.fixture(scope="module")
def listed(folder):
    with (folder / "tables" / "pupil-list.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["reference", *COLUMNS, "disclosure_policy"]
    return [row[:-1] for row in rows]


@pytest.fixture(scope="module")
def classes(authority, folder):
    """The cells of the list, as the ledger keeps them."""
    (entry,) = Ledger(Database(authority.database)).entries(kind="release", report=folder.name)
    (table,) = [t for answer in entry.body["answers"] for t in answer["tables"] if "classes" in t["question"]]
    return table


def test_the_release_is_whole_private_and_stays(folder):
    assert verify_release(folder) == ()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    manifest = read_release(folder).manifest
    assert manifest["delivery"].startswith("not yet possible")
    assert manifest["lists"] == {"pupil-list": ["reference", *COLUMNS]}
    page = (folder / "report.html").read_text()
    assert "Pupils stand under pseudonyms" in page
    assert "still personal data" in page


def test_every_pupil_of_the_cluster_is_a_row_and_every_row_is_true_of_as_many_as_show_it(listed, classes, authority):
    recount = Recount(authority)
    recount.rows["sen"] = recount.rows["sen_provision"].map({"N": "none", "K": "support", "E": "plan"})
    pupils = recount.rows[recount.rows["urn"].isin(recount.community.members("cluster:ridge"))]
    assert len(listed) == len(pupils)
    assert len({row[0] for row in listed}) == len(listed)
    counted = []
    for cell in classes["cells"]:
        codes = {n: c for n, c in zip(classes["question"]["by"], cell["codes"], strict=True) if c != "All"}
        among = pupils
        for name, code in codes.items():
            among = among[among[name].isin(code.split("|"))]
        assert str(len(among)) == cell["values"][0]
        counted += [among] if len(among) else []
        for controller in {None, *among["controller"]}:
            assert not 0 < (among["controller"] != controller).sum() < 6, codes
    shown = Counter(tuple(row[1:]) for row in listed)
    assert sorted(shown.values()) == sorted(map(len, counted))
    assert len(shown) > 10
    assert min(shown.values()) >= 6


def test_no_class_shows_one_value_alone_of_what_is_sensitive(listed):
    for column in (1, 2):
        by_class = {}
        for row in listed:
            by_class.setdefault(row[3], set()).add(row[column])
        assert all(len(values) > 1 or values == {"Not shown"} for values in by_class.values())


def test_no_pupil_is_named_in_the_release_or_the_ledger(folder, listed, authority):
    rows = Recount(authority).rows
    texts = text_of_all(folder.rglob("*"))
    ledger = json.dumps([dict(entry.body) for entry in Ledger(Database(authority.database)).entries()])
    assert found_in(texts + ledger, rows["pupil_key"]) == set()
    assert not [row[0] for row in listed if row[0] in ledger]


@pytest.fixture(scope="module")
def ask(authority, tmp_path_factory):
    """Ask for a list at a desk of its own."""
    root = tmp_path_factory.mktemp("desk") / "authority"
    shutil.copytree(authority.root, root, ignore=shutil.ignore_patterns(authority.state.name, authority.outputs.name))
    workspace = read_workspace(root)
    workspace.state.mkdir(mode=0o700)
    desk = Desk(workspace)

    def ask(columns, **changes):
        session = Session("notebook", "officer:a1", "notebook", "", "full", os.getpid())
        desk.open(session, {"report": "cluster_vulnerable", "parameters": {**ASKED, **changes}})
        pupils = desk.pupils(session, {"columns": columns})["pupils"]
        assert desk.pupils(session, {"columns": columns})["pupils"] == pupils
        return pupils

    yield ask
    desk.close()


def references(pupils):
    return {row[0] for row in pupils["rows"]}


def test_another_recipient_and_another_term_have_other_references(ask):
    one = references(ask(["reference", "sex"]))
    assert len(one) > 4000
    assert one.isdisjoint(references(ask(["reference", "sex"], recipient="establishment:990010")))
    assert one.isdisjoint(references(ask(["reference", "sex"], period="2025/26-spring")))
    assert one.isdisjoint(references(ask(["reference", "sex", "sen"])))


@pytest.mark.parametrize("column", ["surname", "forename", "absence", "dob", "postcode", "upn", "phase"])
def test_what_would_name_a_pupil_is_no_column(ask, column):
    with pytest.raises(NotAuthorised) as caught:
        ask(["reference", column])
    assert caught.value.clauses == ("3",)


def test_it_goes_to_members_of_the_cluster_alone(ask):
    with pytest.raises(NotAuthorised) as caught:
        ask(["reference", "sex"], recipient="establishment:990001")
    assert "levels" in caught.value.clauses
