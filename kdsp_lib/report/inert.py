"""Outputs with nothing active in them: no script, nothing fetched, no link that leads away.

A kernel writes what it likes; whoever shows it, shows this. HTML and SVG are made of what is allowed alone: text
without ``<``, and whole tags whose names and attributes are known. What has only such parts stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_HTML_TAGS: Final = """
    a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3
    h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp section small span strong style sub summary sup table tbody
    td tfoot th thead time tr tt u ul var wbr
"""
_SVG_TAGS: Final = """
    a circle clippath defs desc ellipse g line lineargradient marker mask metadata path pattern polygon polyline
    radialgradient rect stop style svg symbol text textpath title tspan use
"""
_HTML_ATTRIBUTES: Final = """
    align border cellpadding cellspacing colspan datetime dir headers height hidden open role rowspan scope scoped
    span src start style tabindex type valign value width
"""
_SVG_ATTRIBUTES: Final = """
    clip-path clip-rule clippathunits cx cy d dominant-baseline dx dy fill fill-opacity fill-rule focusable
    font-family font-size font-style font-weight gradienttransform gradientunits height letter-spacing marker-end
    marker-mid marker-start markerheight markerunits markerwidth mask offset opacity orient overflow paint-order
    patterntransform patternunits points preserveaspectratio r refx refy role rotate rx ry shape-rendering
    stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin
    stroke-miterlimit stroke-opacity stroke-width style tabindex text-anchor text-rendering textlength transform
    type vector-effect version viewbox visibility width x x1 x2 xml:space y y1 y2
"""
_SAID: Final = frozenset({"alt", "class", "lang", "title", "xml:lang", "xmlns", "xmlns:xlink"})
_LEFT_OUT_WHOLE: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|iframe|object|embed|noscript|noembed|noframes|template|textarea|title|xmp|plaintext"
    r"|select|math|svg)\b(?:.*?</\1\s*>|.*)",
    re.IGNORECASE | re.DOTALL,
)
_LEFT_OUT_OF_SVG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|foreignObject|iframe|image|set|animate\w*)\b(?:[^<>]*/>|.*?</\1\s*>|.*)",
    re.IGNORECASE | re.DOTALL,
)
_STYLE: Final = re.compile(r"(<style(?:\s[^<>]*)?>)([^<]*)(</style\s*>)", re.IGNORECASE)
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s[^<>]*|/)?)>|<[A-Za-z/!?][^<>]*>?|<")
_ATTRIBUTE: Final = re.compile(
    r"""\s+([A-Za-z_][\w:.-]*)(?:\s*=\s*("[^"<>]*"|'[^'<>]*'|[\w#%.,:;()+-]+))?(?=[\s/]|\Z)"""
)
_FETCHES: Final = re.compile(
    r"url\s*\(\s*[\"']?\s*(?!#)|image|src\s*\(|@import|\\|/\*|expression|behavior|-moz-binding", re.I
)
_PICTURE: Final = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
_MARKUP: Final = re.compile(r"<[A-Za-z/!?]")
_TEX_THAT_ACTS: Final = re.compile(
    r"\\(?:href|url|require|style|class|cssId|html|data|includegraphics|unicode)|<[A-Za-z/!?]"
)
_ACTIVE_TOKENS: Final = frozenset({"html_block", "html_inline", "image"})
_LINKED: Final = re.compile(r"<(?:https?://|mailto:)[^<>\s]*>")
_MARKUP_BEGINS: Final = re.compile(r"<(?=[A-Za-z/!?])")
_PICTURE_IN_MARKDOWN: Final = re.compile(r"!\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*")

_AS_IT_IS: Final = ("text/plain", "application/json", "application/vnd.jupyter.widget-view+json")
_OURS: Final = "application/vnd.kdsp."
_PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")


class _Allowed(NamedTuple):
    tags: frozenset[str]
    attributes: frozenset[str]


_HTML: Final = _Allowed(frozenset(_HTML_TAGS.split()), frozenset(_HTML_ATTRIBUTES.split()))
_SVG: Final = _Allowed(frozenset(_SVG_TAGS.split()), frozenset(_SVG_ATTRIBUTES.split()))


def inert_html(text: str) -> str:
    """HTML that shows and does nothing else."""
    return "".join(_parts(_LEFT_OUT_WHOLE.sub("", text), _HTML))


def inert_svg(text: str) -> str:
    """A drawing that shows and does nothing else, wherever it stands."""
    return "".join(_parts(_LEFT_OUT_OF_SVG.sub("", text), _SVG))


def inert_markdown(text: str) -> str:
    """A Markdown text as HTML that does nothing; raw HTML in it is shown as text."""
    return inert_html(_markdown().render(text))


