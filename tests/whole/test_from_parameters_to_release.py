"""The main job: a parameter file goes in, a safe release comes out, or nothing at all."""

import csv
import html
import json
import re
import shutil
import sqlite3

import openpyxl
import pypdf
import pytest
from project_paths import NOTEBOOKS, PARAMETERS
from released_text import found_in, text_of_all

from kdsp_lib.cli.run_commands import _show as show_outcomes
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.protocol.terms import terms_of_use
from kdsp_lib.register.database import Database
from kdsp_lib.release.read import read_release, verify_release
from kdsp_lib.report.table import NOTHING
from kdsp_lib.run.batch import run_reports
from kdsp_lib.run.new_notebook import served_as, start_notebook
from kdsp_lib.run.one_report import run_report


@pytest.mark.parametrize("area", ["central", "east", "west"])
def test_an_area_profile_is_released_whole(outcomes, area):
    outcome = outcomes[area]
    assert outcome.error is None, outcome.error
    assert outcome.status == "released"
    files = {path.relative_to(outcome.folder).as_posix() for path in outcome.folder.rglob("*") if path.is_file()}
    assert {"report.ipynb", "report.html", "report.pdf", "report.xlsx", "tables.json", "manifest.json"} <= files
    assert {f"tables/{name}.csv" for name in ("phases", "fsm6", "absence", "persistent_absence")} <= files
    assert any(name.startswith("charts/") and name.endswith(".svg") for name in files)
    assert verify_release(outcome.folder) == ()


def test_the_manifest_is_enough_to_make_it_again(outcomes):
    manifest = read_release(outcomes["east"].folder).manifest
    assert manifest["parameters"]["group"] == "collaborative:east"
    assert manifest["requester"] == "officer:a1"
    assert manifest["confinement"] == "full"
    assert manifest["decision"]["decision"] == "permit"
    assert manifest["decision"]["clauses"] == ["4", "9"]
    pins = ("notebook_hash", "snapshots", "register", "beside", "code", "version", "lock", "libraries", "search_budget")
    for pin in (*pins, "notebook", "on", "protocol", "disclosure_policy"):
        assert manifest[pin], pin
    assert {"known_at", "public", "published"} <= manifest.keys()


def test_the_manifest_tells_nothing_of_what_else_was_released(outcomes):
    """Three were released one after the other: no number of entries, and no other release's name, stands in any."""
    for outcome in outcomes.values():
        manifest = read_release(outcome.folder).manifest
        assert "ledger_position" not in manifest
        assert "ledger_position" not in manifest["transient"]
        others = {each.folder.name for each in outcomes.values()} - {outcome.folder.name}
        assert not any(name in json.dumps(dict(manifest)) for name in others)


def test_a_reader_finds_why_it_may_be_made_and_the_terms_of_its_use(outcomes):
    folder = outcomes["east"].folder
    manifest, page = read_release(folder).manifest, (folder / "report.html").read_text("utf-8")
    assert manifest["records"].keys() == {"lawful_basis", "gateway", "dpia"}
    assert manifest["terms"]["version"] == terms_of_use().version
    cover = [str(cell.value) for row in openpyxl.load_workbook(folder / "report.xlsx").worksheets[0] for cell in row]
    for text in (*manifest["records"].values(), *manifest["terms"]["sentences"]):
        assert html.escape(text) in page
        assert any(text in cell for cell in cover)


def test_nobody_reads_whose_act_it_was_that_left_a_member_out(outcomes, authority):
    """The ledger keeps which members of a group were refused; a release says how many at most."""
    with Database(authority.database) as database:
        kept = [entry.body["decision"] for entry in Ledger(database).entries(kind="release")]
    assert any(decision["recipients"]["permitted"] for decision in kept)
    for outcome in outcomes.values():
        assert "recipients" not in read_release(outcome.folder).manifest["decision"]


def files_of(folder, *, times=False):
    """Every file but the manifest, which names the host and the hour; with ``times`` that too, and each one's age."""
    files = [path for path in folder.rglob("*") if path.is_file() and (times or path.name != "manifest.json")]
    return {path.relative_to(folder): (path.read_bytes(), path.stat().st_mtime_ns if times else 0) for path in files}


def test_running_again_changes_nothing(outcomes, authority):
    folder = outcomes["east"].folder
    before = files_of(folder, times=True)
    again = run_report(PARAMETERS / "area_profile" / "east.yaml", authority, notebooks=NOTEBOOKS)
    assert again.status == "unchanged"
    assert files_of(folder, times=True) == before


