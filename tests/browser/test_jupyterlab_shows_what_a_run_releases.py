"""An analyst opens the notebook in JupyterLab and runs all of it: the tables are those that `kdsp run` releases."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from started_lab import run_all_cells

from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.report.chart import CHART_MIME
from kdsp_lib.report.table import DRAFT, TABLE_MIME

CELL = ".jp-CodeCell"
SHOWN = ".jp-OutputArea-output"
PATIENCE = 120_000
"""Milliseconds in which a kernel starts and answers; a slow machine is no fault."""


@pytest.fixture(scope="session")
def page(browser, lab):
    """The notebook after Run All, saved."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lab}&reset")
    page.wait_for_selector(f"{CELL} >> nth=0")
    page.wait_for_selector("text=/kdsp \\(confined\\)/")
    run_all_cells(page)
    page.locator(CELL).last.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]:")).wait_for(state="attached")
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "/api/contents/" in answer.url):
        page.keyboard.press("Control+s")
    yield page
    page.close()


@pytest.fixture(scope="session")
def saved(page, authority) -> list[dict]:
    """What the notebook stored: the data of each output, in its order."""
    return bundles(authority.root / "notebooks/area_profile.ipynb")


def bundles(path: Path) -> list[dict]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]


def tables_of(outputs: list[dict]) -> list[dict]:
    """The tables without the word that tells a draft from a release."""
    return [data[TABLE_MIME] | {"draft": None} for data in outputs if TABLE_MIME in data]


def test_it_stores_the_tables_and_charts_of_the_release(saved, released):
    of_the_run = bundles(released / "report.ipynb")
    assert tables_of(saved) == tables_of(of_the_run)
    assert len(tables_of(saved)) == 10
    charts = [[data[CHART_MIME]["chart"] for data in outputs if CHART_MIME in data] for outputs in (saved, of_the_run)]
    assert charts[0] == charts[1]
    assert [data["image/svg+xml"] for data in saved if CHART_MIME in data]


def test_it_shows_them(page, released):
    """Every figure, as a reader sees it, and that it is a draft."""
    shown = figures_in(page.locator(f"{SHOWN} table", has_text=DRAFT))
    release = page.context.browser.new_page()
    release.set_content("".join(data["text/html"] for data in bundles(released / "report.ipynb") if TABLE_MIME in data))
    expected = figures_in(release.locator("table"))
    assert release.locator(f"text={DRAFT}").count() == 0
    release.close()
    assert shown == expected
    assert len(shown) == 10


def figures_in(tables) -> list[list[str]]:
    return [[cell.strip() for cell in table.locator("td").all_inner_texts()] for table in tables.all()]


def test_no_cell_failed_and_nothing_asks_for_attention(page):
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".jp-Notification-Status-Text").inner_text() == "0"


def test_kernels_listen_in_a_private_folder_and_at_no_port(page, authority):
    assert page.locator(CELL).count()
    folder = socket_folder(authority.root) / "lab"
    assert folder.stat().st_mode & 0o777 == 0o700
    sockets = [path for path in folder.iterdir() if path.is_socket()]
    assert len(sockets) == 5
    assert all(len(str(path)) < 108 for path in sockets)
    [connection] = folder.glob("kernel-*.json")
    assert json.loads(connection.read_text("utf-8"))["transport"] == "ipc"


def test_without_the_token_nobody_gets_in(lab):
    address = urlsplit(lab)
    assert address.hostname == "127.0.0.1"
    for token in ("", "?token=", "?token=guessed"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://{address.netloc}/api/contents{token}", timeout=30)
        assert refused.value.code == 403


def test_only_the_confined_kernel_and_no_terminal_are_offered(lab):
    address = urlsplit(lab)

    def get(path):
        with urllib.request.urlopen(f"http://{address.netloc}{path}?{address.query}", timeout=30) as answer:
            return json.load(answer)

    assert set(get("/api/kernelspecs")["kernelspecs"]) == {"kdsp"}
    assert {entry["type"] for entry in get("/api/contents")["content"]} == {"notebook"}
    for closed in (
        "/api/terminals",
        "/files/area_profile.ipynb",
        "/nbconvert/html/area_profile.ipynb",
        "/lsp/status",
        "/lab/api/extensions",
        "/api/contents/.ipynb_checkpoints",
        "/view/area_profile.ipynb",
        "/custom/custom.css",
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(closed)
        assert "default-src 'none'" in refused.value.headers["Content-Security-Policy"]


def test_no_other_kernel_starts(lab):
    address = urlsplit(lab)
    token = address.query.split("=")[1].split("&")[0]
    request = urllib.request.Request(
        f"http://{address.netloc}/api/kernels",
        data=json.dumps({"name": "python3"}).encode(),
        headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=60)
