"""The page of a release and the index in Chromium: checked by axe-core, used by keys, on a phone, and printed.

``axe/axe.min.js`` is axe-core 4.14.1 from npm, as it is there; it is no part of the project.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pypdf
import pytest

AXE = Path(__file__).parent / "axe/axe.min.js"
AXE_IS = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def folder(made_up, tmp_path_factory):
    """A folder of outputs with one release and its index."""
    from kdsp_lib.release import write_index, write_release

    outputs = tmp_path_factory.mktemp("outputs")
    write_release(made_up.release(coverage_note="Two establishments are not counted."), outputs)
    write_index(outputs)
    return outputs


@pytest.fixture(params=["report", "index"])
def shown(request, folder, browser):
    """A page in the browser, and what it said to the console."""
    path = next(folder.glob("*/report.html")) if request.param == "report" else folder / "index.html"
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda asked: fetched.append(asked.url))
    said: list[str] = []
    fetched: list[str] = []
    page.goto(path.as_uri())
    yield page, said, fetched
    page.close()


def test_the_checker_is_the_one_that_was_read():
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_IS


def test_axe_finds_nothing(shown):
    page, said, fetched = shown
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
    assert len(found["passes"]) > 15
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert said == []
    assert len(fetched) == 1


def test_keys_reach_everything_and_the_first_skips_to_the_content(shown):
    page, _, _ = shown
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") in ("report", "releases")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.getAttribute('href') || ''"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none" or page.evaluate(
            "document.activeElement === document.body"
        )
    expected = page.evaluate(
        "[...document.querySelectorAll('#report a[href], #releases a[href]')].map(e => e.id || e.getAttribute('href'))"
    )
    assert expected
    assert set(expected) <= reached


def test_on_a_phone_nothing_but_a_wide_table_moves_sideways(shown):
    """WCAG 1.4.10: at 320 pixels the page itself is no wider than the screen."""
    page, _, _ = shown
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_text_twice_as_large_loses_nothing(shown):
    """WCAG 1.4.4 and 1.4.12: larger letters and wider lines hide no words."""
    page, _, _ = shown
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    cut = page.evaluate(
        """[...document.querySelectorAll('p, li, dd, dt, th, td, caption, h1, h2, h3')].filter(
             e => getComputedStyle(e).overflow === 'hidden' && e.scrollHeight > e.clientHeight + 1).length"""
    )
    assert cut == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_printed_page_is_marked(shown):
    page, _, _ = shown
    read = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    texts = [sheet.extract_text() for sheet in read.pages]
    if not texts[0].startswith("For the owner"):
        assert all("Confidential to East collaborative" in text for text in texts)
    assert "Skip to" not in "".join(texts)
