"""``kdsp rerun``: a release made again, byte for byte; and where one thing was changed, that very thing is named.

The mutations are of real files: of the release, the notebook, a snapshot, the register, the policies. Files made again
are made once and compared with every edited release; whatever changes what is made is run as a whole.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from processes import entries
from project_paths import PROJECT, copied_package
from small_profile import SENTENCE, notebook, put_into

import kdsp_lib.run.rerun as rerunning
import kdsp_lib.run.rerun_trials as rerun_trials
from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.start import stop
from kdsp_lib.register.database import Database
from kdsp_lib.report.chart import CHART_MIME
from kdsp_lib.report.table import TABLE_MIME
from kdsp_lib.run.batch import run_reports
from kdsp_lib.run.rerun import rerun_release
from kdsp_lib.source.snapshot import snapshot_path


@pytest.fixture(scope="module")
def place(new_workspace):
    """A workspace with a small notebook and its release."""
    workspace = new_workspace()
    [outcome] = run_reports([put_into(workspace.root)], workspace, notebooks=workspace.root / "notebooks")
    assert outcome.error is None, outcome.error
    yield workspace
    stop(workspace)


@pytest.fixture(scope="module")
def folder(place):
    [found] = [path for path in place.outputs.iterdir() if path.is_dir()]
    return found


def again(place, folder):
    return rerun_release(folder, place, notebooks=place.root / "notebooks")


@pytest.fixture(scope="module")
def made(place, folder):
    """The rerun of the release as it is, and the files that it made."""
    real, kept = rerunning._made_again, []

    def keep(*arguments):
        kept.append(real(*arguments))
        return kept[0]

    rerunning._made_again = keep
    try:
        return again(place, folder), kept[0]
    finally:
        rerunning._made_again = real


@pytest.fixture
def copy(folder, tmp_path):
    """The release, to be changed."""
    return Path(shutil.copytree(folder, tmp_path / folder.name))


@pytest.fixture
def made_before(made, monkeypatch):
    """What a rerun makes, without making it once more: it hangs on nothing that stands in the release's folder."""
    monkeypatch.setattr(rerunning, "_made_again", lambda *_: made[1])


def kdsp(place, *arguments, **more):
    environment = {**os.environ, "KDSP_WORKSPACE": str(place.root), **more}
    return subprocess.run(
        [sys.executable, "-m", "kdsp_lib.cli.main", *map(str, arguments)],
        capture_output=True, text=True, env=environment, cwd=more.get("PYTHONPATH", PROJECT), timeout=600,
    )  # fmt: skip


def parts(found):
    return {change.part for change in found.changes}


def test_a_release_is_reproduced_byte_for_byte(made, folder):
    result, (files, *_) = made
    assert (result.status, result.changes, result.files, result.cells) == ("reproduced", (), (), ())
    assert result.same == len(files) + 1 == len([path for path in folder.rglob("*") if path.is_file()])
    assert result.exit_code == 0


def test_it_enters_nothing_and_the_access_log_says_that_it_was_asked(made, place, folder):
    before = len(entries(place, None))
    result = kdsp(place, "rerun", folder.name)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Reproduced: all" in result.stdout
    assert len(entries(place, None)) == before
    with Database(place.database) as database:
        asked = AccessLog(database).entries()
    assert {("rerun", folder.name), ("rerun-remade", folder.name)} <= {(each.action, each.report) for each in asked}
    assert not [path for path in place.outputs.iterdir() if path.name.startswith(".")]


def edit(path, old, new):
    content = path.read_bytes()
    assert content.count(old) >= 1, (path, old)
    path.write_bytes(content.replace(old, new, 1))


