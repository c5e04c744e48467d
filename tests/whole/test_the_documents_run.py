"""Every command block of README, tutorial and how-tos, pasted one after the other into a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from document_blocks import PAGES, SHELL, blocks_of, codes_in, commands_of, script_of
from nbclient import NotebookClient
from project_paths import NOTEBOOKS, PARAMETERS, PROJECT

from kdsp_lib.custodian.start import stop
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.workspace import find_workspace

ELSEWHERE = {
    "make demo      a made-up authority, its reports in outputs/, and one request that is refused, with its way out":
        "tests/architecture/test_setting_up.py",
    "make demo": "tests/architecture/test_setting_up.py",
    "make test      everything that is claimed here, checked": "tests/architecture/test_setting_up.py",
    "kdsp lab area_profile": "tests/browser/test_jupyterlab_shows_what_a_run_releases.py",
    "kdsp lab reading_by_term": "tests/browser/test_jupyterlab_shows_what_a_run_releases.py",
}  # fmt: skip
"""Commands that are run by other tests: they set a machine up or open a browser."""
PAGES_ELSEWHERE = {
    "docs/how-to/run-on-a-cluster.md": (
        "tests/whole/test_a_batch_on_a_cluster.py",
        "tests/whole/test_a_custodian_on_another_machine.py",
        "tests/whole/test_shards_of_a_batch.py",
    ),
    "docs/how-to/check-your-own-notebooks.md": ("tests/notebooks/test_an_authoritys_own_notebooks.py",),
}
"""Pages whose commands need several machines, or whose lines another test runs."""
CODES = {
    "kdsp decide parameters/area_profile/refused.yaml": [12],
    "kdsp run parameters/area_profile parameters/bespoke_school": [12],
    "kdsp run parameters/batch parameters/area_profile -j 4": [12],
    "kdsp audit --published published.csv --spec spec.yaml": [1],
    "kdsp decide parameters/bespoke_school/elderhaven.yaml": [0, 12, 0],
}
"""How a command ends, each time in turn, that is there to show a refusal or a fault; every other ends with 0."""
OF_PAGE = {"docs/how-to/check-a-release.md": {"kdsp register verify": [10]}}
"""The same of one page: there, the register has no journal yet."""
MADE_UP = "made_up/files"
PREPARED = {
    "docs/how-to/check-a-release.md": "kdsp checkpoint export --to kept",
    "docs/how-to/look-after-it.md": (
        "kdsp demo --into made_up --files && mkdir -p our-authority/data && cp data/register.yaml our-authority/data/ "
        f"&& cp {MADE_UP}/edubasealldata20260302.csv our-authority/"
    ),
}
"""What a page takes for granted, beside the folder that `make demo` leaves."""
PUT_IN_PLACE = {
    "CHECKPOINT": "kept",
    "RETURNS": f"../{MADE_UP}/school-census/2025-26-autumn",
    "FILE": f"../{MADE_UP}/management_information_state-funded_schools.csv",
    "1f2e3d4c": "$(kdsp custodian tokens | cut -d' ' -f1)",
}
"""What a reader puts in the place of a page's words."""
QUOTED = {"east.yaml": PARAMETERS / "area_profile" / "east.yaml"}
RUN_HERE = sorted(set(PAGES) - PAGES_ELSEWHERE.keys() - {"README.md"})
"""In one folder one after the other; the tutorial, which changes what was agreed, comes last but for its own cells."""
KEPT = {
    "area_profile": ("east", "refused"),
    "bespoke_school": ("elderhaven", "refused"),
    "pupil_report": ("elderhaven",),
}
"""The parameter files of the folder: those that the pages name, and of a folder of them two."""
BATCH = "pupil_reports_of_primaries.yaml"


