"""The notebook of a release holds nothing of the run, and nothing that a kernel printed by itself."""

from __future__ import annotations

import json

import nbformat
import pytest
from made_up_release import code, notebook, release, words

from kdsp_lib.errors import BadParameters
from kdsp_lib.release.manifest import manifest_of
from kdsp_lib.release.texts import texts_of
from kdsp_lib.release.write import files_of


def written(**changes):
    files, left_out = files_of(release(**changes))
    return files["report.ipynb"].decode(), left_out


def test_it_is_a_notebook():
    text, _ = written()
    nbformat.validate(json.loads(text))
    assert text.endswith("}\n")
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def test_nothing_of_the_run_is_in_it():
    text, _ = written()
    for trace in (
        "/home/",
        "papermill",
        "start_time",
        "random-id",
        "widgets",
        "pc-1",
        "2026-03-02T",
        "editable",
        "mine",
    ):
        assert trace not in text
    found = json.loads(text)
    assert set(found["metadata"]) == {"kernelspec", "language_info", "parameters"}
    tags = [cell["metadata"] for cell in found["cells"] if cell["metadata"]]
    assert tags == [{"tags": ["parameters"]}, {"tags": ["nbval-ignore-output"]}]


def test_what_a_kernel_printed_by_itself_is_left_out_and_told_cell_by_cell():
    printed = {"output_type": "stream", "name": "stderr", "text": "/home/a/lib.py:3: UserWarning"}
    html = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>alert(1)</script>"}}
    shows = code("\n  print(1)  \nmore()", printed, html)
    text, left_out = written(notebook=notebook(shows, code("x" * 200, html), code("1")))
    before = len(notebook()["cells"])
    assert [(each.cell - before, each.line, each.outputs) for each in left_out] == [
        (1, "print(1)", 2),
        (2, "x" * 60, 1),
    ]
    manifest = manifest_of(release(), {}, left_out=left_out)
    assert (manifest["outputs_left_out"], manifest["cells_left_out"][1]["outputs"]) == (3, 1)
    assert "UserWarning" not in text
    assert "alert" not in text


def test_a_cell_that_is_left_out_has_the_number_that_its_author_sees_and_no_word_to_the_terminal():
    """Of all cells, without the parameters that a run puts in before it; as a text to be reviewed has."""
    printed = {"output_type": "stream", "name": "stdout", "text": "1"}
    put_in = {**code("a = 1"), "metadata": {"tags": ["injected-parameters"]}}
    plain = notebook(code("\x1b[2Jprint(1)\x07 # \u202e", printed))
    run = {**plain, "cells": [plain["cells"][0], put_in, *plain["cells"][1:]]}
    _, (left_out,) = written(notebook=run)
    assert (left_out.cell, left_out.line) == (len(plain["cells"]), "[2Jprint(1)  #")
    assert f"cell {left_out.cell}" in {each["place"] for each in texts_of(run)}


def test_a_notebook_that_stopped_is_not_released_and_its_traceback_is_not_told():
    error = {"output_type": "error", "ename": "E", "evalue": "12345", "traceback": ["/home/a secret"]}
    with pytest.raises(BadParameters, match="stopped in cell 10") as caught:
        written(notebook=notebook(code("1/0", error)))
    assert "secret" not in caught.value.shown()
    assert "12345" not in caught.value.shown()


def test_ids_follow_from_place_and_source():
    first, again = json.loads(written()[0]), json.loads(written()[0])
    ids = [cell["id"] for cell in first["cells"]]
    assert ids == [cell["id"] for cell in again["cells"]]
    assert len(set(ids)) == len(ids)
    twins = json.loads(written(notebook=notebook(words("same"), words("same")))[0])
    assert len({cell["id"] for cell in twins["cells"]}) == len(twins["cells"])


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "display_data", "data": {"application/vnd.kdsp.table+json": {"name": ["x"]}}},
        {"output_type": "display_data", "data": {"application/vnd.kdsp.chart+json": {"chart": "x"}}},
        {"output_type": "display_data", "data": {"application/vnd.kdsp.chart+json": {}}},
    ],
)
def test_a_forged_output_is_refused(output):
    with pytest.raises(BadParameters):
        written(notebook=notebook(code("x", output)))


def test_a_working_text_stays_in_the_notebook_and_off_the_page():
    made = notebook(words("## Pupils"), {**words("## How it was asked"), "metadata": {"tags": ["working"]}})
    files, _ = files_of(release(notebook=made))
    assert "How it was asked" in files["report.ipynb"].decode()
    assert "How it was asked" not in files["report.html"].decode()
    assert "Pupils" in files["report.html"].decode()
