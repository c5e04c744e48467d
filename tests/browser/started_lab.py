"""A JupyterLab that a test started: where it is, once it is, and how a test runs a notebook in it."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Any

SECONDS = 300
ALL_CELLS = {"@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"}}
"""JupyterLab draws cells as they come into view; the tests look at all of them."""


def address_of(log: Path, server: subprocess.Popen[bytes]) -> str:
    """With its token, as it says in its log."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        found = re.search(r"http://\S+token=\w+", log.read_text("utf-8"))
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text('utf-8')}")


def run_all_cells(page: Any, until: Any = None) -> None:
    """Have the menu run all cells until ``until`` is there, by default that the first one has run.

    JupyterLab runs none before its kernel is there, and no more of them where its connection breaks between.
    """
    from playwright.sync_api import TimeoutError as NotYet

    if until is None:
        until = page.locator(".jp-CodeCell").first.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
    end = time.monotonic() + SECONDS
    page.wait_for_function(
        "fetch('/api/sessions').then(each => each.json()).then(each => each.some("
        "one => location.pathname.endsWith(one.path) && one.kernel.connections"
        " && one.kernel.execution_state === 'idle'))"
    )
    while True:
        page.click(".lm-MenuBar-itemLabel:text-is('Run')")
        page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
        try:
            until.wait_for(state="attached", timeout=60_000)
            return
        except NotYet:
            if time.monotonic() > end:
                raise
            page.keyboard.press("Escape")  # it may ask which kernel