def test_a_folder_that_was_lost_is_made_again_with_the_same_bytes(outcomes, authority):
    folder = outcomes["central"].folder
    before, content = files_of(folder), read_release(folder).content_hash
    shutil.rmtree(folder)
    again = run_report(PARAMETERS / "area_profile" / "central.yaml", authority, notebooks=NOTEBOOKS)
    assert again.status == "released", again.error
    assert again.folder == folder
    assert files_of(folder) == before
    assert read_release(folder).content_hash == content


def test_a_folder_that_was_edited_is_made_again(outcomes, authority):
    folder = outcomes["west"].folder
    (folder / "tables" / "phases.csv").write_text("edited")
    again = run_report(PARAMETERS / "area_profile" / "west.yaml", authority, notebooks=NOTEBOOKS)
    assert again.status == "released", again.error
    assert verify_release(folder) == ()


def test_the_workbook_holds_the_figures_of_the_csv_files(outcomes):
    for outcome in outcomes.values():
        book = openpyxl.load_workbook(outcome.folder / "report.xlsx")
        in_sheets = [rows_of_sheet(sheet) for sheet in book if sheet.title.startswith("Table ")]
        in_files = [rows_of_csv(path) for path in (outcome.folder / "tables").glob("*.csv")]
        assert len(in_files) >= 9
        assert sorted(in_sheets) == sorted(in_files)


def test_the_pdf_prints_the_figures_of_the_csv_files(outcomes):
    """Each row of a table is a line of the PDF: its words, then its figures as the page prints them.

    A table without any figure is a sentence: as many stand there as there are such tables.
    """
    for outcome in outcomes.values():
        empty = 0
        read = pypdf.PdfReader(outcome.folder / "report.pdf")
        text = "".join("".join(page.extract_text() for page in read.pages).split())
        for path in (outcome.folder / "tables").glob("*.csv"):
            head, *rows = csv.reader(path.read_text("utf-8").splitlines())
            words = [k for k, name in enumerate(head) if f"{name}_code" in head]
            values = range(2 * len(words), len(head) - 1)  # the last column is the policy
            lines = {}
            if all(row[k] == "x" for row in rows for k in values):
                empty += 1
                continue
            for row in rows:
                kept = words[:-1] if len(words) > 1 and len(values) == 1 else words
                lines.setdefault("".join(row[k] for k in kept), []).extend(as_printed(row[k]) for k in values)
            for line, figures in lines.items():
                assert "".join((line + "".join(figures)).split()) in text, (path.name, line)
        assert text.count("".join(NOTHING.split())) == empty


def as_printed(value):
    """A bare value as a reader sees it."""
    if value in ("c", "low", "u", "x", "z"):
        return f"[{value}]"
    whole, dot, places = value.removeprefix("-").partition(".")
    return "\N{MINUS SIGN}" * value.startswith("-") + f"{int(whole):,}{dot}{places}"


def rows_of_csv(path):
    """The words and figures of each row, without the codes and the policy."""
    head, *rows = csv.reader(path.read_text("utf-8").splitlines())
    kept = [k for k, name in enumerate(head) if not name.endswith("_code") and name != "disclosure_policy"]
    return [[row[k] for k in kept] for row in rows]


def rows_of_sheet(sheet):
    """The same of a sheet: a number with the places that its format shows, a symbol without its brackets."""
    (table,) = sheet.tables.values()
    return [[in_csv(cell) for cell in row] for row in sheet[table.ref][1:]]


def in_csv(cell):
    if cell.data_type == "n":
        return f"{cell.value:.{len(cell.number_format.partition('.')[2])}f}"
    return re.sub(r"\[(c|low|u|x|z)\]", r"\1", cell.value)


def test_the_ledger_holds_a_decision_an_answer_and_a_release(outcomes, authority):
    with Database(authority.database) as database:
        ledger = Ledger(database)
        assert ledger.verify() > 0
        kinds = [entry.kind for entry in ledger.entries(report=outcomes["east"].folder.name)]
    for kind in ("decision", "answer", "release", "written"):
        assert kind in kinds


def test_neither_ledger_nor_logs_nor_outputs_hold_a_pupil(outcomes, authority):
    names = pupils_of(authority)
    texts = [text_of_all(authority.outputs.rglob("*"))]
    texts += [path.read_text("utf-8") for path in (authority.state / "log").glob("*")]
    rows = sqlite3.connect(authority.state / "kdsp.db").execute("SELECT body FROM ledger").fetchall()
    text = "\n".join(texts + [row[0] for row in rows])
    assert found_in(text, (upn for upn, _ in names)) == set()
    assert found_in(text, (key for _, key in names)) == set()


