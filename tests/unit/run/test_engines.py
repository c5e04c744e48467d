"""What the warm engine and papermill have in common, piece by piece, and that neither is loaded before it is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from papermill.translators import PythonTranslator

from kdsp_lib.errors import BadParameters
from kdsp_lib.run.cell_failed import CellFailed
from kdsp_lib.run.frames import READY, REPLY, BadFrame, TooLong, Unpacking, packed
from kdsp_lib.run.notebook import ENGINE, choose_engine, is_warm
from kdsp_lib.run.prepared import parameters_source, prepared
from kdsp_lib.run.shown import Shown
from kdsp_lib.run.watching import Watch, cells_to_run
from kdsp_lib.source.limits import Limits

VALUES = {"plain": "2026-03-02", "none": None, "quotes": 'a "b" \\', "lines": "a\nb\tc", "others": "Siân’s, 学校 \x7f"}


def code(source="pass", tags=()):
    return {
        "cell_type": "code",
        "id": "a",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "of an earlier run"}],
        "execution_count": 7,
    }


def notebook_of(folder, *cells, **others):
    path = folder / "some.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | others), "utf-8")
    return path


def test_parameters_are_written_as_papermill_writes_them():
    assert parameters_source(VALUES) == PythonTranslator.codify(VALUES)
    found = {}
    exec(parameters_source(VALUES), found)
    assert {name: found[name] for name in VALUES} == VALUES


@pytest.mark.parametrize(
    ("tags", "place"),
    [([[], ["parameters"], []], 2), ([["injected-parameters"], ["parameters"]], 0), ([[], []], 0)],
    ids=["after the cell of parameters", "in the place of an earlier run's", "first"],
)
def test_parameters_are_put_where_papermill_puts_them(tags, place, tmp_path):
    made = prepared(notebook_of(tmp_path, *(code(tags=each) for each in tags)), VALUES)
    assert [n for n, cell in enumerate(made["cells"]) if cell["source"].startswith("# Parameters")] == [place]
    assert len(made["cells"]) == len(tags) + (["injected-parameters"] not in tags)


def test_nothing_of_an_earlier_run_is_left(tmp_path):
    marked = code(tags=["papermill-error-cell-tag"])
    made = prepared(notebook_of(tmp_path, code(["a = 1\n", "a"]), marked), {})
    assert [(cell["source"], cell["outputs"], cell["execution_count"]) for cell in made["cells"]] == [
        ("a = 1\na", [], None)
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [{}], "nbformat": 4}', '{"cells": [], "nbformat": 3}'])
def test_what_is_no_notebook_is_told(text, tmp_path):
    path = tmp_path / "some.ipynb"
    path.write_text(text)
    with pytest.raises(BadParameters, match=r"some\.ipynb is no notebook"):
        prepared(path, {})


def test_cells_that_run_are_those_that_a_client_of_jupyter_runs():
    words = {"cell_type": "markdown", "metadata": {}, "source": "words"}
    cells = [words, code("a"), code(" \n"), code("b", ["skip-execution"]), code("c", ["raises-exception"])]
    assert cells_to_run(cells) == [
        {"place": 1, "source": "a", "may_raise": False},
        {"place": 4, "source": "c", "may_raise": True},
    ]


def test_outputs_are_kept_as_a_client_of_jupyter_keeps_them():
    cells = [code() | {"outputs": []}]
    shown = Shown(cells)
    for kind, content in (
        ("stream", {"name": "stdout", "text": "gone"}),
        ("clear_output", {"wait": True}),
        ("stream", {"name": "stdout", "text": "a"}),
        ("stream", {"name": "stdout", "text": "b"}),
        ("display_data", {"data": {"text/plain": "1"}, "metadata": {}, "transient": {"display_id": "x"}}),
        ("comm_open", {"comm_id": "1", "data": {}}),
        ("execute_result", {"data": {"text/plain": "2"}, "metadata": {}, "execution_count": 3}),
        ("update_display_data", {"data": {"text/plain": "9"}, "metadata": {}, "transient": {"display_id": "x"}}),
    ):
        shown.add(0, kind, content)
    assert cells[0]["outputs"] == [
        {"output_type": "stream", "name": "stdout", "text": "ab"},
        {"output_type": "display_data", "metadata": {}, "data": {"text/plain": "9"}},
        {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "2"}, "execution_count": 3},
    ]


def test_messages_come_out_as_they_went_in_however_they_arrive():
    messages = [{"cell": n, "kind": "é", "content": ["x" * n]} for n in range(200)]
    stream = b"".join(map(packed, messages))
    unpacking = Unpacking(10_000)
    assert [m for at in range(0, len(stream), 7) for m in unpacking.add(stream[at : at + 7])] == messages


@pytest.mark.parametrize(
    ("stream", "error"),
    [(b"\xff\xff\xff\xff", TooLong), (b"\0\0\0\x02{]", BadFrame), (b"\0\0\0\x02[]", BadFrame), (b"\0\0\0\0", BadFrame)],
    ids=["longer than is read", "no JSON", "a list", "nothing"],
)
def test_what_is_no_message_is_not_taken_for_one(stream, error):
    with pytest.raises(error):
        Unpacking(1000).add(stream)


def message(kind, content, cell=0):
    return packed({"cell": cell, "kind": kind, "content": content})


BEGUN = message(READY, {})
FORGED = {
    "an output before anything ran": message("stream", {"name": "stdout", "text": "x"}),
    "a cell that is not there": BEGUN + message("stream", {"name": "stdout", "text": "x"}, 5),
    "a cell before the first": BEGUN + message("stream", {"name": "stdout", "text": "x"}, -1),
    "a cell that has a list for its place": BEGUN + message("stream", {"name": "stdout", "text": "x"}, [0]),
    "an output without its parts": BEGUN + message("display_data", {}),
    "a text that is a list": BEGUN
    + message("stream", {"name": "stdout", "text": "x"})
    + message("stream", {"name": "stdout", "text": []}),
    "an answer of no kind": BEGUN + message(REPLY, "x"),
    "an answer that counts in words": BEGUN + message(REPLY, {"error": "", "count": "many"}),
    "two answers of one cell": BEGUN + 2 * message(REPLY, {"error": "", "count": 1}),
    "no parts": BEGUN + packed({}),
    "nothing": b"",
}


def watched(stream, *sources):
    """What becomes of a run whose process sends this and ends."""
    cells = [code(source) | {"outputs": []} for source in sources]
    watch = Watch(cells, Limits(output_mib=1))
    reading, writing = os.pipe()
    os.write(writing, stream)
    os.close(writing)
    process = subprocess.Popen(["true"])
    described = os.pidfd_open(process.pid)
    try:
        watch.until_it_ends(reading, described)
        watch.check()
    finally:
        os.close(reading)
        os.close(described)
        process.wait()
    return cells


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_message_ends_the_run_and_nothing_else(what):
    with pytest.raises(CellFailed, match="its kernel ended"):
        watched(FORGED[what], "a", "b")


def test_a_run_that_answered_every_cell_is_whole():
    stream = BEGUN + message("stream", {"name": "stdout", "text": "x"}) + message(REPLY, {"error": "", "count": 1})
    (cell,) = watched(stream, "a")
    assert (cell["outputs"][0]["text"], cell["execution_count"]) == ("x", 1)


@pytest.mark.parametrize(
    ("name", "said"), [("KeyError", "KeyError"), ("Secret990001", "an error of the notebook's own")]
)
def test_an_error_is_told_by_its_name_where_everybody_has_it(name, said):
    error = {"ename": name, "evalue": "Secret990001", "traceback": ["Secret990001"]}
    with pytest.raises(CellFailed, match=said) as raised:
        watched(BEGUN + message("error", error) + message(REPLY, {"error": name, "count": 1}), "a", "b")
    assert "Secret" not in raised.value.shown()


def test_there_are_two_engines_and_the_warm_one_is_for_linux(monkeypatch):
    monkeypatch.delenv(ENGINE, raising=False)
    assert is_warm() == sys.platform.startswith("linux")
    monkeypatch.setenv(ENGINE, "papermill")
    assert not is_warm()
    with pytest.raises(BadParameters, match="no engine 'warmest'"):
        choose_engine("warmest")


@pytest.mark.parametrize(
    ("first", "not_loaded"),
    [("papermill", "kdsp_lib.custodian"), ("kdsp_lib.run.batch", "papermill"), ("kdsp_lib.run.warm", "nbclient")],
)
def test_an_engine_is_loaded_when_it_is_used(first, not_loaded):
    check = f"import sys, {first}; sys.exit(any(name.startswith({not_loaded!r}) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
