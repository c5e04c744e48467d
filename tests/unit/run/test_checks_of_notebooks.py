"""What a notebook is checked for, ours or an authority's own: each rule, what breaks it, and what is said of that."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from kdsp_lib.report.chart import CHART_MIME
from kdsp_lib.report.pupil_list import PUPILS_MIME
from kdsp_lib.report.table import TABLE_MIME
from kdsp_lib.run.checks.accessible import accessible_findings
from kdsp_lib.run.checks.confined import kernel_findings
from kdsp_lib.run.checks.outputs import differences, has_run, unrun
from kdsp_lib.run.checks.thin import thin_findings

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
HEAD = "# Reading\n\nHow pupils read. Clause 4: it is for the community."
PARAMETERS = '# parameters\ngroup = "collaborative:east"\nperiod = None'
OPENED = 'from kdsp_lib import open_report\n\nreport = open_report("area-profile", group=group)\nreport'
ASKED = 'tables = report.tables(a=report.count("pupils", by=["phase"], where="phase = \'primary\'"))\ntables["a"]'


def text(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source, *outputs, tags=(), ran=1):
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code", "metadata": metadata, "source": source, "outputs": list(outputs), "execution_count": ran,
    }  # fmt: skip


def notebook(*more, head=HEAD, parameters=PARAMETERS, kernel="kdsp"):
    cells = [text(head), code(parameters, tags=["parameters"]), code(OPENED), code(ASKED), *more]
    return {"cells": cells, "metadata": {"kernelspec": {"name": kernel}}}


def said(findings):
    return [(each.cell, each.text) for each in findings]


def test_a_thin_notebook_is_thin():
    assert thin_findings(notebook()) == []


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_houses_own_name_the_kernel_and_can_be_followed(path):
    """As they are stored; that they run, and show the same, `pytest --nbval` says."""
    stored = json.loads(path.read_text("utf-8"))
    assert [*kernel_findings(stored), *accessible_findings(stored)] == []
    assert unrun(stored) == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import pandas", "imports pandas"),
        ("from pathlib import Path", "imports pathlib"),
        ("from kdsp_lib.custodian import client", "imports kdsp_lib.custodian"),
        ("from . import secrets", "imports secrets"),
        ('open("pupils.csv")', "uses open"),
        ('__import__("os")', "uses __import__"),
        ("eval('1')", "uses eval"),
        ("print(tables)", "uses print"),
        ("report._connection", "reaches behind the report (_connection)"),
        ("def f(): pass", "defines a function or a class"),
        ("f = lambda: 1", "defines a function or a class"),
        ("for table in tables: table", "has a loop"),
        ("[t for t in tables]", "has a loop"),
        ("with report: pass", "opens something (with)"),
        ("if tables: report", "decides something (if, try)"),
        ("total = 1 + 2", "works something out"),
        ('f"{report}"', "does more than ask and show (JoinedStr)"),
        ("!cat /etc/passwd", "is not plain Python (a command after ! or %, or a mistake)"),
        ("%load secrets.py", "is not plain Python (a command after ! or %, or a mistake)"),
        ('display_of = "data/pupils.parquet"', "holds a path or an address"),
        ('a = "https://example.org"', "holds a path or an address"),
        ('a = "SELECT upn FROM pupils"', "holds SQL"),
        ('a = "2026-03-02"', "holds a date"),
        ('a = "establishment:990001"', "holds a URN"),
    ],
)
def test_what_is_not_thin_is_told_with_its_cell(source, what):
    assert (5, what) in said(thin_findings(notebook(code(source))))


@pytest.mark.parametrize(
    ("changes", "cell", "what"),
    [
        ({"head": "No title. Clause 4: for the community."}, 1, "is no head"),
        ({"head": "# Reading\n\nFor the community, under the protocol."}, 1, "says no clause"),
        ({"head": "# Reading\n\nHow pupils read. Clause 4."}, 1, "does not say for whom it is"),
        ({"parameters": "group = open_report"}, 2, "line 1 is no parameter"),
        ({"parameters": "group = 'a'\nfor x in group: pass"}, 2, "line 2 is no parameter"),
    ],
)
def test_head_and_parameters_are_what_they_should_be(changes, cell, what):
    assert (cell, what) in said(thin_findings(notebook(**changes)))


def test_parameters_stand_once_and_first():
    twice = notebook(code("on = '2026'", tags=["parameters"]))
    assert (0, "has 2 cells of parameters") in said(thin_findings(twice))
    none = notebook()
    none["cells"][1]["metadata"] = {}
    assert (0, "has no cell of parameters") in said(thin_findings(none))
    late = notebook()
    late["cells"][1], late["cells"][2] = late["cells"][2], late["cells"][1]
    assert (3, "holds the parameters, and code stands before it") in said(thin_findings(late))


def test_it_is_short():
    long = said(thin_findings(notebook(*[code("report\n" * 10)] * 9)))
    assert long == [(0, "has 12 cells of code, more than 12")] or long[-1][1].startswith("has 9")
    assert (0, "has 13 cells of code, more than 12") in said(thin_findings(notebook(*[code("report")] * 10)))


@pytest.mark.parametrize("kernel", ["python3", None, ""])
def test_another_kernel_is_named(kernel):
    [finding] = kernel_findings(notebook(kernel=kernel))
    assert "not confined" in finding.text
    assert "kdsp" in finding.remedy


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("# Again", "has a second title: Again"),
        ("### Deep", "skips a rank of headings: Deep"),
        ("##", "has an empty heading"),
        ("See ![](a.png) there.", "shows a picture that nothing is said of"),
    ],
)
def test_words_that_cannot_be_followed_are_told_with_their_cell(source, what):
    assert said(accessible_findings(notebook(text(source)))) == [(5, what)]


def test_a_picture_has_words():
    drawn = {"output_type": "display_data", "data": {"image/png": "iVBO", "text/plain": "<Figure>"}}
    assert said(accessible_findings(notebook(code("report", drawn))))[0][0] == 5
    drawn["data"][CHART_MIME] = {"chart": {"alt": "Absence is higher in secondary schools."}}
    assert accessible_findings(notebook(code("report", drawn))) == []


def table(value="5,714", **changes):
    data = {
        "name": "phases", "title": "Pupils", "draft": True, "statistics": [{"name": "n"}],
        "cells": [{"codes": ["primary"], "values": [value]}, {"codes": ["all"], "values": ["9,209"]}],
    }  # fmt: skip
    return {"output_type": "execute_result", "execution_count": 3, "data": {TABLE_MIME: data | changes}}


def chart(alt="Pupils of each phase.", value="5,714"):
    held = table(value)["data"][TABLE_MIME]
    return {"output_type": "display_data", "data": {CHART_MIME: {"chart": {"name": "bar", "alt": alt}, "table": held}}}


def listing(*rows):
    return {
        "output_type": "display_data",
        "data": {PUPILS_MIME: {"name": "pupils", "rows": [list(row) for row in rows]}},
    }


@pytest.mark.parametrize(
    ("stored", "new", "what"),
    [
        (table(), table("5,715"), "table phases, primary, n: 5,714 stood there, 5,715 came out"),
        (table(), table(title="Girls"), "table phases: its title differ"),
        (table(), table(name="sex"), "shows table sex, where phases stood"),
        (table(), table(draft=False), "table phases: one of the two is a draft"),
        (chart(), chart(value="[c]"), "chart bar, table phases, primary, n: 5,714 stood there, [c] came out"),
        (chart(), chart(alt="Pupils of no phase."), "chart bar: its alt differ"),
        (listing(("A", "1"), ("B", "2")), listing(("A", "1"), ("B", "3")), "list pupils, row 2, differs"),
        (listing(("A", "1")), listing(), "list pupils: 0 rows, where 1 stood"),
        ({"text": ["a\n", "b"]}, {"text": "a\nc"}, "shows another text"),
        ({"data": {"image/png": "a"}}, {"data": {"image/png": "b"}}, "shows another image/png"),
    ],
)
def test_a_difference_names_the_cell_and_what_moved(stored, new, what):
    """A row of a list may be a pupil: of it the number is said and nothing else."""
    assert differences(notebook(code("report", stored)), notebook(code("report", new))) == [(5, what)]


def test_how_often_when_and_in_how_many_lines_makes_no_difference():
    stored = code("report", table(), {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}, ran=3)
    new = copy.deepcopy(stored) | {"execution_count": 7, "metadata": {"at": "noon"}}
    new["outputs"][0]["execution_count"], new["outputs"][1]["text"] = 7, "a\nb"
    assert differences(notebook(stored), notebook(new)) == []


def test_an_output_more_or_less_is_told():
    assert differences(notebook(code("report", table())), notebook(code("report"))) == [
        (5, "shows nothing, where one thing stood")
    ]


def test_what_was_never_run_is_held_to_nothing_and_half_a_run_is_told():
    fresh = {"cells": [{**cell, "outputs": [], "execution_count": None} for cell in notebook()["cells"]]}
    assert not has_run(fresh)
    assert unrun(fresh) == []
    assert unrun(notebook(code("report", ran=None))) == [5]
