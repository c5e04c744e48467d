"""Accessible: headings in order, words for every picture, and a page that everybody can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kdsp_lib.release.body import body_of
from kdsp_lib.release.page import page_html
from kdsp_lib.release.release import Release, parsed_charts, parsed_listings, parsed_tables
from kdsp_lib.release.story import text_of
from kdsp_lib.report.chart import CHART_MIME, SHORTEST_ALT
from kdsp_lib.run.checks.draft import Drafted
from kdsp_lib.run.checks.finding import Finding, cells_of
from kdsp_lib.run.checks.page import page_faults

_HEADINGS: Final = "begin with one # heading; below it ##, and ### only within a ##"
_PICTURE: Final = 'draw it with the report: report.bar(table, alt="..."), with what it shows in a sentence'
_PAGE: Final = "look at the page of a release (kdsp run), at the place that is named"


def accessible_findings(notebook: Mapping[str, Any]) -> list[Finding]:
    """What in a notebook's words and pictures somebody could not follow; of a notebook as it is stored or as it ran."""
    return [*_headings(notebook), *_pictures(notebook)]


def page_findings(page: str) -> list[Finding]:
    """What on the page of its release somebody could not follow."""
    return [Finding(0, f"on its page, {fault}", _PAGE) for fault in page_faults(page)]


def page_of(drafted: Drafted) -> str:
    """The page that its release would have, as HTML."""
    release: Release = drafted.release()
    tables = parsed_tables(release)
    body = body_of(release, tables, parsed_charts(release, tables), parsed_listings(release))
    return page_html(release, tables, body)


def _headings(notebook: Mapping[str, Any]) -> Iterator[Finding]:
    rank = 0
    for number, cell in cells_of(notebook, "markdown"):
        for tag, words, pictures in _parts(text_of(cell["source"])):
            if pictures:
                yield Finding(number, "shows a picture that nothing is said of", "say in the sentence what it shows")
            if not tag:
                continue
            new = int(tag[1])
            if not words:
                yield Finding(number, "has an empty heading", _HEADINGS)
            elif new == 1 and rank:
                yield Finding(number, f"has a second title: {words[:60]}", _HEADINGS)
            elif new > rank + 1:
                yield Finding(number, f"skips a rank of headings: {words[:60]}", _HEADINGS)
            rank = new


def _parts(source: str) -> Iterator[tuple[str, str, bool]]:
    """The blocks of a text: the tag of a heading or nothing, its words, whether a picture without words is in it."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": False}).parse(source)
    for index, token in enumerate(tokens):
        if token.type == "inline":
            before = tokens[index - 1]
            pictures = [child for child in token.children or () if child.type == "image"]
            tag = before.tag if before.type == "heading_open" else ""
            yield tag, token.content.strip(), any(not child.content.strip() for child in pictures)


def _pictures(notebook: Mapping[str, Any]) -> Iterator[Finding]:
    for number, cell in cells_of(notebook, "code"):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            chart = data.get(CHART_MIME)
            alt = chart.get("chart", {}).get("alt", "") if isinstance(chart, Mapping) else ""
            if any(kind.startswith("image/") for kind in data) and len(str(alt).strip()) < SHORTEST_ALT:
                yield Finding(number, "shows a picture without words for those who cannot see it", _PICTURE)
