"""`pytest --kdsp-notebooks`, by the very lines of its how-to, on a folder with a good notebook and bad ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from executed_notebook import NOTEBOOKS, PROJECT

from kdsp_lib.custodian.served import SERVED
from kdsp_lib.custodian.start import stop
from kdsp_lib.report.pupil_list import PUPILS_MIME
from kdsp_lib.run.checks.collecting import CHECKS
from kdsp_lib.run.new_notebook import start_notebook
from kdsp_lib.source.workspace import read_workspace

HOW_TO = (PROJECT / "docs/how-to/check-your-own-notebooks.md").read_text("utf-8")
VALUES = {
    "group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services",
    "period": "2025/26-autumn", "on": "2026-03-02",
}  # fmt: skip
ALL = set(CHECKS)


def careless() -> dict:
    """The register of signatories in another kernel, with a rank skipped, a URN in a sentence and a row edited."""
    notebook = json.loads((NOTEBOOKS / "signatory_register.ipynb").read_text("utf-8"))
    notebook["metadata"]["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    words = {"cell_type": "markdown", "id": "more", "metadata": {}, "source": "#### Of this the pupil A012345678901 says"}
    notebook["cells"].append(words)
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    listed = next(output["data"] for output in outputs if PUPILS_MIME in output["data"])
    listed[PUPILS_MIME]["rows"][0][-1] = "edited"
    return notebook


def reading_files() -> dict:
    """One that reads a file of the workspace, or would."""
    notebook = json.loads((NOTEBOOKS / "signatory_register.ipynb").read_text("utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code" and "open_report" in cell["source"][0])
    cell["source"] = ["import pandas\n", 'rows = pandas.read_csv("../data/register.yaml")\n', *cell["source"]]
    return notebook


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """What became of each check of each notebook, and all that was printed, by the lines of the how-to."""
    folder = tmp_path_factory.mktemp("own")
    start_notebook("good", SERVED["area-profile"], VALUES, folder)
    for name, notebook in {"careless": careless(), "reading_files": reading_files()}.items():
        (folder / f"notebooks/{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
    [lines] = re.findall(r"```sh\n(.*?)```", HOW_TO, re.DOTALL)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KDSP_", "PYTEST_"))}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment["PYTEST_ADDOPTS"] = "--junitxml=found.xml -p no:cacheprovider"
    try:
        ended = subprocess.run(
            ["sh", "-e", "-c", lines], cwd=folder, env=environment, capture_output=True, text=True, timeout=1200
        )
    finally:
        stop(read_workspace(folder / "made_up"))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    found = {
        (case.get("classname"), case.get("name")): {part.tag for part in case} & {"failure", "skipped"}
        for case in ET.parse(folder / "found.xml").iter("testcase")
    }
    return found, ended.stdout


def ended(checked, how):
    return {(file, name) for (file, name), parts in checked[0].items() if how in parts}


def of(checked, file, how):
    return {name for where, name in ended(checked, how) if file in where}


def test_each_check_of_each_notebook_is_one_test(checked):
    assert len(checked[0]) == 3 * len(ALL)


def test_what_kdsp_new_notebook_starts_passes(checked):
    assert of(checked, "good", "failure") == set(), checked[1]
    assert of(checked, "good", "skipped") <= {"confined", "accessible in a browser"}


def test_each_fault_fails_the_check_that_it_is_of(checked):
    failed = of(checked, "careless", "failure")
    assert {"confined", "reproducible", "audited", "accessible"} <= failed
    assert "thin" not in failed


def test_one_that_does_not_run_passes_nothing_that_takes_a_run(checked):
    failed = of(checked, "reading_files", "failure")
    assert {"thin", "reproducible", "audited", "accessible"} <= failed


@pytest.mark.parametrize(
    "said",
    [
        "reading_files.ipynb is not thin.",
        "imports pandas",
        "does not run",
        "names the kernel python3, which is not confined",
        ", row 1, differs",
        "skips a rank of headings",
        "the form of a UPN",
        "to fix",
    ],
)
def test_it_says_what_is_wrong_and_how_to_mend_it(checked, said):
    assert said in checked[1]


def test_it_tells_no_traceback_of_ours(checked):
    assert "Traceback" not in checked[1]
    assert "collecting.py" not in checked[1]


def test_the_example_for_github_is_a_workflow_of_the_same_lines():
    [example] = re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)
    [lines] = re.findall(r"```sh\n(.*?)```", HOW_TO, re.DOTALL)
    steps = yaml.safe_load(example)["jobs"]["check"]["steps"]
    ran = "\n".join(step.get("run", "") for step in steps)
    for line in lines.splitlines():
        if not line.startswith("export"):
            assert line in ran
    assert {name for step in steps for name in step.get("env", {})} == {"KDSP_WORKSPACE"}


def test_a_pytest_that_does_not_ask_for_it_is_not_touched(tmp_path):
    """Without the option a notebook is no test, and nothing of kdsp is loaded but the plug-in's few lines."""
    (tmp_path / "a.ipynb").write_text("{}", "utf-8")
    probe = (
        "def test_probe():\n    import sys\n"
        "    heavy = {'pandas', 'pyarrow', 'papermill', 'matplotlib', 'kdsp_lib.run.checks.collecting'}\n"
        "    loaded = sorted(name for name in sys.modules if name.startswith('kdsp_lib'))\n"
        "    assert not heavy & set(sys.modules)\n"
        "    assert loaded == ['kdsp_lib', 'kdsp_lib.run', 'kdsp_lib.run.checks', 'kdsp_lib.run.checks.plugin']\n"
    )
    (tmp_path / "test_probe.py").write_text(probe, "utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:nbval", "-p", "no:hypothesispytest", "."],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout


def test_what_is_no_notebook_is_said(tmp_path):
    (tmp_path / "a.ipynb").write_text("{}", "utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--kdsp-notebooks", "."],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "a.ipynb is no notebook" in ran.stdout
