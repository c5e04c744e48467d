"""The page for people who cannot see it, see it without colours, use no mouse, or print it (WCAG 2.2 AA)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from kdsp_lib.report import palette

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Tree(HTMLParser):
    """The page as a tree, failing on a tag that is closed in the wrong order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = ET.Element("root")
        self.open = [self.root]
        self.feed(text)
        assert self.open == [self.root]

    def handle_starttag(self, tag, attrs):
        element = ET.SubElement(self.open[-1], tag, {name: value or "" for name, value in attrs})
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        ET.SubElement(self.open[-1], tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        last = self.open[-1]
        if len(last):
            last[-1].tail = (last[-1].tail or "") + data
        else:
            last.text = (last.text or "") + data


@pytest.fixture(scope="session")
def tree(page):
    return Tree(page).root


def text_of(element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_language_title_and_one_main_heading(tree):
    assert tree.find("html").get("lang") == "en-GB"
    assert text_of(tree.find(".//title")) == "Area profile"
    assert [text_of(h) for h in tree.iter("h1")] == ["Area profile"]
    assert len(list(tree.iter("main"))) == 1


def test_headings_come_in_order(tree):
    ranks = [int(e.tag[1]) for e in tree.iter() if re.fullmatch(r"h[1-6]", e.tag)]
    assert ranks[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(ranks))


def test_every_place_is_named_once_and_every_reference_leads_somewhere(tree):
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(element.get(name, "").split()) <= set(ids)
        for name in ("href", "xlink:href"):
            if element.get(name, "").startswith("#"):
                assert element.get(name)[1:] in ids


def test_the_first_link_skips_to_the_report(tree):
    assert next(iter(tree.iter("a"))).get("href") == "#report"


def test_every_table_has_a_caption_and_every_heading_a_scope(tree):
    tables = list(tree.iter("table"))
    assert len(tables) == 3
    for table in tables:
        assert table[0].tag == "caption"
        assert text_of(table[0]).startswith("Table ")
        assert all(th.get("scope") in {"col", "row", "colgroup", "rowgroup"} for th in table.iter("th"))
        assert all(text_of(cell) for cell in [*table.iter("td"), *table.iter("th")])
        for row in (row for body in table.iter("tbody") for row in body):
            assert row.find("td") is not None


def test_every_row_is_as_wide_as_the_table(tree):
    """Spans are right: each row, with the headings that reach into it, fills the grid."""
    for table in tree.iter("table"):
        widths, carried = set(), []
        for row in table.iter("tr"):
            reach = sum(width for width, _ in carried)
            carried = [(width, left - 1) for width, left in carried if left > 1]
            widths.add(reach + sum(int(cell.get("colspan", "1")) for cell in row))
            carried += [
                (int(c.get("colspan", "1")), int(c.get("rowspan", "1")) - 1)
                for c in row
                if int(c.get("rowspan", "1")) > 1
            ]
        assert len(widths) == 1


def test_every_chart_is_an_image_with_words_and_its_figures_in_a_table(tree):
    figures = list(tree.iter("figure"))
    assert len(figures) == 2
    for figure in figures:
        image = figure.find("svg")
        assert image.get("role") == "img"
        words = {e.get("id"): text_of(e) for e in image if e.tag in {"title", "desc"}}
        assert all(len(words[name]) > 10 for name in image.get("aria-labelledby").split())
        assert figure.find("figcaption") is not None
        assert figure.find("p/a").get("href").startswith("#table-")


def test_numbers_in_what_is_only_heard_are_printed_ones(tree, made_up):
    """Titles, words for charts and other attributes hold no figure that no cell shows."""
    printed = {value for data in (made_up.ABSENCE, made_up.ROLL) for cell in data["cells"] for value in cell["values"]}
    heard = [text_of(e) for svg in tree.iter("svg") for e in svg if e.tag in {"title", "desc"}]
    heard += [value for e in tree.iter() for name, value in e.attrib.items() if name in {"title", "alt", "aria-label"}]
    assert {number for text in heard for number in re.findall(r"\d[\d.]*", text)} <= printed


def test_the_page_stands_alone_and_runs_nothing(page, tree):
    assert not list(tree.iter("script"))
    assert not list(tree.iter("link"))
    assert not list(tree.iter("img"))
    assert not re.findall(r"url\((?!#)|@import|(?<!xmlns:xlink=\")(?<!xmlns=\")https?://(?!ok)", page)
    assert not [e for e in tree.iter() if any(name.startswith("on") for name in e.attrib)]
    policy = next(e for e in tree.iter("meta") if e.get("http-equiv"))
    assert policy.get("content").startswith("default-src 'none'")


def test_a_reader_learns_what_the_protocol_asks_for(tree, page):
    about = next(e for e in tree.iter("section") if e.get("class") == "about")
    labels = [text_of(dt) for dt in about.iter("dt")]
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
    words = text_of(about)
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