@pytest.fixture(scope="module")
def project(authority, tmp_path_factory):
    """A folder as `make demo` leaves it, as far as the pages go on from it: the authority, a report, small batches."""
    folder = tmp_path_factory.mktemp("documents") / "project"
    shutil.copytree(authority.root, folder, ignore=shutil.ignore_patterns(authority.state.name, authority.outputs.name))
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    for notebook, names in KEPT.items():
        (folder / "parameters" / notebook).mkdir(parents=True)
        for name in names:
            shutil.copy(PARAMETERS / notebook / f"{name}.yaml", folder / "parameters" / notebook)
    (folder / "parameters" / "batch").mkdir()
    batch = (PARAMETERS / "batch" / BATCH).read_text("utf-8")
    assert "school: all primaries" in batch
    few = batch.replace("school: all primaries", 'school: ["990005", "990010"]')
    (folder / "parameters" / "batch" / BATCH).write_text(few)
    made = shell("kdsp run parameters/area_profile/east.yaml", folder)
    assert made.returncode == 0, made.stdout + made.stderr
    yield folder
    for each in (folder, folder / "our-authority", folder / "made_up"):
        if (each / "kdsp.toml").is_file():
            stop(find_workspace(each))


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KDSP_")}
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder, env={**environment, "PATH": path}, capture_output=True, text=True, check=False, timeout=600,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def put_in_place(folder: Path) -> dict[str, str]:
    """What a reader puts in the place of a page's words, a release's folder and a pupil among them."""
    manifests = folder.glob("outputs/*/manifest.json")
    released = next(path.parent.name for path in manifests if '"area-profile"' in path.read_text("utf-8"))
    catalogue = Catalogue.load(find_workspace(folder))
    upn = catalogue.read(catalogue.dataset("pupils")).column("upn")[0].as_py()
    return {"FOLDER": released, "UPN": upn, **PUT_IN_PLACE}


@pytest.mark.parametrize("page", RUN_HERE)
def test_every_command_ends_as_its_page_says(page, project):
    prepared = shell(PREPARED.get(page, "true"), project)
    assert prepared.returncode == 0, prepared.stdout + prepared.stderr
    script, commands = script_of(page, put_in_place(project), frozenset(ELSEWHERE))
    done = shell(script, project)
    codes = codes_in(done.stdout)
    expected = {command: list(ends) for command, ends in {**CODES, **OF_PAGE.get(page, {})}.items()}
    wrong = []
    for number, command in enumerate(commands):
        ends = expected.get(command)
        should = ends.pop(0) if ends else 0
        if codes.get(number) != should:
            wrong.append(f"{command}: {codes.get(number, 'not reached')}, and not {should}")
    assert not wrong, f"{wrong}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}"


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_every_cell_shows_what_its_page_says(page, project, monkeypatch):
    """Pasted into the notebook that the page has open; what is said to be refused is refused."""
    monkeypatch.setenv("KDSP_WORKSPACE", str(project))
    notebook = nbformat.read(project / "notebooks" / "area_profile.ipynb", as_version=4)
    keep = 2 if page == "README.md" else len(notebook.cells)
    opened = [cell for cell in notebook.cells if cell.cell_type == "code"][:keep]
    texts = [block.text for block in blocks_of(page) if block.language == "python"]
    assert texts
    pasted = [nbformat.v4.new_code_cell(text, metadata={"tags": ["raises-exception"]}) for text in texts]
    notebook.cells = [*opened, *pasted]
    NotebookClient(notebook, kernel_name="kdsp", timeout=300).execute(cwd=str(project))
    for text, cell in zip(texts, pasted, strict=True):
        errors = [output.ename for output in cell.outputs if output.output_type == "error"]
        assert errors == (["PermissionError"] if "/etc/passwd" in text else []), (text, cell.outputs)


def test_what_is_quoted_is_what_there_is():
    quoted = [block for page in PAGES for block in blocks_of(page) if block.language == "yaml" and not block.saved]
    for block in quoted:
        if "collaborative:east\nrecipient" in block.text:
            assert block.text == QUOTED["east.yaml"].read_text("utf-8"), (block.page, block.line)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_run_by_a_test(page):
    """By this one, or by the one that is named, which is there."""
    for test in PAGES_ELSEWHERE.get(page, ()):
        assert (PROJECT / test).is_file()
    if page == "README.md":
        assert set(commands_of(page)) <= ELSEWHERE.keys()
    for command in commands_of(page):
        if command in ELSEWHERE:
            assert (PROJECT / ELSEWHERE[command]).is_file()


def test_a_block_is_of_a_language_that_is_known():
    """Another is one that no test here would run."""
    languages = {block.language for page in PAGES for block in blocks_of(page)}
    assert languages <= {*SHELL, "bash", "python", "yaml", "csv", "toml"}
    assert re.search(r"kdsp run", "\n".join(commands_of("docs/tutorial.md")))
