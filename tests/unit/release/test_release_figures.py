"""The same figures in page, notebook, CSV and counts, and all of them the custodian's."""

from __future__ import annotations

import copy
import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from made_up_release import ABSENCE, BAR, COUNTS, HIDDEN, LINE, ROLL, code, dim, draft, notebook, release, shown, table

from kdsp_lib.errors import BadParameters
from kdsp_lib.release import charts_shown
from kdsp_lib.release.write import files_of
from kdsp_lib.report.symbol import printed
from kdsp_lib.report.table import TABLE_MIME


@pytest.fixture(scope="module")
def files():
    return {
        path: content.decode()
        for path, content in files_of(release())[0].items()
        if not path.endswith((".pdf", ".png", ".xlsx"))
    }


def rows_of(text):
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("data", [ABSENCE, ROLL, HIDDEN], ids=lambda data: data["name"])
def test_page_notebook_and_csv_hold_the_custodians_figures(files, data):
    names = [statistic["name"] for statistic in data["statistics"]]
    csv_cells = [
        ([row[f"{d['name']}_code"] for d in data["dims"]], [row[name] for name in names])
        for row in rows_of(files[f"tables/{data['name']}.csv"])
    ]
    assert csv_cells == [(cell["codes"], cell["values"]) for cell in data["cells"]]
    part = files["report.html"].split(f'id="table-{data["name"]}"')[1].split("</table>")[0]
    on_page = re.findall(r"<td[^>]*>([^<]+)</td>", part)
    assert sorted(on_page) == sorted(printed(value) for cell in data["cells"] for value in cell["values"])


def test_counts_are_those_of_the_page(files):
    described = json.loads(files["tables.json"])
    assert described["threshold"] == 6
    assert described["dims"]["sex"] == {"root": "All", "children": {"All": ["F", "M"]}}
    (one,) = described["tables"]
    rows = [([row[d] for d in one["dims"]], row[one["value"]]) for row in rows_of(files[one["file"]])]
    assert rows == [(cell["codes"], cell["values"][0]) for cell in ROLL["cells"]]


def test_what_a_kernel_says_is_not_believed():
    """The kernel's table shows other figures than the custodian's: none of them leaves."""
    forged = copy.deepcopy(ABSENCE)
    forged["cells"][2]["values"] = ["91.7", "4", "77777"]
    wrong = notebook()
    wrong["cells"][4]["outputs"] = [shown(draft(forged) | {"text/html": "<b>77777</b>"})]
    wrong["cells"][5]["outputs"][0]["data"]["application/vnd.kdsp.chart+json"]["table"] = forged
    wrong["cells"][5]["outputs"][0]["data"]["image/svg+xml"] = "<svg>77777</svg>"
    forged_files, _ = files_of(release(notebook=wrong))
    assert forged_files == files_of(release())[0]


def test_a_table_or_chart_that_nobody_vouches_for_is_refused():
    for bundle in (draft(ABSENCE | {"name": "mine"}), draft(ROLL)):
        with pytest.raises(BadParameters, match="not in the release"):
            files_of(release(notebook=notebook(code("x", shown(bundle))), tables=(ABSENCE, HIDDEN), charts=(BAR.spec,)))
    with pytest.raises(BadParameters, match="chart 'roll-line' that is not in the release"):
        files_of(release(charts=(BAR.spec,)))


def test_the_page_follows_the_notebook_and_leaves_no_table_out(files):
    page = files["report.html"]
    order = [
        "Absence is",
        'id="table-absence"',
        'id="figure-absence-bar"',
        'id="s-roll"',
        'id="table-roll"',
        "roll-line",
    ]
    places = [page.index(text) for text in [*order, ">Further tables</h2>", 'id="table-language"']]
    assert places == sorted(places)
    assert "tables[" not in page


def test_a_table_shown_twice_stands_once():
    again = files_of(release(notebook=notebook(code("x", shown(draft(ROLL))))))[0]["report.html"].decode()
    assert again.count('id="table-roll"') == 1


def test_charts_are_drawn_from_the_custodians_table(files):
    assert files["charts/absence-bar.svg"].endswith(BAR.svg())
    assert charts_shown(notebook()) == (BAR.spec, LINE.spec)


def test_the_notebook_carries_no_draft_and_the_tables_of_the_release(files):
    outputs = [o for cell in json.loads(files["report.ipynb"])["cells"] for o in cell.get("outputs", ())]
    assert [o["data"][TABLE_MIME] for o in outputs if TABLE_MIME in o["data"]] == [ABSENCE, ROLL]
    assert "not to be passed on" not in files["report.ipynb"]


def test_text_that_a_spreadsheet_would_run_stays_text():
    label = '=HYPERLINK("http://x","y")'
    hostile = table("evil", "T", [dim("area", a=label, b="\t+1")], {"gap": 1}, "a: -1.5\nb: 2.0")
    made = files_of(release(tables=(ABSENCE, ROLL, hostile)))[0]["tables/evil.csv"].decode()
    first, second = rows_of(made)
    assert first["area"] == f"'{label}"
    assert second["area"].startswith("'")
    assert first["gap"] == "-1.5"


def test_a_structural_zero_is_no_cell_of_the_counts():
    rows = [{"codes": ["All", "All"], "value": "40"}, {"codes": ["special", "F"], "value": "z"}]
    made = files_of(release(counts=(COUNTS | {"rows": rows},)))[0]
    assert made["tables/counts/roll.csv"].decode() == "phase,sex,n\nAll,All,40\n"


def test_an_independent_auditor_reads_the_counts(tmp_path):
    shared = Path(os.environ.get("KDSP_SHARED", Path(__file__).resolve().parents[4] / "shared"))
    auditor = shared / "tools/sdc/run_audit.py"
    if not auditor.is_file():
        pytest.skip("the independent auditor is not on this machine")
    for path, content in files_of(release())[0].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    run = subprocess.run(
        [sys.executable, str(auditor), str(tmp_path / "tables.json")], capture_output=True, text=True, check=False
    )
    answer = json.loads(run.stdout.splitlines()[-1])
    assert {key: answer[key] for key in ("cells", "hidden", "conflict", "inconsistent", "exact")} == {
        "cells": 12,
        "hidden": 6,
        "conflict": 0,
        "inconsistent": 0,
        "exact": 0,
    }
