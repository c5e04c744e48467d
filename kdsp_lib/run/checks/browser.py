"""A page in Chromium: checked by axe-core, used by keys, on a phone, with large letters. Nothing is fetched.

``axe/axe.min.js`` is axe-core 4.14.1 from npm, as it is there, under its own licence.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
QUIET: Final = (
    "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
AXE: Final = Path(__file__).parent / "axe/axe.min.js"
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
NARROW: Final = {"width": 320, "height": 640}
_MOST_KEYS: Final = 60
_CUT: Final = """[...document.querySelectorAll('p, li, dd, dt, th, td, caption, h1, h2, h3')].filter(
    e => getComputedStyle(e).overflow === 'hidden' && e.scrollHeight > e.clientHeight + 1).length"""
_LINKS: Final = (
    "[...document.querySelectorAll('#report a[href], #releases a[href]')].map(e => e.id || e.getAttribute('href'))"
)
_AT: Final = "document.activeElement.id || document.activeElement.getAttribute('href') || ''"
_IS_SEEN: Final = (
    "document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none'"
)


class NoBrowser(Exception):
    """Why there is no browser to look with."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Chromium without a screen, driven by Playwright; NoBrowser where either is not installed."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NoBrowser("Playwright is not installed: pip install playwright") from None
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise NoBrowser(f"no browser here: one of {', '.join(BROWSERS)}")
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def faults_in_browser(browser: Any, html: str) -> list[str]:
    """What of a page somebody could not see, reach or read in a browser, in words."""
    faults = []
    for look in (axe_faults, key_faults, narrow_faults, large_faults):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        try:
            page.set_content(html)
            faults += look(page)
        finally:
            page.close()
    return faults


def axe_faults(page: Any) -> list[str]:
    """What axe-core finds."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", list(RULES))
    if len(found["passes"]) <= 15:
        return ["axe-core looked at next to nothing"]
    return [
        f"axe {each['id']}: {each['help']} ({node['html'][:80]})"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def key_faults(page: Any) -> list[str]:
    """What keys do not reach, or reach without its being seen."""
    page.keyboard.press("Tab")
    faults = []
    if page.evaluate("document.activeElement.className") != "skip":
        faults.append("the first key does not reach the link that skips to the report")
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") not in ("report", "releases"):
        faults.append("the first link does not skip to the report")
    reached, unseen = set(), 0
    for _ in range(_MOST_KEYS):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(_AT))
        unseen += not page.evaluate(_IS_SEEN)
    if unseen:
        faults.append("keys reach something without its being seen where they are")
    return (
        faults
        + [f"keys do not reach {link}" for link in dict.fromkeys(page.evaluate(_LINKS)) if link not in reached][:3]
    )


def narrow_faults(page: Any) -> list[str]:
    """WCAG 1.4.10: at 320 pixels the page itself is no wider than the screen."""
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"on a phone it is {width} pixels wide, not {NARROW['width']}"] if width > NARROW["width"] else []


def large_faults(page: Any) -> list[str]:
    """WCAG 1.4.4: letters twice as large hide no words and push nothing out of the page."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    faults = ["letters twice as large hide words"] if page.evaluate(_CUT) else []
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return faults if fits else [*faults, "letters twice as large push it out of the window"]
