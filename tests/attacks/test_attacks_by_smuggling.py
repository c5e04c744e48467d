"""What a kernel puts out besides the custodian's tables and charts does not get into a release.

First from a kernel, as `kdsp run` runs it; then by forging what the kernel sent, which is more than a kernel can do.
"""

from __future__ import annotations

import base64
import copy
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from running import by_engine
from ways_to_smuggle import TO_SMUGGLE

from kdsp_lib.custodian.start import stop
from kdsp_lib.errors import KdspError
from kdsp_lib.release.write import write_release
from kdsp_lib.run import one_report
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.workspace import Workspace

PROJECT = Path(__file__).resolve().parents[2]
PROFILE = PROJECT / "notebooks" / "area_profile.ipynb"
EAST = PROJECT / "parameters" / "area_profile" / "east.yaml"
HEAD = "import base64, ctypes, json, sys\ntokens = json.loads(base64.b64decode({told!r}))"
SILENT = {"put it into the next cell", "tell its client by a comm", "name a file by it", "name itself by it"}
"""Ways that leave nothing in what the client of the kernel stores."""
SILENT_WHERE_WARM = SILENT | {"say that it is its language"}


def _notebook(folder: Path, cells: list[Any]) -> Path:
    """The area profile with further cells after its own."""
    folder.mkdir()
    notebook = nbformat.read(PROFILE, 4)
    notebook.cells += cells
    nbformat.write(notebook, folder / PROFILE.name)
    return folder


def _head(tokens: Mapping[str, str]) -> Any:
    told = base64.b64encode(json.dumps(tokens).encode()).decode()
    return nbformat.v4.new_code_cell(HEAD.format(told=told))


@dataclass(frozen=True)
class Attempt:
    """A run's outcome, the notebook as the kernel left it, the custodian's answer, and each way's token."""

    engine: str
    workspace: Workspace
    tokens: Mapping[str, str]
    run: Outcome
    executed: Mapping[str, Any]
    answer: Mapping[str, Any]


@pytest.fixture(scope="module")
def workspace(
    tmp_path_factory: pytest.TempPathFactory, kernel_specification: Path, with_edition: Callable[[Workspace], Workspace]
) -> Iterator[Workspace]:
    made = with_edition(make_authority(tmp_path_factory.mktemp("smuggling") / "workspace"))
    yield made
    stop(made)


@pytest.fixture(scope="module", params=["warm", "papermill"])
def attempt(workspace: Workspace, request: pytest.FixtureRequest) -> Attempt:
    engine = request.param
    tokens = {way.slug: "smuggled" + secrets.token_hex(8) for way in TO_SMUGGLE}
    cells = [nbformat.v4.new_code_cell(f"token = tokens[{way.slug!r}]\n{way.cell.strip()}") for way in TO_SMUGGLE]
    notebooks, seen = _notebook(workspace.root / f"attacked-{engine}", [_head(tokens), *cells]), {}
    make = one_report.release_of

    def watched(answer: Mapping[str, Any], executed: Mapping[str, Any], transient: Mapping[str, str]) -> Any:
        seen.update(answer=answer, executed=executed)
        return make(answer, executed, transient)

    with by_engine(engine) as patch:
        patch.setattr(one_report, "release_of", watched)
        run = one_report.run_report(EAST, workspace, notebooks=notebooks)
    return Attempt(engine, workspace, tokens, run, seen.get("executed", {}), seen.get("answer", {}))


def _holds(folder: Path, token: str) -> list[Path]:
    """Every file below a folder that has the token in its name or its bytes."""
    return [
        path
        for path in folder.rglob("*")
        if token in path.name or (path.is_file() and token.encode() in path.read_bytes())
    ]


def test_the_report_is_released(attempt: Attempt) -> None:
    assert attempt.run.status == "released", attempt.run.error


