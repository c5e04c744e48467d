"""A page that everybody can read (WCAG 2.2 AA), as far as its text tells: structure, words for charts, nothing fetched.

What takes a browser (contrast as it is painted, keys, a narrow screen) is looked at in one: see ``browser``.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

_VOID: Final = frozenset({"meta", "link", "br", "hr", "img", "input"})
_SHORTEST: Final = 10
"""Characters of the shortest words that say something of a chart."""


class WronglyNested(ValueError):
    """A tag that is closed where another is open, or never."""


class Tree(HTMLParser):
    """A page as a tree; WronglyNested for a tag that is closed in the wrong order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = ET.Element("root")
        self._open = [self.root]
        self.feed(text)
        if self._open != [self.root]:
            raise WronglyNested(f"<{self._open[-1].tag}> is not closed")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = ET.SubElement(self._open[-1], tag, {name: value or "" for name, value in attrs})
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        ET.SubElement(self._open[-1], tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1].tag != tag:
            raise WronglyNested(f"</{tag}> stands where <{self._open[-1].tag}> is open")
        self._open.pop()

    def handle_data(self, data: str) -> None:
        last = self._open[-1]
        if len(last):
            last[-1].tail = (last[-1].tail or "") + data
        else:
            last.text = (last.text or "") + data


def text_in(element: ET.Element) -> str:
    """All words within an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def page_faults(page: str) -> list[str]:
    """What keeps a page from being read by everybody, in words; nothing where nothing does."""
    try:
        tree = Tree(page).root
    except WronglyNested as error:
        return [str(error)]
    return [fault for rule in RULES for fault in rule(tree)] + list(_standing_alone(page, tree))


def _whole(tree: ET.Element) -> Iterator[str]:
    html, title = tree.find("html"), tree.find(".//title")
    if html is None or not html.get("lang"):
        yield "the page does not say its language"
    if title is None or not text_in(title):
        yield "the page has no title"
    for tag in ("h1", "main"):
        if (found := len(list(tree.iter(tag)))) != 1:
            yield f"the page has {found} <{tag}>, not one"


def _headings(tree: ET.Element) -> Iterator[str]:
    headings = [e for e in tree.iter() if re.fullmatch(r"h[1-6]", e.tag)]
    if headings and headings[0].tag != "h1":
        yield f"the first heading is <{headings[0].tag}>"
    for before, after in pairwise(headings):
        if int(after.tag[1]) > int(before.tag[1]) + 1:
            yield f"the heading {text_in(after)[:60]!r} skips a rank"


def _places(tree: ET.Element) -> Iterator[str]:
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    for twice in sorted({str(name) for name in ids if ids.count(name) > 1}):
        yield f"the place {twice} is named twice"
    for element in tree.iter():
        led = [name for key in ("aria-labelledby", "aria-describedby") for name in element.get(key, "").split()]
        led += [link[1:] for key in ("href", "xlink:href") if (link := element.get(key, "")).startswith("#")]
        yield from (f"a reference leads to {name}, which is nowhere" for name in led if name not in ids)


def _skip_link(tree: ET.Element) -> Iterator[str]:
    first = next(tree.iter("a"), None)
    if first is None or first.get("href") != "#report":
        yield "the first link does not skip to the report"


def _tables(tree: ET.Element) -> Iterator[str]:
    for number, table in enumerate(tree.iter("table"), start=1):
        name = f"table {number}"
        if not len(table) or table[0].tag != "caption" or not text_in(table[0]):
            yield f"{name} has no caption"
        if any(th.get("scope") not in {"col", "row", "colgroup", "rowgroup"} for th in table.iter("th")):
            yield f"{name} has a heading that does not say what it heads (scope)"
        values = [cell for body in table.iter("tbody") for cell in body.iter("td")]
        if not all(map(text_in, [*table.iter("th"), *values])):  # not so the corner, a td that heads nothing
            yield f"{name} has an empty cell"
        if any(row.find("td") is None for body in table.iter("tbody") for row in body):
            yield f"{name} has a row of headings alone"
        if len(set(_widths(table))) > 1:
            yield f"{name} has rows of different widths"


def _widths(table: ET.Element) -> Iterator[int]:
    """How wide each row is, with the headings that reach into it from above."""
    carried: list[tuple[int, int]] = []
    for row in table.iter("tr"):
        reach = sum(width for width, _ in carried)
        carried = [(width, left - 1) for width, left in carried if left > 1]
        yield reach + sum(int(cell.get("colspan", "1")) for cell in row)
        carried += [
            (int(cell.get("colspan", "1")), int(cell.get("rowspan", "1")) - 1)
            for cell in row
            if int(cell.get("rowspan", "1")) > 1
        ]


def _charts(tree: ET.Element) -> Iterator[str]:
    for number, figure in enumerate(tree.iter("figure"), start=1):
        name, image, link = f"chart {number}", figure.find(".//svg"), figure.find("p/a")
        if image is None or image.get("role") != "img":
            yield f"{name} is no image to whoever hears the page"
        else:
            words = {e.get("id"): text_in(e) for e in image if e.tag in {"title", "desc"}}
            labels = image.get("aria-labelledby", "").split()
            if not labels or any(len(words.get(label, "")) <= _SHORTEST for label in labels):
                yield f"{name} is not told in words"
        if figure.find("figcaption") is None:
            yield f"{name} has no caption"
        if link is None or not link.get("href", "").startswith("#table-"):
            yield f"{name} does not lead to the table of its figures"


def _standing_alone(page: str, tree: ET.Element) -> Iterator[str]:
    for tag in ("script", "link", "img"):
        if next(tree.iter(tag), None) is not None:
            yield f"the page has a <{tag}>: it stands alone and runs nothing"
    if re.search(r"url\((?!#)|@import", page):
        yield "the page's style fetches something"
    if any(name.startswith("on") for e in tree.iter() for name in e.attrib):
        yield "the page runs something when it is used"
    policies = [e.get("content", "") for e in tree.iter("meta") if e.get("http-equiv")]
    if not policies or not policies[0].startswith("default-src 'none'"):
        yield "the page does not forbid what is not in it"


RULES: Final[tuple[Callable[[ET.Element], Iterator[str]], ...]] = (
    _whole, _headings, _places, _skip_link, _tables, _charts,
)  # fmt: skip
