"""Plain `pytest --nbval` on an executed notebook, ours or a release's: what was changed in it is found, by its cell."""

from __future__ import annotations

import copy
import json
import re

import pytest
from executed_notebook import NOTEBOOKS, PARAMETERS, Shown

from kdsp_lib.report.chart import CHART_MIME
from kdsp_lib.report.session import REPORT_MIME
from kdsp_lib.report.table import TABLE_MIME
from kdsp_lib.run.batch import run_reports

CHANGES = {
    "number": (TABLE_MIME, lambda data: data[TABLE_MIME]["cells"][0]["values"].__setitem__(0, "1,234")),
    "seen": (TABLE_MIME, lambda data: data.__setitem__("text/html", data["text/html"].replace("</td>", "1</td>", 1))),
    "said": (TABLE_MIME, lambda data: data.__setitem__("text/plain", data["text/plain"].replace("Pupils", "Girls"))),
    "chart": (CHART_MIME, lambda data: data[CHART_MIME]["table"]["cells"][0]["values"].__setitem__(0, "1,234")),
    "alt": (CHART_MIME, lambda data: data.__setitem__("text/plain", "Fewer than there were.")),
}
"""What is changed, each in a cell of its own: a table in its figures, as it is seen, in its words; a chart in both."""


def changed(notebook, names):
    """A copy with these changes; and the numbers of their cells as nbval counts them: code alone, from 0."""
    copied = copy.deepcopy(notebook)
    code = [cell for cell in copied["cells"] if cell["cell_type"] == "code"]
    numbers = []
    for name in names:
        kind, change = CHANGES[name]
        number, output = next(
            (number, output)
            for number, cell in enumerate(code)
            for output in cell["outputs"]
            if number not in numbers and kind in output["data"]
        )
        output["data"] = {key: "".join(v) if isinstance(v, list) else v for key, v in output["data"].items()}
        before = copy.deepcopy(output)
        change(output["data"])
        assert output != before
        numbers.append(number)
    return copied, numbers


@pytest.fixture(scope="module")
def east(authority):
    """A release."""
    [outcome] = run_reports([PARAMETERS / "east.yaml"], authority, notebooks=NOTEBOOKS)
    assert outcome.error is None
    return Shown(outcome.folder / "report.ipynb")


@pytest.fixture(scope="module")
def found(call, east, tmp_path_factory):
    """Which cells were changed, which failed, by the name of the notebook; and all that was printed."""
    folder = tmp_path_factory.mktemp("changed")
    release, stored = (json.loads(path.read_text("utf-8")) for path in (east.path, NOTEBOOKS / "area_profile.ipynb"))
    cells = []
    for origin, notebook, names in (("released", release, CHANGES), ("stored", stored, ("number", "chart"))):
        made, numbers = changed(notebook, names)
        (folder / f"{origin}.ipynb").write_text(json.dumps(made), "utf-8")
        cells += [(origin, number) for number in numbers]
    ended = call("pytest", "--nbval", folder, "-q", "-p", "no:cacheprovider", "--color=no")
    failed = re.findall(r"^FAILED .*?([\w-]+)\.ipynb::Cell (\d+)", ended.stdout, re.MULTILINE)
    assert ended.returncode == 1, ended.stdout
    return cells, [(name, int(cell)) for name, cell in failed], ended.stdout


def test_each_change_is_found_in_its_cell_and_in_no_other(found):
    """A release runs as it stands: its head and foot, its parameters and the cell that says which release it is too."""
    cells, failed, shown = found
    assert sorted(failed) == sorted(cells), shown


def test_it_says_what_differs(found):
    for kind in (TABLE_MIME, CHART_MIME, "text/html", "text/plain"):
        assert f"mismatch '{kind}'" in found[2]


def test_a_chart_is_held_by_its_table_though_its_picture_may_be_anything(east):
    """nbval looks at no PNG; what it looks at is in every chart."""
    charts = [data for data in east.bundles if CHART_MIME in data]
    assert charts
    for data in charts:
        assert data[CHART_MIME]["table"]["cells"]
        assert not {"image/png", "image/jpeg"} & set(data)


def test_what_nbval_lets_be_holds_no_figure(east):
    """The report's own front matter, which goes beyond what a notebook is told; `kdsp verify` holds it by its hash."""
    cells = json.loads(east.path.read_text("utf-8"))["cells"]
    let_be = [cell for cell in cells if "nbval-ignore-output" in cell["metadata"].get("tags", ())]
    assert [list(output["data"]) for cell in let_be for output in cell["outputs"]] == [[REPORT_MIME, "text/plain"]]
