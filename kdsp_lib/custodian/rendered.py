"""What a reader sees of a text that somebody wrote: Markdown as the page, the PDF and a notebook show it. Pure.

A name that is split by marks in the source is whole where it is shown: ``**R**euben`` is read as ``Reuben``.
"""

from __future__ import annotations

from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

APART = "\n;\n"
"""Between blocks: no number of one is read as that of another's year or clause."""
_WITHIN = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins",
    "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u",
    "var", "wbr",
})  # fmt: skip
"""Tags that part no word; all others begin a line, or a cell."""


@lru_cache(maxsize=1)
def page_parser() -> MarkdownIt:
    """That of the page and the PDF: CommonMark, in which raw HTML is shown as text."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=1)
def _notebook_parser() -> MarkdownIt:
    """That of notebooks, near enough: with tables, strikethrough, and HTML whose tags and comments
    nobody sees. A link or a picture to anywhere leaves its words."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return parser


@lru_cache(maxsize=4096)
def readings_of(text: str) -> tuple[str, ...]:
    """The text as it was written, and as the page and a notebook show it; each reading once."""
    shown = (_seen(parser.render(text)) for parser in (page_parser(), _notebook_parser()))
    return tuple(dict.fromkeys((text, *shown)))


def _seen(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


class _Reader(HTMLParser):
    """The words that HTML shows, those of a picture too."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def _part(self, tag: str) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag not in _WITHIN:
            self.parts.append(APART)