def inert_source(text: str) -> str:
    """The source of a cell of text without tags and pictures: wherever it is opened, it fetches and runs nothing.

    A picture becomes its words, as on a release's page. A text that has neither stays as it was.
    """
    tokens = _markdown_with_html().parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    if not any(token.type in _ACTIVE_TOKENS for token in (*tokens, *inner)) and not has_markup(_LINKED.sub("", text)):
        return text
    plain = _MARKUP_BEGINS.sub("&lt;", _PICTURE_IN_MARKDOWN.sub(r"\1", text))
    return plain.replace("![", "!&#91;")


def has_markup(text: str) -> bool:
    """Whether a browser could find a tag in a text."""
    return _MARKUP.search(text) is not None


def inert_bundle(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an output shows, by its MIME types: those that are known, with nothing active in them."""
    made: dict[str, Any] = {}
    for kind, value in data.items():
        if kind in _AS_IT_IS or kind.startswith(_OURS):
            made[kind] = value
            continue
        text = "".join(value) if isinstance(value, list) else str(value)
        kept = _kept(kind, text)
        if kept is not None:
            made["text/html" if kind == "text/markdown" else kind] = value if kept == text else kept
    return made


def inert_notebook(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """A notebook whose outputs and attachments have nothing active in them, and without the state of widgets."""
    made = {**notebook, "cells": [_inert_cell(cell) for cell in notebook.get("cells", ())]}
    made["metadata"] = {key: value for key, value in notebook.get("metadata", {}).items() if key != "widgets"}
    return made


def without_isolation(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What an output says of how it is shown; not that it gets a frame of its own."""
    return {
        key: without_isolation(value) if isinstance(value, Mapping) else value
        for key, value in metadata.items()
        if key != "isolated"
    }


def _inert_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(cell)
    if "outputs" in made:
        made["outputs"] = [_inert_output(output) for output in made["outputs"]]
    if "attachments" in made:
        made["attachments"] = {
            name: {kind: value for kind, value in inert_bundle(bundle).items() if kind in _PICTURES}
            for name, bundle in made["attachments"].items()
        }
    return made


def _inert_output(output: Mapping[str, Any]) -> dict[str, Any]:
    if "data" not in output:
        return dict(output)
    return {
        **output,
        "data": inert_bundle(output["data"]),
        "metadata": without_isolation(output.get("metadata", {})),
    }


def _kept(kind: str, text: str) -> str | None:
    if kind == "text/html":
        return inert_html(text)
    if kind == "text/markdown":
        return inert_markdown(text)
    if kind == "image/svg+xml":
        return inert_svg(text)
    if kind in _PICTURES:
        return text if _BASE64.fullmatch(text) else None
    return text if kind == "text/latex" and not _TEX_THAT_ACTS.search(text) else None


def _parts(text: str, allowed: _Allowed) -> Iterator[str]:
    """The text, tag by tag: allowed ones, with the style that stands between two of them."""
    at = 0
    for style in _STYLE.finditer(text):
        yield from _tags(text[at : style.start()], allowed)
        at = style.end()
        if not _FETCHES.search(unescape(style[2])):
            yield from (_opening(style[1], allowed), style[2], "</style>")
    yield from _tags(text[at:], allowed)


def _tags(text: str, allowed: _Allowed) -> Iterator[str]:
    at = 0
    for found in _TAG.finditer(text):
        yield text[at : found.start()]
        at = found.end()
        if found[0] == "<":
            yield "&lt;"
        elif found[2] and found[2].lower() in allowed.tags and found[2].lower() != "style":
            yield f"</{found[2]}>" if found[1] else _opening(found[0], allowed)
    yield text[at:]


def _opening(tag: str, allowed: _Allowed) -> str:
    """An opening tag as it is, or anew of those of its attributes that are allowed."""
    match = _TAG.fullmatch(tag)
    if match is None or match[2] is None:
        return ""
    end = "/>" if match[3].endswith("/") else ">"
    given = match[3].removesuffix("/")
    kept = "".join(each[0] for each in _ATTRIBUTE.finditer(given) if _is_allowed(each[1], each[2] or "", allowed))
    return tag if kept == given.rstrip() else f"<{match[2]}{kept}{end}"


def _is_allowed(attribute: str, quoted: str, allowed: _Allowed) -> bool:
    name, value = attribute.lower(), unescape(quoted.strip("\"'"))
    if name in _SAID or re.fullmatch(r"aria-[a-z]+", name):
        return True
    if name in {"href", "xlink:href"}:
        return value.startswith("#")
    if name == "src":
        return name in allowed.attributes and _PICTURE.fullmatch(value) is not None
    if name == "id":
        return not value.lower().startswith("jupyter")
    return name in allowed.attributes and not _FETCHES.search(value)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


@lru_cache(maxsize=1)
def _markdown_with_html() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True})