POLICIES = "protocol/policies/knowsley"
EDITS = {
    "a byte of a file": ("report.pdf", lambda path: path.write_bytes(path.read_bytes()[:-1] + b"!")),
    "a cell": ("tables/sexes.csv", lambda path: path.write_text(re.sub(r",(\d)", r",9\1", path.read_text(), count=1))),
    "a chart": ("charts/*.svg", lambda path: path.write_text(path.read_text().replace("<path", "<path ", 1))),
    "a sentence of its page": ("report.html", lambda path: edit(path, SENTENCE.encode(), b"Boys alone.")),
    "a parameter": ("manifest.json", lambda path: edit(path, b'26-autumn",', b'26-spring",')),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_what_was_edited_in_a_release_is_named_as_such(what, place, copy, made_before):
    pattern, change = EDITS[what]
    [path] = copy.glob(pattern)
    change(path)
    found = again(place, copy)
    name = path.relative_to(copy).as_posix()
    assert (found.status, found.causes, found.exit_code) == ("differs", ("release",), 15)
    assert found.files == (name if name != "manifest.json" else "manifest.json: parameters",)
    assert [name in change.text for change in found.changes] == [True]


def test_a_changed_sentence_of_the_notebook_is_the_notebook_whatever_else_moved(place, folder, monkeypatch):
    """Other libraries too: made again with these and the notebook of then, as the release has it, it is the same."""
    other_libraries(monkeypatch)
    monkeypatch.setattr(rerun_trials, "_package_of", lambda *_: None)
    path = place.root / "notebooks" / "small_profile.ipynb"
    before = path.read_text()
    path.write_text(notebook(lambda source: source.replace(SENTENCE, "Pupils on roll.")))
    try:
        found = rerun_trials.rerun_by_parts(folder, place, notebooks=path.parent)
    finally:
        path.write_text(before)
    assert (found.status, found.causes, found.cells) == ("differs", ("notebook",), ())
    assert parts(found) == {"notebook", "environment"}
    assert [(effect.parts, effect.what) for effect in found.effects] == [(("notebook",), frozenset(found.files))]
    assert {"report.html", "report.ipynb", "report.pdf"} <= set(found.files)
    assert not [path for path in found.files if path.startswith(("tables", "charts"))]


def test_a_changed_row_of_a_snapshot_is_the_data(place, folder):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    manifest = json.loads((folder / "manifest.json").read_text())
    path = snapshot_path(place.data, manifest["snapshots"]["census 2025/26-autumn"])
    before = path.read_bytes()
    table = pq.read_table(pa.BufferReader(before))
    first = pa.array([not table.column("fsm6")[0].as_py()]).cast(table.schema.field("fsm6").type)
    column = pa.chunked_array([first, pc.cast(table.column("fsm6").combine_chunks()[1:], first.type)])
    pq.write_table(table.set_column(table.schema.get_field_index("fsm6"), "fsm6", column), path)
    try:
        found = again(place, folder)
    finally:
        path.write_bytes(before)
    assert (found.status, found.causes, found.exit_code) == ("cannot", ("data",), 16)
    assert "census 2025/26-autumn" in found.changes[0].text


def test_a_changed_date_of_a_consent_is_the_register(place, folder, made_before):
    before = place.register.read_text()
    consents = before.index("consents:")
    changed = before[:consents] + re.sub(r"(to: ['\"]?20\d\d-\d\d-)(\d\d)", r"\g<1>11", before[consents:], count=1)
    assert changed != before
    place.register.write_text(changed)
    try:
        found = again(place, folder)
    finally:
        place.register.write_text(before)
    assert parts(found) == {"register"}
    assert found.status == "reproduced"  # the report rests on no such consent: today's register gives it too


def test_another_version_of_a_library_is_the_environment(place, folder, made_before, monkeypatch):
    other_libraries(monkeypatch)
    found = again(place, folder)
    assert parts(found) == {"environment"}
    assert "matplotlib" in found.changes[0].text
    assert "now 0.0.1" in found.changes[0].text


def other_libraries(monkeypatch):
    others = {**rerunning.libraries(), "matplotlib": "0.0.1"}
    monkeypatch.setattr(rerunning, "libraries", lambda: others)
    monkeypatch.setattr(rerunning, "lock_hash", lambda: "0" * 64)


def test_another_python_is_said_first_and_changes_nothing(place, folder, made_before, monkeypatch):
    monkeypatch.setattr(rerunning.platform, "python_version", lambda: "3.99.1")
    found = again(place, folder)
    assert (found.status, parts(found)) == ("reproduced", {"environment"})
    assert found.changes[0].text.endswith("made it, and this is 3.99.1")


def edited_notebook(copy):
    """One number of a table, one of a chart's table and one sentence changed; the cells, and what stood there."""
    path = copy / "report.ipynb"
    notebook = json.loads(path.read_text())
    changed = {}
    for at, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "markdown" and SENTENCE in "".join(cell["source"]):
            cell["source"] = "".join(cell["source"]).replace(SENTENCE, "Boys alone.")
            changed["sentence"] = (at, SENTENCE)
        for output in cell.get("outputs", ()):
            for kind, table in (("number", output["data"].get(TABLE_MIME)), ("chart", output["data"].get(CHART_MIME))):
                if table is not None and kind not in changed:
                    values = (table["table"] if kind == "chart" else table)["cells"][0]["values"]
                    changed[kind] = (at, values[0])
                    values[0] = "1,234"
    path.write_text(json.dumps(notebook))
    return changed


def test_a_changed_number_chart_and_sentence_are_each_named_by_cell(place, copy):
    """With what stood there and what comes out; real nbval runs it, and fails the two cells with outputs."""
    changed = edited_notebook(copy)
    assert set(changed) == {"sentence", "number", "chart"}
    ended = kdsp(place, "rerun", copy, "--nbval", "--json")
    found = json.loads(ended.stdout)
    assert (ended.returncode, found["status"], found["causes"], found["files"]) == (
        15, "differs", ["release"], ["report.ipynb"],
    ), ended.stderr  # fmt: skip
    by_cell = {each["cell"]: each["text"] for each in found["shown"]}
    assert len(found["shown"]) == len(by_cell) == 3, found["shown"]
    assert by_cell[changed["sentence"][0]] == f'"Boys alone." stood there, "{SENTENCE}" came out'
    for kind in ("number", "chart"):
        at, figure = changed[kind]
        assert by_cell[at].startswith(kind if kind == "chart" else "table")
        assert by_cell[at].endswith(f"1,234 stood there, {figure} came out")


def test_nbval_itself_fails_the_changed_cells_and_no_other(place, copy, made, monkeypatch):
    """What it finds is asked for, whatever the comparison of cells finds: that finds nothing here."""
    monkeypatch.setattr(rerunning, "_made_again", lambda *_: made[1])
    monkeypatch.setattr(rerunning, "cells_otherwise", lambda *_: ())
    changed = edited_notebook(copy)
    found = rerun_release(copy, place, notebooks=place.root / "notebooks", nbval=True)
    assert {each.cell for each in found.shown} == {changed["number"][0], changed["chart"][0]}


def test_a_release_that_holds_shows_what_is_stored_in_it(place, folder, made_before):
    before = len(entries(place, None))
    found = rerun_release(folder, place, notebooks=place.root / "notebooks", nbval=True)
    assert (found.status, found.shown, found.exit_code) == ("reproduced", (), 0)
    assert len(entries(place, None)) == before


def test_code_that_was_not_released_is_named_and_not_run(place, copy, made_before, monkeypatch):
    monkeypatch.setattr(rerunning, "failed_cells", lambda *_: pytest.fail("it was run"))
    edit(copy / "report.ipynb", b"tables['absence']", b"tables['absent']")
    found = rerun_release(copy, place, notebooks=place.root / "notebooks", nbval=True)
    assert found.exit_code == 15
    assert [each.text for each in found.shown] == [
        "its code: \"tables['absent']\" stood there, \"tables['absence']\" came out",
        "its code is not what was released, so nbval did not run it",
    ]


@pytest.fixture
def other_kdsp(tmp_path, place):
    """Rerun with a kdsp in which something is changed; what it says, as data. The custodian is of that kdsp then.

    ``committed``: in a checkout that has what there was in its history, as the release is made to say.
    """

    def run(release, *edits, committed=False):
        copied = copied_package(tmp_path / "other")
        if committed:
            manifest = json.loads((release / "manifest.json").read_text())
            manifest["transient"]["commit"] = commit_of(copied.parent)
            (release / "manifest.json").write_text(json.dumps(manifest))
        for file, old, new in edits:
            edit(copied / file, old, new)
        notebooks = place.root / "notebooks"
        ended = kdsp(place, "rerun", release, "--json", "--notebooks", notebooks, PYTHONPATH=str(copied.parent))
        assert ended.stdout, ended.stderr
        return ended.returncode, json.loads(ended.stdout)

    yield run
    stop(place)


def commit_of(checkout):
    (checkout / ".gitignore").write_text("__pycache__\n", "utf-8")
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "core.autocrlf=false")
    for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "--message", "As it was")):
        subprocess.run(["git", "-C", str(checkout), *arguments], check=True)
    asked = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_of_a_changed_rule_and_a_changed_line_of_code_each_is_tried_alone(place, copy, other_kdsp):
    """The line makes no difference: so it is the rule, and the manifest's decision is what it makes otherwise."""
    rule = b'permit (principal, action == KDSP::Action::"oblige", resource)\nwhen { resource.detail == "aggregate" };'
    code, found = other_kdsp(
        copy,
        (f"{POLICIES}/obligations/obligations.cedar", rule, rule.replace(b"aggregate", b"establishment")),
        ("__init__.py", b'"""', b'""" '),
        committed=True,
    )
    assert {change["part"] for change in found["changes"]} == {"rules", "code"}
    assert ["What follows is by this" in change["text"] for change in found["changes"]] == [True, False]
    assert (code, found["status"], found["causes"]) == (15, "differs", ["rules"])
    assert found["effects"] == [{"parts": ["rules"], "what": found["files"], "together": False}]
    assert "manifest.json: decision" in found["files"]


