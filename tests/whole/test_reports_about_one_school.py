"""One school's figures beside its phase's, and its own pupils: run as a user runs them, counted again, attacked."""

from __future__ import annotations

import csv
import json
import sqlite3
import stat

import openpyxl
import pytest
from project_paths import NOTEBOOKS, PARAMETERS
from recount import Recount, count_rows
from released_text import found_in, text_of_all

from kdsp_lib.release.read import read_release, verify_release
from kdsp_lib.run.one_report import run_report

SCHOOLS = {"elderhaven": "990005", "juniperholt": "990010", "own": "990030"}


@pytest.fixture(scope="session")
def about_one(authority, outcomes):
    """What became of the school reports, after the area profiles, and of a pupil report."""
    assert all(outcome.error is None for outcome in outcomes.values())
    paths = [PARAMETERS / "bespoke_school" / f"{name}.yaml" for name in SCHOOLS]
    paths.append(PARAMETERS / "pupil_report" / "elderhaven.yaml")
    found = {}
    for path in paths:
        outcome = run_report(path, authority, notebooks=NOTEBOOKS)
        assert outcome.error is None, outcome.error
        found[path.parent.name, path.stem] = outcome
    return found


@pytest.fixture(scope="session")
def recount(authority):
    return Recount(authority)


@pytest.fixture(params=list(SCHOOLS))
def counted(request, about_one, recount):
    """The rows of a school report with the pupils that each counts, by whose they are; and the school.

    Where the school is told its own figures whole, the counts are of its comparator alone.
    """
    urn, rows = SCHOOLS[request.param], recount.rows
    phase = rows[rows["urn"] == urn]["phase"].iloc[0]
    signed = rows[rows["urn"].map(recount.community.is_signatory)]
    whose = {"own": rows[rows["urn"] == urn], "beside": signed[signed["phase"] == phase]}
    folder = about_one["bespoke_school", request.param].folder
    found = []
    for name, row in count_rows(folder):
        place = "beside" if name.endswith("_beside") else "own"
        codes = {key.removesuffix(" beside"): value for key, value in row.items() if key != "establishments"}
        found.append((name, place, row["n"], recount.pupils_in(whose[place], codes)))
    return folder, urn, found


