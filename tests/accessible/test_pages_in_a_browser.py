"""The page of a release, the index and that of a batch in Chromium: by axe-core, by keys, on a phone, and printed.

By the same code as an authority's own notebooks are: ``kdsp_lib/run/checks/browser.py``.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata

import pypdf
import pytest

from kdsp_lib.run.checks.browser import AXE, axe_faults, faults_in_browser, key_faults, large_faults, narrow_faults

AXE_IS = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"


@pytest.fixture(scope="module")
def folder(made_up, tmp_path_factory):
    """A folder of outputs with one release, its index, and a batch of which it came."""
    from kdsp_lib.errors import BadParameters, Fault
    from kdsp_lib.release import write_index, write_release
    from kdsp_lib.release.batch_page import Ended, write_batch_page

    outputs = tmp_path_factory.mktemp("outputs")
    made = write_release(made_up.release(coverage_note="Two establishments are not counted."), outputs)
    write_index(outputs)
    fault = BadParameters("west.yaml has a fault.", faults=[Fault("line 4", "is no period", "period")])
    ended = [
        Ended("parameters/area_profile/east.yaml", "area-profile", "released", folder=made.folder),
        Ended("parameters/area_profile/west.yaml", "area-profile", "mistake", error=fault),
    ]
    write_batch_page(outputs, ended, "knowsley")
    return outputs


@pytest.fixture(params=["report", "index", "batch"])
def shown(request, folder, browser):
    """A page in the browser, and what it said to the console."""
    path = next(folder.glob("*/report.html")) if request.param == "report" else folder / f"{request.param}.html"
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
    assert axe_faults(page) == []
    assert said == []
    assert len(fetched) == 1


def test_keys_reach_everything_and_the_first_skips_to_the_content(shown):
    assert key_faults(shown[0]) == []


def test_on_a_phone_nothing_but_a_wide_table_moves_sideways(shown):
    """WCAG 1.4.10: at 320 pixels the page itself is no wider than the screen."""
    assert narrow_faults(shown[0]) == []


def test_text_twice_as_large_loses_nothing(shown):
    """WCAG 1.4.4 and 1.4.12: larger letters and wider lines hide no words."""
    assert large_faults(shown[0]) == []


def test_a_page_that_breaks_these_rules_is_told_so(browser, page):
    """Each look can fail: a picture without words, no way to skip, a wide line, what keys do not reach or hide."""
    wrong = page.replace("</main>", '<img src="x"><p style="width: 2000px">wide</p></main>')
    wrong = wrong.replace('class="skip"', 'tabindex="-1"')
    hidden = "a:focus { outline: none !important } h2 { overflow: hidden; height: 5px }"
    wrong = wrong.replace("</style>", f"{hidden}</style>")
    faults = "\n".join(faults_in_browser(browser, wrong))
    for said in ("axe image-alt", "the first key", "without its being seen", "on a phone", "hide words"):
        assert said in faults


def test_each_printed_page_is_marked(shown):
    page, _, _ = shown
    read = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    # Which font prints decides whether "fi" is one sign: a reader who searches finds either.
    texts = [unicodedata.normalize("NFKC", sheet.extract_text()) for sheet in read.pages]
    if not texts[0].startswith("For the owner"):
        assert all("Confidential to East collaborative" in text for text in texts)
    assert "Skip to" not in "".join(texts)