def test_a_pupil_who_stands_anywhere_would_be_found():
    """Within a word, overlapping another, at the end; of other letters none."""
    sought = ["T001201614001", "T00120161400A", "1T001201614001", "P001201614001"]
    assert found_in("x1T001201614001.T00120161400A", sought) == set(sought[:3])
    assert found_in("(Ann [Lee]) Ann [Le", ["Ann [Lee]", "Ann [Leo]"]) == {"Ann [Lee]"}


def pupils_of(authority):
    from kdsp_lib.source.catalogue import Catalogue

    catalogue = Catalogue.load(authority)
    rows = catalogue.read(catalogue.dataset("pupils")).select(["upn", "pupil_key"]).to_pylist()
    assert len(rows) > 20_000
    return [(row["upn"], row["pupil_key"]) for row in rows if row["upn"]]


REFUSED = {
    "a recipient that has left": ("recipient: collaborative:east", "recipient: establishment:{withdrawn}", "11"),
    "a recipient that has not signed": ("recipient: collaborative:east", "recipient: establishment:{unsigned}", "2"),
    "the public": ("recipient: collaborative:east", "recipient: public", "2"),
    "a purpose outside the remit": ("commissioning-of-services", "pupil-transfer-of-staff", ""),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_a_refusal_leaves_nothing_but_an_entry(case, outcomes, authority, standing, tmp_path):
    before = sorted(path.as_posix() for path in authority.outputs.rglob("*"))
    old, new, clause = REFUSED[case]
    text = (PARAMETERS / "area_profile" / "east.yaml").read_text()
    path = tmp_path / "area_profile" / "refused.yaml"
    path.parent.mkdir()
    assert old in text
    path.write_text(text.replace(old, new.format(**standing)))
    outcome = run_report(path, authority, notebooks=NOTEBOOKS)
    if clause:
        assert (outcome.status, outcome.exit_code) == ("refused", 12)
        assert clause in outcome.error.clauses
        assert outcome.error.remedy
    else:
        assert (outcome.status, outcome.exit_code) == ("mistake", 10)
    assert sorted(path.as_posix() for path in authority.outputs.rglob("*")) == before


@pytest.fixture(scope="session")
def standing(authority):
    from datetime import date

    from kdsp_lib.register import read_register

    community = read_register(authority.register).on(date(2026, 3, 2))
    found = {state: urn for urn, state in community.standings.items()}
    assert {"withdrawn", "unsigned"} <= set(found)
    return found


def test_the_demo_shows_a_refusal_with_its_way_out(kdsp):
    done = kdsp("run", "parameters/area_profile/refused.yaml")
    assert done.returncode == 12, done.stdout + done.stderr
    shown = done.stdout + done.stderr
    assert "KDSP-401" in shown
    assert "to fix" in shown
    assert "Traceback" not in shown


def test_figures_of_page_csv_and_counts_agree(outcomes):
    for outcome in outcomes.values():
        described = json.loads((outcome.folder / "tables.json").read_text())
        assert described["threshold"] == 6
        for table in described["tables"]:
            assert (outcome.folder / table["file"]).is_file()


def test_a_notebook_of_ones_own_is_released_as_the_report_that_it_opens(authority, tmp_path):
    values = {
        "school": "990030",
        "recipient": "establishment:990030",
        "purpose": "school-development",
        "period": "2025/26-autumn",
        "on": "2026-03-02",
    }
    started = start_notebook("whom_we_teach", served_as("pupil-report"), values, tmp_path)
    outcome = run_report(started.parameters, authority, notebooks=tmp_path / "notebooks")
    assert outcome.error is None, outcome.error
    assert outcome.status == "released"
    assert read_release(outcome.folder).manifest["report"] == "pupil-report"


def test_what_a_notebook_shows_of_its_own_is_left_out_and_said_so(workspace, notebooks, capsys):
    """No custodian vouches for it. Whoever made it is told which cell it is, and how to show it."""
    own = "import pandas as pd\nfrom IPython.display import display\ndisplay(pd.DataFrame({'a': [123454321]}))"
    [outcome] = run_reports([PARAMETERS / "area_profile" / "east.yaml"], workspace, notebooks=notebooks(own))
    assert outcome.error is None, outcome.error
    manifest = read_release(outcome.folder).manifest
    last = max(each["cell"] for each in manifest["cells_left_out"])
    assert outcome.left_out[-1] == f"cell {last} (import pandas as pd)"
    assert "123454321" not in (outcome.folder / "report.html").read_text("utf-8")
    show_outcomes([outcome], 1)
    said = capsys.readouterr().out
    assert f"left out   what cell {last} (import pandas as pd) shows of its own" in said
    assert "report.bar" in said
