"""What JupyterLab can read and write in `kdsp lab`: notebooks and their folders, and nothing that would be run."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from tornado.web import HTTPError

from kdsp_lib.run.lab.contents import NotebooksAlone

_THREAD = ThreadPoolExecutor(1)
"""One for all: the database of signatures stays with the thread that opened it."""
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
ACTIVE = {
    **NOTEBOOK,
    "cells": [
        {
            "cell_type": "code",
            "id": "a",
            "execution_count": 1,
            "metadata": {},
            "source": "x",
            "outputs": [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"text/html": "<p>x</p><script>1</script>", "application/javascript": "1"},
                }
            ],
        }
    ],
}


def finished(coroutine):
    """What it comes to, in another thread: a browser that another test has open keeps a loop running in this one."""
    return _THREAD.submit(asyncio.run, coroutine).result()


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "workspace" / "notebooks"
    (root / "deeper").mkdir(parents=True)
    (root / ".hidden").mkdir()
    for place in (root, root / "deeper", root / ".hidden", tmp_path / "workspace"):
        (place / "a.ipynb").write_text(json.dumps(NOTEBOOK))
    (root / "b.py").write_text("x = 1")
    (root / "linked.ipynb").symlink_to(tmp_path / "workspace" / "a.ipynb")
    (root / "to-python.ipynb").symlink_to(root / "b.py")
    (root / "up").symlink_to(tmp_path / "workspace")
    return root


@pytest.fixture
def contents(folder):
    return NotebooksAlone(root_dir=str(folder))


def done(awaited):
    return finished(awaited)


def written(content=None, **fields):
    return {"type": "notebook", "format": "json", "content": content or NOTEBOOK, **fields}


TEXT = {"type": "file", "format": "text", "content": "raise SystemExit"}


def test_notebooks_and_folders_are_listed_and_nothing_else(contents):
    names = {each["name"] for each in done(contents.get(""))["content"]}
    assert names >= {"a.ipynb", "deeper"}
    assert not names & {"b.py", ".hidden"}


def test_a_notebook_is_written_read_renamed_copied_and_deleted(contents, folder):
    done(contents.save(written(), "new.ipynb"))
    done(contents.save({"type": "directory"}, "more"))
    assert done(contents.get("new.ipynb"))["content"]["cells"] == []
    done(contents.rename("new.ipynb", "more/newer.ipynb"))
    assert done(contents.copy("more/newer.ipynb"))["name"].endswith(".ipynb")
    checkpoint = done(contents.create_checkpoint("a.ipynb"))
    done(contents.restore_checkpoint(checkpoint["id"], "a.ipynb"))
    done(contents.delete("a.ipynb"))
    assert not (folder / "a.ipynb").exists()
    assert done(contents.new_untitled("", type="notebook"))["path"] == "Untitled.ipynb"


REFUSED = {
    "a file of Python": lambda c: c.save(TEXT, "conftest.py"),
    "a file of Python as a notebook": lambda c: c.save(written(), "conftest.py"),
    "a text named as a notebook": lambda c: c.save(TEXT, "new.ipynb"),
    "part of a file": lambda c: c.save(written(chunk=1), "new.ipynb"),
    "the last part of a file": lambda c: c.save({**TEXT, "chunk": -1}, "conftest.py"),
    "a hidden notebook": lambda c: c.save(written(), ".new.ipynb"),
    "a hidden folder": lambda c: c.save({"type": "directory"}, ".new"),
    "a notebook in a hidden folder": lambda c: c.save(written(), ".hidden/new.ipynb"),
    "a notebook above": lambda c: c.save(written(), "../new.ipynb"),
    "a notebook where a link leads": lambda c: c.save(written(), "up/new.ipynb"),
    "through a link": lambda c: c.save(written(), "linked.ipynb"),
    "through a link to Python": lambda c: c.save(written(), "to-python.ipynb"),
    "settings of pytest": lambda c: c.save(TEXT, "pytest.ini"),
    "reading Python": lambda c: c.get("b.py"),
    "reading a notebook as a file": lambda c: c.get("a.ipynb", type="file"),
    "reading what is hidden": lambda c: c.get(".hidden/a.ipynb"),
    "reading through a link": lambda c: c.get("linked.ipynb"),
    "reading above": lambda c: c.get("../a.ipynb"),
    "listing above": lambda c: c.get("up"),
    "a notebook renamed to Python": lambda c: c.rename("a.ipynb", "conftest.py"),
    "a notebook moved above": lambda c: c.rename("a.ipynb", "up/a.ipynb"),
    "a notebook moved into what is hidden": lambda c: c.rename("a.ipynb", ".hidden/b.ipynb"),
    "Python renamed to a notebook": lambda c: c.rename("b.py", "c.ipynb"),
    "a folder of what is hidden": lambda c: c.rename("deeper", ".deeper"),
    "a copy of Python": lambda c: c.copy("b.py"),
    "a copy to Python": lambda c: c.copy("a.ipynb", "conftest.py"),
    "a new file": lambda c: c.new_untitled("", type="file", ext=".py"),
    "deleting Python": lambda c: c.delete("b.py"),
    "deleting above": lambda c: c.delete("up/a.ipynb"),
    "a checkpoint of Python": lambda c: c.create_checkpoint("b.py"),
    "a checkpoint put in the place of Python": lambda c: c.restore_checkpoint("checkpoint", "conftest.py"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_refuses(what, contents, folder, tmp_path):
    before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(HTTPError) as refused:
        done(REFUSED[what](contents))
    assert refused.value.status_code in {400, 403, 404}
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_is_saved_and_what_was_saved_elsewhere_has_nothing_active(contents, folder):
    done(contents.save(written(ACTIVE), "new.ipynb"))
    saved = json.loads((folder / "new.ipynb").read_text())
    assert [output["data"] for output in saved["cells"][0]["outputs"]] == [{"text/html": ["<p>x</p>"]}]
    (folder / "other.ipynb").write_text(json.dumps(ACTIVE))
    read = done(contents.get("other.ipynb"))["content"]
    assert [output["data"] for output in read["cells"][0]["outputs"]] == [{"text/html": "<p>x</p>"}]


def test_a_pipe_for_a_notebook_does_not_hold_it(contents, folder):
    os.mkfifo(folder / "pipe.ipynb")
    assert "pipe.ipynb" not in {each["name"] for each in done(contents.get(""))["content"]}