def test_the_folder_is_whole_and_nobody_elses(about_one):
    for outcome in about_one.values():
        assert verify_release(outcome.folder) == ()
        for path in [outcome.folder, *outcome.folder.rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        manifest = read_release(outcome.folder).manifest
        assert manifest["delivery"] == "not yet possible: it may leave only encrypted"
        assert manifest["marking"].startswith("OFFICIAL-SENSITIVE")
        page = (outcome.folder / "report.html").read_text()
        assert page.count(manifest["marking"]) >= 2
        assert "only encrypted to its recipient" in page


def test_a_consent_is_named_and_the_use_that_was_stated(about_one):
    manifest = read_release(about_one["bespoke_school", "elderhaven"].folder).manifest
    assert manifest["decision"]["clauses"] == ["2", "9", "12"]
    assert manifest["retain_until"] is None  # the made-up heads' consents to it have no end
    assert manifest["promotional"] is False
    page = (about_one["bespoke_school", "elderhaven"].folder / "report.html").read_text()
    assert "not to promote one establishment over another" in page
    assert "Avery Ashdown" in manifest["marking"]
    assert read_release(about_one["bespoke_school", "own"].folder).manifest["decision"]["clauses"] == ["2", "9"]


def test_own_counts_are_the_true_ones_and_none_is_small(counted):
    folder, _, rows = counted
    own = [(shown, len(pupils)) for _, place, shown, pupils in rows if place == "own" and shown != "c"]
    assert len(own) > 20 or "identifiable" in read_release(folder).manifest
    assert [shown for shown, true in own if shown != str(true)] == []
    assert not [true for _, true in own if 0 < true < 6]


def test_counts_beside_them_are_near_the_truth(counted):
    """Each a multiple of 5 next to it, and so is what is left of it without the school."""
    _, _, rows = counted
    beside = [(int(shown), len(pupils)) for _, place, shown, pupils in rows if place == "beside" and shown != "c"]
    assert len(beside) > 10
    assert not [pair for pair in beside if pair[0] % 5 or abs(pair[0] - pair[1]) > 4]


def test_the_school_is_told_all_of_its_own_figures(about_one, recount):
    """Small ones too, of all of its tables; the page says that they are for the school alone."""
    folder = about_one["bespoke_school", "own"].folder
    rows = recount.rows[recount.rows["urn"] == SCHOOLS["own"]]
    with (folder / "tables" / "year_groups.csv").open(newline="", encoding="utf-8") as file:
        told = {(row["year-group_code"], row["sex_code"]): row["count"] for row in csv.DictReader(file)}
    true = rows.groupby(["year-group", "sex"]).size()
    assert {codes: int(told[codes]) for codes in told if "All" not in codes and told[codes] != "z"} == {
        codes: int(true.get(codes, 0)) for codes in told if "All" not in codes and told[codes] != "z"
    }
    for path in sorted((folder / "tables").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            own = [row for row in csv.DictReader(file) if row.get("establishments_code", "own") == "own"]
        assert own
        assert not [row for row in own if "c" in row.values()], path.name
        assert {"for the school alone" in row["disclosure_policy"] for row in own} == {True}
    manifest = read_release(folder).manifest
    assert manifest["identifiable"] == {"for": "school", "own_figures": "whole"}
    assert "(identifiable: for the school alone)" in manifest["marking"]
    page = (folder / "report.html").read_text()
    assert page.index("identifiable: for the school alone") < page.index("nothing is withheld or rounded")
    assert "tells of one to five pupils" not in page
    assert json.loads((folder / "tables.json").read_text())["policy"]["own_figures"] == "whole"


def test_charts_group_the_school_and_its_comparator(counted):
    folder, _, _ = counted
    for name in ("fsm6-bar", "persistent_absence-bar"):
        drawing = (folder / "charts" / f"{name}.svg").read_text()
        assert "<title" in drawing
        assert "<desc" in drawing
        assert 'id="' in drawing
    spec = {chart["name"]: chart for chart in read_release(folder).manifest["charts"]}["fsm6-bar"]
    assert (spec["x"], spec["series"]) == ("sex", "establishments")
    assert len(spec["alt"]) > 20


def test_a_pupil_report_lists_the_schools_own_pupils_and_no_other(about_one, recount, people):
    folder = about_one["pupil_report", "elderhaven"].folder
    with (folder / "tables" / "pupils.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == [
        "year-group", "surname", "forename", "sex", "fsm6", "sen", "eal", "absence", "absence-band", "disclosure_policy"
    ]  # fmt: skip
    listed = [row[:-1] for row in rows]
    on_roll = recount.rows[recount.rows["urn"] == "990005"].merge(people, on="pupil_key")
    shown = {"yes": "Yes", "no": "No"}
    true = sorted(zip(on_roll["surname"], on_roll["forename"], on_roll["fsm6"].map(shown), strict=True))
    assert sorted((row[1].removeprefix("'"), row[2], row[4]) for row in listed) == true
    for row in listed:
        assert row[0].startswith(("Nursery", "Reception", "Year"))
    book = openpyxl.load_workbook(folder / "report.xlsx")
    sheet = book["Pupils on roll"]
    (table,) = sheet.tables.values()
    assert [[cell.value for cell in row] for row in sheet[table.ref][1:]] == listed


def test_pupils_stand_in_no_table_and_in_no_count(about_one):
    folder = about_one["pupil_report", "elderhaven"].folder
    assert sorted(path.name for path in (folder / "tables").iterdir()) == ["CONDITIONS.txt", "pupils.csv"]
    assert json.loads((folder / "tables.json").read_text())["tables"] == []
    assert read_release(folder).manifest["tables"] == []


def test_nothing_of_a_pupil_is_in_the_ledger_or_the_logs_or_outside_the_folder(about_one, authority, people):
    """Neither names nor references, nor keys nor UPNs: only which columns were listed."""
    rows = sqlite3.connect(authority.state / "kdsp.db").execute("SELECT kind, body FROM ledger").fetchall()
    texts = [body for _, body in rows]
    texts += [path.read_text("utf-8") for path in (authority.state / "log").glob("*")]
    private = about_one["pupil_report", "elderhaven"].folder
    texts.append(text_of_all(path for path in authority.outputs.rglob("*") if private not in path.parents))
    text = "\n".join(texts)
    named = people[people["forename"].notna() & people["surname"].notna()]
    forenames, surnames = named["forename"], named["surname"]
    for sought in (people["upn"].dropna(), people["pupil_key"], forenames + " " + surnames):
        assert found_in(text, sought) == set()
    assert found_in(text, '"' + surnames + '","' + forenames + '"') == set()
    assert any('"listed":["year-group","surname"' in body for kind, body in rows if kind == "release")
    released = text_of_all(private.rglob("*"))
    assert found_in(released, people["pupil_key"]) == set()
    assert found_in(released, people["upn"].dropna()) == set()


@pytest.fixture(scope="session")
def people(authority):
    from kdsp_lib.source.catalogue import Catalogue

    catalogue = Catalogue.load(authority)
    rows = catalogue.read(catalogue.dataset("pupils")).to_pandas()
    return rows[["pupil_key", "upn", "surname", "forename"]]


TO_HEALTH = {"school": '"990006"', "recipient": "partner:health"}
"""A consent that has ended, on 1 September 2026."""
REFUSED = {
    "figures without the head's consent": ("bespoke_school", {"school": '"990006"'}, "12"),
    "figures for another than the one consented to": ("bespoke_school", {"recipient": "officer:checker"}, "12"),
    "figures after the consent ended": ("bespoke_school", {**TO_HEALTH, "on": '"2026-09-02"'}, "12"),
    "figures of a day on which it held": ("bespoke_school", TO_HEALTH, "12"),
    "figures for a use that promotes": ("bespoke_school", {"on": '"2026-03-02"\npromotional: true'}, "6"),
    "figures of a school that has withdrawn": ("bespoke_school", {"school": '"990046"'}, "11"),
    "figures for a purpose outside the remit": (
        "bespoke_school",
        {"recipient": "establishment:990005", "purpose": "commissioning-of-services"},
        "9",
    ),
    "another school's pupils": ("pupil_report", {"school": '"990010"'}, "3"),
    "pupils for another school": ("pupil_report", {"recipient": "establishment:990010"}, "3"),
    "pupils for an officer, whose duty would do": ("pupil_report", {"recipient": "officer:a1"}, "3"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_is_refused_names_clauses_and_a_way_out_and_leaves_nothing(case, about_one, authority, tmp_path):
    before = sorted(path.as_posix() for path in authority.outputs.rglob("*"))
    report, changes, clause = REFUSED[case]
    lines = (PARAMETERS / report / "elderhaven.yaml").read_text().splitlines()
    changed = [next((f"{k}: {v}" for k, v in changes.items() if line.strip('"').startswith(k)), line) for line in lines]
    assert changed != lines
    path = tmp_path / report / "asked.yaml"
    path.parent.mkdir()
    path.write_text("\n".join(changed) + "\n")
    outcome = run_report(path, authority, notebooks=NOTEBOOKS)
    assert (outcome.status, outcome.exit_code) == ("refused", 12), outcome
    assert clause in outcome.error.clauses
    assert outcome.error.remedy
    assert sorted(path.as_posix() for path in authority.outputs.rglob("*")) == before


@pytest.mark.parametrize("column", ["dob", "postcode", "upn", "pupil_key", "ksip", "sen_type"])
def test_a_column_that_is_not_permitted_is_refused_and_leaves_nothing(column, about_one, authority, tmp_path):
    before = sorted(path.as_posix() for path in authority.outputs.rglob("*"))
    text = (NOTEBOOKS / "pupil_report.ipynb").read_text()
    assert '\\"surname\\"' in text
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "pupil_report.ipynb").write_text(text.replace('\\"surname\\"', f'\\"{column}\\"', 1))
    path = tmp_path / "pupil_report" / "own.yaml"
    path.parent.mkdir()
    path.write_text((PARAMETERS / "pupil_report" / "elderhaven.yaml").read_text())
    outcome = run_report(path, authority, notebooks=tmp_path / "notebooks")
    assert (outcome.status, outcome.exit_code) == ("refused", 12), outcome.error
    assert outcome.error.clauses == ("3",)
    assert "surname" in outcome.error.remedy
    assert sorted(path.as_posix() for path in authority.outputs.rglob("*")) == before


def test_running_again_changes_nothing(about_one, authority):
    for (report, name), outcome in about_one.items():
        again = run_report(PARAMETERS / report / f"{name}.yaml", authority, notebooks=NOTEBOOKS)
        assert (again.status, again.folder) == ("unchanged", outcome.folder)


def test_what_a_head_gives_is_called_the_agreement_of_the_establishment(about_one):
    """A reader is not to take it for the consent of a pupil or a parent, which is another thing in law."""
    folder = about_one["bespoke_school", "elderhaven"].folder
    texts = [path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in (".html", ".ipynb", ".json")]
    assert any("agreement of the establishment" in text for text in texts)
    assert not [text for text in texts if "consent" in text.lower()]