@pytest.mark.parametrize("way", TO_SMUGGLE, ids=lambda way: way.slug)
def test_what_a_kernel_puts_out_gets_nowhere(way: Any, attempt: Attempt) -> None:
    token = attempt.tokens[way.slug]
    silent = SILENT_WHERE_WARM if attempt.engine == "warm" else SILENT
    assert (token in json.dumps(attempt.executed)) == (way.words not in silent), "the way is no way"
    for folder in (attempt.workspace.outputs, attempt.workspace.state, attempt.workspace.data):
        assert _holds(folder, token) == []


def test_the_search_finds_what_is_there(attempt: Attempt) -> None:
    assert _holds(attempt.workspace.outputs, "no pupil and no establishment can be recognised")


# Errors


@pytest.mark.needs_confinement
@pytest.mark.parametrize("engine", ["warm", "papermill"])
@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("raise ValueError(token)", []),
        ("raise type(token, (Exception,), {})(token)", []),
        ("raise ValueError(token)", ["raises-exception"]),
        ("get_ipython().showtraceback((ValueError, ValueError(token), None))", []),
        ("import os; os.write(1, token.encode()); os._exit(1)", []),
    ],
    ids=["its text", "its name", "expected by a tag", "shown, not raised", "the kernel's end"],
)
def test_an_error_ends_a_run_and_its_words_are_nowhere(
    cell: str, tags: list[str], engine: str, workspace: Workspace, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    token = "smuggled" + secrets.token_hex(8)
    made = nbformat.v4.new_code_cell(f"token = tokens['it']\n{cell}", metadata={"tags": tags})
    before = set(workspace.outputs.iterdir())
    notebooks = _notebook(tmp_path / "attacked", [_head({"it": token}), made])
    with by_engine(engine):
        run = one_report.run_report(EAST, workspace, notebooks=notebooks)
    assert run.status in ("failed", "mistake")
    assert run.error is not None
    assert token not in json.dumps(run.error.to_json()) + run.error.shown()
    assert set(workspace.outputs.iterdir()) == before
    assert _holds(workspace.outputs, token) + _holds(workspace.state, token) == []
    assert token not in "".join(capfd.readouterr())


# Words


def test_what_a_person_wrote_stops_a_run_in_its_cell(workspace: Workspace, tmp_path: Path) -> None:
    before = set(workspace.outputs.iterdir())
    slip = nbformat.v4.new_markdown_cell("The pupil A123456789012 was away.")
    notebooks = _notebook(tmp_path / "attacked", [slip])
    run = one_report.run_report(EAST, workspace, notebooks=notebooks)
    last = len(nbformat.read(notebooks / PROFILE.name, 4).cells)
    assert (run.status, run.exit_code) == ("refused", 13)
    assert run.error is not None
    assert [fault.place for fault in run.error.faults] == [f"cell {last}"]
    assert "A123456789012" not in run.error.shown()
    assert set(workspace.outputs.iterdir()) == before


def test_a_figure_that_no_table_prints_is_shown_to_whoever_runs_it(workspace: Workspace, tmp_path: Path) -> None:
    words = nbformat.v4.new_markdown_cell("Our target is 987654.")
    run = one_report.run_report(EAST, workspace, notebooks=_notebook(tmp_path / "attacked", [words]))
    assert run.folder is not None
    assert len(run.to_review) == 1
    assert "987654" in run.to_review[0]
    assert "987654" in json.dumps(json.loads((run.folder / "manifest.json").read_text())["to_review"])


# Forged messages


def _code(notebook: dict[str, Any]) -> dict[str, Any]:
    """The first cell that put something out."""
    return next(cell for cell in notebook["cells"] if cell.get("outputs"))


def _table(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return next(o["data"] for c in cells for o in c.get("outputs", ()) if TABLE in o.get("data", {}))


def _chart(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """The description of the first chart."""
    return next(o["data"][CHART]["chart"] for c in cells for o in c.get("outputs", ()) if CHART in o.get("data", {}))


TABLE, CHART = "application/vnd.kdsp.table+json", "application/vnd.kdsp.chart+json"
Forgery = Callable[[dict[str, Any], str], object]
LEFT_OUT: dict[str, Forgery] = {
    "metadata of a cell": lambda n, t: n["cells"][0]["metadata"].update({t: t, "tags": [t]}),
    "metadata of the notebook": lambda n, t: n["metadata"].update({t: t, "authors": [{"name": t}]}),
    "state of widgets": lambda n, t: n["metadata"].update(widgets={"application/vnd.jupyter.widget-state+json": t}),
    "name of the kernel": lambda n, t: n["metadata"].update(kernelspec={"name": t, "display_name": t}),
    "a cell's id": lambda n, t: n["cells"][0].update(id=t),
    "an attachment": lambda n, t: n["cells"][0].update(attachments={t: {"image/png": t}}),
    "a further part of a cell": lambda n, t: n["cells"][0].update({t: t}),
    "how often a cell ran": lambda n, t: _code(n).update(execution_count=t),
    "a further part of an output": lambda n, t: _code(n)["outputs"][0].update({t: t, "metadata": {t: t}}),
    "a further output": lambda n, t: _code(n)["outputs"].append({"output_type": t, t: t}),
    "the figures of a table": lambda n, t: _table(n["cells"])[TABLE].update(cells=t, title=t, notes=[t]),
    "what stands beside a table": lambda n, t: _table(n["cells"]).update({"text/html": t, t: t}),
    "a draft's mark": lambda n, t: _table(n["cells"])[TABLE].update(draft=t),
}
REFUSED: dict[str, Forgery] = {
    "a table that nobody asked": lambda n, t: _table(n["cells"])[TABLE].update(name=t),
    "a table of no name": lambda n, t: _table(n["cells"])[TABLE].update(name={t: t}),
    "a chart of such a table": lambda n, t: _chart(n["cells"]).update(table=t),
    "a chart that is a path": lambda n, t: _chart(n["cells"]).update(name=f"../{t}"),
    "a chart of an unknown kind": lambda n, t: _chart(n["cells"]).update(kind=t),
    "a chart with a further part": lambda n, t: _chart(n["cells"]).update({t: t}),
    "a chart without a part": lambda n, t: _chart(n["cells"]).pop("alt"),
    "a chart that states what no cell prints": lambda n, t: _chart(n["cells"]).update(alt=f"There are 1717 here. {t}"),
    "a chart in many lines": lambda n, t: _chart(n["cells"]).update(title=f"{t}\n{t}"),
    "a cell that is no cell": lambda n, t: n["cells"][0].update(cell_type=t),
    "an error that was taken out of its place": lambda n, t: _code(n)["outputs"].append(
        {"output_type": "error", "ename": t, "evalue": t, "traceback": [t]}
    ),
}


def _forge(attempt: Attempt, forgery: Forgery, token: str, into: Path) -> None:
    executed = json.loads(json.dumps(attempt.executed))
    forgery(executed, token)
    assert token in json.dumps(executed) or forgery is REFUSED["a chart without a part"]
    write_release(one_report.release_of(copy.deepcopy(dict(attempt.answer)), executed, {}), into)


@pytest.mark.parametrize("what", list(LEFT_OUT))
def test_a_forged_part_is_left_out(what: str, attempt: Attempt, tmp_path: Path) -> None:
    token = "forged" + secrets.token_hex(8)
    _forge(attempt, LEFT_OUT[what], token, tmp_path)
    assert list(tmp_path.glob("*/report.html"))
    assert _holds(tmp_path, token) == []


@pytest.mark.parametrize("what", list(REFUSED))
def test_a_forged_thing_is_refused(what: str, attempt: Attempt, tmp_path: Path) -> None:
    with pytest.raises(KdspError):
        _forge(attempt, REFUSED[what], "forged" + secrets.token_hex(8), tmp_path)
    assert list(tmp_path.iterdir()) == []
