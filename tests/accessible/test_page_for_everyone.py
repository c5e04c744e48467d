"""The page for people who cannot see it, see it without colours, use no mouse, or print it (WCAG 2.2 AA)."""

from __future__ import annotations

import re

import pytest

from kdsp_lib.report import palette
from kdsp_lib.run.checks.page import Tree, page_faults, text_in


@pytest.fixture(scope="session")
def tree(page):
    return Tree(page).root


def test_the_page_keeps_every_rule(page):
    """Language, headings, places, tables, charts; alone and running nothing: the rules of everybody's notebooks."""
    assert page_faults(page) == []


BROKEN = {
    "its language": ('<html lang="en-GB">', "<html>"),
    "no title": ("<title>Area profile</title>", "<title></title>"),
    "2 <h1>": ("</main>", "<h1>Again</h1></main>"),
    "skips a rank": ("</main>", "<h2>A</h2><h4>B</h4></main>"),
    "named twice": ("</main>", '<p id="report"></p></main>'),
    "is nowhere": ("</main>", '<a href="#lost">there</a></main>'),
    "does not skip": ('href="#report"', 'href="https://example.org"'),
    "has no caption": ("<caption", "<div></div><caption"),
    "what it heads": (' scope="col"', ""),
    "an empty cell": ("</tbody>", '<tr><th scope="row"></th><td>1</td></tr></tbody>'),
    "of headings alone": ("</tbody>", '<tr><th scope="row">A</th></tr></tbody>'),
    "different widths": ("</tbody>", "<tr><td>1</td></tr></tbody>"),
    "is no image": (' role="img"', ""),
    "not told in words": ("<desc", "<metadata"),
    "does not lead to the table": ('href="#table-', 'href="#report-'),
    "has a <script>": ("</main>", "<script></script></main>"),
    "fetches something": ("</style>", "@import 'a.css';</style>"),
    "when it is used": ("<main", '<main onclick="a()"'),
    "what is not in it": ("default-src 'none'", "default-src *"),
    "is open": ("</main>", "</p></main>"),
}


@pytest.mark.parametrize("said", BROKEN)
def test_a_page_that_breaks_a_rule_is_told_so(page, said):
    """Each rule of the page can fail, and says what is wrong."""
    right, wrong = BROKEN[said]
    assert right in page
    changed = page.replace(right, wrong)
    if said == "not told in words":
        changed = changed.replace("</desc", "</metadata")
    assert any(said in fault for fault in page_faults(changed)), page_faults(changed)


def test_title_and_main_heading_are_the_reports(tree):
    assert text_in(tree.find(".//title")) == "Area profile"
    assert [text_in(h) for h in tree.iter("h1")] == ["Area profile"]


def test_every_table_and_chart_is_there(tree):
    assert [text_in(table[0]).startswith("Table ") for table in tree.iter("table")] == [True] * 3
    assert len(list(tree.iter("figure"))) == 2


def test_numbers_in_what_is_only_heard_are_printed_ones(tree, made_up):
    """Titles, words for charts and other attributes hold no figure that no cell shows."""
    printed = {value for data in (made_up.ABSENCE, made_up.ROLL) for cell in data["cells"] for value in cell["values"]}
    heard = [text_in(e) for svg in tree.iter("svg") for e in svg if e.tag in {"title", "desc"}]
    heard += [value for e in tree.iter() for name, value in e.attrib.items() if name in {"title", "alt", "aria-label"}]
    assert {number for text in heard for number in re.findall(r"\d[\d.]*", text)} <= printed


def test_a_reader_learns_what_the_protocol_asks_for(tree, page):
    about = next(e for e in tree.iter("section") if e.get("class") == "about")
    labels = [text_in(dt) for dt in about.iter("dt")]
    assert labels == [
        "For",
        "Purpose",
        "Permitted under",
        "Lawful basis",
        "Gateway",
        "DPIA",
        "Who is counted",
        "Data",
        "Withheld and rounded",
        "Symbols",
        "Expires",
        "Terms of use",
        "Questions to",
        "Run",
    ]
    words = text_in(about)
    for expected in (
        "Clauses 4 and 6",
        "autumn 2025 (final)",
        "31 August 2026",
        "[c] confidential",
        "Two establishments",
    ):
        assert expected in words
    assert page.count("Confidential to East collaborative") == 2


def test_no_code_is_on_the_page(page):
    assert "tables[" not in page
    assert "report.bar" not in page


def light(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_the_standard_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("text", "ground"), palette.TEXT_PAIRS)
def test_text_stands_out(text, ground):
    assert contrast(text, ground) >= 4.5


def test_marks_of_charts_stand_out():
    """Lines by their colour, at 3 to 1; bars by their edge."""
    assert all(contrast(colour, palette.PAPER) >= 3 for colour in palette.LINE_COLOURS)
    assert contrast(palette.INK, palette.PAPER) >= 3
    assert all(contrast(palette.INK, look.colour) >= 3 for look in palette.LOOKS)
    assert all(contrast(palette.INK, shade) >= 4.5 for shade in palette.SHADES)


def test_series_differ_without_colour():
    for part in ("hatch", "marker", "dash"):
        assert len({getattr(look, part) for look in palette.LOOKS}) == len(palette.LOOKS)


def test_the_page_uses_no_colour_that_was_not_measured(page):
    style = page.split("<style>")[1].split("</style>")[0]
    measured = {colour for pair in palette.TEXT_PAIRS for colour in pair} | {palette.LINE}
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", style)) <= measured
    assert not re.findall(r"(?<!-)colou?r:\s*(?!#|inherit)\w+", style)