def test_a_changed_number_of_the_disclosure_profile_is_the_rules(place, folder, other_kdsp):
    """Counts are rounded then: the reviewer learns which figures came out otherwise, and none of the new ones."""
    number = b"\nround_to = 0 "
    code, found = other_kdsp(folder, ("custodian/disclosure.toml", number, number.replace(b"0", b"10")))
    assert {change["part"] for change in found["changes"]} == {"rules"}
    assert (code, found["causes"]) == (15, ["rules"])
    assert {cell["new"] for cell in found["cells"]} == {""}
    assert "sexes" not in {cell["table"] for cell in found["cells"]}, "multiples of both stay as they were printed"


def test_what_replaces_it_after_a_correction_is_marked_and_reproduced_too(new_workspace, tmp_path):
    """In the corrected census every other school has a third fewer pupils."""
    import pyarrow.parquet as pq

    workspace = new_workspace()
    try:
        paths = [put_into(workspace.root)]
        [first] = run_reports(paths, workspace, notebooks=workspace.root / "notebooks")
        census = json.loads((first.folder / "manifest.json").read_text())["snapshots"]["census 2025/26-autumn"]
        corrected = tmp_path / "census.csv"
        rows = pq.read_table(snapshot_path(workspace.data, census)).to_pandas()
        moved = rows["urn"].isin(sorted(set(rows["urn"]))[::2])
        rows[~moved | (rows.index % 3 > 0)].to_csv(corrected, index=False)
        kdsp(workspace, "data", "add", "census", corrected, "--period", "2025/26-autumn", "--signed-off", "--yes")
        [second] = run_reports(paths, workspace, notebooks=workspace.root / "notebooks")
        assert second.error is None, second.error
        manifest = json.loads((second.folder / "manifest.json").read_text())
        assert manifest["title"].endswith("(revised)")
        assert manifest["amends"]["changed"] == ["sexes", "absence"] == list(second.changed)
        assert "These tables changed: Pupils by sex; " in (second.folder / "report.html").read_text()
        assert again(workspace, second.folder).status == "reproduced"
    finally:
        stop(workspace)


def test_todays_difference_is_a_table_of_cells(place, folder):
    ended = kdsp(place, "rerun", folder.name, "--with", "data=current")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(r"All \d+ printed figures are what they were", ended.stdout)
