"""A notebook's words as HTML that is safe to stand in a page: its own tags alone, nothing fetched, nothing run.

Raw HTML is shown as text, a picture becomes its words, a link leads to https, mail or within the page. The page has one
heading of the first rank, so the notebook's begin at the second and never skip one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kdsp_lib.custodian.rendered import page_parser
from kdsp_lib.errors import Broken

if TYPE_CHECKING:
    from markdown_it.token import Token

_SCHEMES = ("https", "mailto")
_ALLOWED: Mapping[str, frozenset[str]] = {
    **{tag: frozenset() for tag in ("p", "em", "strong", "ul", "ol", "li", "code", "pre", "blockquote", "br", "hr")},
    **{f"h{rank}": frozenset({"id"}) for rank in range(2, 7)},
    "a": frozenset({"href", "rel"}),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the contents: a heading's rank, words and place."""

    rank: int
    text: str
    anchor: str


@dataclass
class Narrative:
    """The headings met so far: ranks must not skip, places must differ."""

    title: str
    contents: list[Entry] = field(default_factory=list)
    _anchors: set[str] = field(default_factory=set)
    _rank: int = 1

    def render(self, source: str) -> str:
        """One cell of text as HTML. Broken if anything but the allowed tags came out: then nothing is written."""
        tokens = page_parser().parse(source)
        kept = self._headings(_without_title(tokens, self.title) if not self.contents else tokens)
        for token in kept:
            token.info = ""
            if token.type == "ordered_list_open":
                token.attrs = {}
            if token.children:
                token.children = _plain_inline(token.children)
        html: str = page_parser().renderer.render(kept, page_parser().options, {})
        _Checker().check(html)
        return html

    def _headings(self, tokens: Sequence[Token]) -> list[Token]:
        for index, token in enumerate(tokens):
            if token.type == "heading_open":
                text = _words(tokens[index + 1].children or [])
                self._rank = min(max(int(token.tag[1]), 2), self._rank + 1, 6)
                anchor = self.anchor(text)
                token.tag = f"h{self._rank}"
                token.attrs = {"id": anchor}
                self.contents.append(Entry(self._rank, text, anchor))
            elif token.type == "heading_close":
                token.tag = f"h{self._rank}"
        return list(tokens)

    def anchor(self, text: str) -> str:
        """A place in the page named after its heading, unlike every other."""
        stem = "s-" + (re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50] or "section")
        anchor, number = stem, 2
        while anchor in self._anchors:
            anchor, number = f"{stem}-{number}", number + 1
        self._anchors.add(anchor)
        return anchor


def _without_title(tokens: list[Token], title: str) -> list[Token]:
    """Without a heading at the very start that repeats the page's title, or what that begins with."""
    if len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        words, whole = _words(tokens[1].children or []).casefold().strip(), title.casefold().strip()
        if whole == words or whole.startswith(f"{words}:"):
            return tokens[3:]
    return tokens


def _words(children: Sequence[Token]) -> str:
    parts = []
    for token in children:
        if token.type == "image":
            parts.append(_words(token.children or []))
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        else:
            parts.append(token.content)
    return "".join(parts)


def _plain_inline(children: Sequence[Token]) -> list[Token]:
    from markdown_it.token import Token

    kept: list[Token] = []
    open_links: list[bool] = []
    for token in children:
        if token.type == "image":
            kept.append(Token("text", "", 0, content=_words(token.children or [])))
        elif token.type == "link_open":
            href = str(token.attrs.get("href", ""))
            open_links.append(_may_lead_to(href))
            token.attrs = {"href": href, "rel": "noreferrer"}
            kept += [token] if open_links[-1] else []
        elif token.type == "link_close":
            kept += [token] if open_links.pop() else []
        else:
            kept.append(token)
    return kept


def _may_lead_to(href: str) -> bool:
    try:
        address = urlsplit(href)
    except ValueError:
        return False
    return address.scheme in _SCHEMES or (href.startswith("#") and len(href) > 1)


class _Checker(HTMLParser):
    """The second look: whatever the renderer does, only the allowed tags and attributes leave."""

    def check(self, html: str) -> None:
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ALLOWED or not {name for name, _ in attrs} <= _ALLOWED[tag]:
            raise Broken("The words of the notebook would bring more than words into the page.")
