"""The PDF of a release: tagged for whoever listens to it (PDF/UA-1), from the same parts as the page.

Typst lays it out and is told every text as data, so that none is read as markup; its template is all that it reads. The
fonts are those that the charts are drawn with, never the machine's, and it is of no other day than the report: the
bytes are the same on every run.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdsp_lib.errors import Broken
from kdsp_lib.release.body import Body, NumberedFigure, NumberedTable, Part
from kdsp_lib.release.narrative import Narrative
from kdsp_lib.release.obligation import expiry_in_words, in_words
from kdsp_lib.release.page import front_matter, reasons_of
from kdsp_lib.release.release import Release
from kdsp_lib.release.story import Words
from kdsp_lib.report import palette
from kdsp_lib.report.layout import Row, lay_out
from kdsp_lib.report.table import NOTHING, Table

if TYPE_CHECKING:
    import typst

_AT_MOST = 12
_LONG_WORD = re.compile(r"\S{19,}")
_BREAK = "\N{ZERO WIDTH SPACE}"
_LACKING = "\N{REPLACEMENT CHARACTER}"
_COLOURS = ("INK", "QUIET", "WASH", "LINE", "LINK")


def pdf_bytes(release: Release, tables: Mapping[str, Table], body: Body) -> bytes:
    """The whole document."""
    import typst

    told = _shown(json.dumps(_told(release, tables, body), ensure_ascii=False))
    try:
        made = typst.compile(
            _template(),
            sys_inputs={"data": told},
            font_paths=_fonts(),
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=0,
        )
    except typst.TypstError:
        raise Broken(  # its words may quote the report's
            "The PDF could not be laid out.", remedy="report this: the page, workbook and tables could be"
        ) from None
    if not isinstance(made, bytes):
        raise Broken("The PDF could not be laid out.")
    return made


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("kdsp_lib.release").joinpath("templates/report.typ").read_bytes()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_folder_of_fonts()])


def _folder_of_fonts() -> Path:
    """That of the fonts that come with matplotlib."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts/ttf"


@lru_cache(maxsize=1)
def _characters() -> frozenset[str]:
    """Those that the font has."""
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(str(_folder_of_fonts() / "DejaVuSans.ttf")).get_charmap()))


def _shown(text: str) -> str:
    """A text in which each character that the font lacks is the one that says so, to the eye and to the ear alike."""
    return text.translate(dict.fromkeys(map(ord, set(text) - _characters()), _LACKING))


def _told(release: Release, tables: Mapping[str, Table], body: Body) -> dict[str, Any]:
    """Every word and figure of the document."""
    narrative = Narrative(release.title)
    story = [_part(part, narrative) for part in body.story]
    return {
        "title": release.title,
        "marking": release.mark,
        "run": release.id,
        "on": _day_of(release),
        "expiry": expiry_in_words(release.retain_until) if release.retain_until else "",
        "facts": [{"label": fact.label, "texts": fact.texts} for fact in front_matter(release, tables)],
        "contents": sum(entry.rank == 2 for entry in narrative.contents) > 2,
        "story": story,
        "appendix": [_part(part, narrative) for part in body.appendix],
        "terms": release.terms.splitlines(),
        "conditions": in_words(release.obligations),
        "reasons": reasons_of(release),
        "colour": {name: getattr(palette, name) for name in _COLOURS},
    }


def _day_of(release: Release) -> list[int] | None:
    """The day that the report is of; a PDF without one bears no date."""
    on = release.facts.get("on")
    if not isinstance(on, str):
        return None
    day = dt.date.fromisoformat(on)
    return [day.year, day.month, day.day]


def _part(part: Part, narrative: Narrative) -> dict[str, Any]:
    if isinstance(part, Words):
        return {"kind": "words", "nodes": _nodes(narrative.render(part.source))}
    if isinstance(part, NumberedTable):
        return _table(part.table, part.label, part.notes)
    if isinstance(part, NumberedFigure):
        spec = part.chart.spec
        notes = [f"Its figures are in {part.data}."]
        head = {"kind": "figure", "label": part.label, "title": spec.title, "scope": part.chart.table.scope}
        return {**head, "notes": notes, "drawing": part.drawing, "alt": part.chart.description}
    return {
        "kind": "pupils",
        "label": "",
        "title": part.title,
        "scope": part.scope,
        "columns": list(part.columns.values()),
        "rows": [[_breakable(text) for text in row] for row in part.rows],
        "notes": part.notes,
    }


def _breakable(text: str) -> str:
    """A text whose long words (names of files, of releases) may be broken, so that columns stay apart."""
    return _LONG_WORD.sub(lambda found: _BREAK.join(re.findall(rf".{{1,{_AT_MOST}}}", found[0])), text)


def _table(table: Table, label: str, notes: tuple[str, ...]) -> dict[str, Any]:
    """A table laid out as on the page."""
    source = [f"Source: {table.source}"] if table.source else []
    if table.has_nothing:
        told = {"kind": "nothing", "label": label, "title": table.title, "scope": table.scope}
        return {**told, "text": NOTHING, "notes": [*notes, *source]}
    layout = lay_out(table)
    symbols = [f"[{symbol}] {meaning}" for symbol, meaning in table.symbols.items()]
    groups = [[_row(row, named=bool(table.dims)) for row in rows] for rows in layout.groups]
    return {
        "kind": "table",
        "label": label,
        "title": table.title,
        "scope": table.scope,
        "stubs": layout.stubs if table.dims else [],
        "over": layout.over,
        "head-rows": 2 if layout.over else 1,
        "columns": layout.columns,
        "groups": groups,
        "notes": [*symbols, *notes, *source],
    }


def _row(row: Row, *, named: bool) -> dict[str, Any]:
    """A row says all that it is about, though the one above said half of it: no reader has to look up."""
    return {
        "labels": row.labels if named else [],
        "leads": any(heading.scope == "rowgroup" for heading in row.headings),
        "values": [value.text for value in row.values],
        "is-total": row.is_total,
    }


def _nodes(html: str) -> list[Any]:
    """The narrative's checked HTML as a tree: ``{tag, children}`` and texts."""
    reader = _Tree()
    reader.feed(html)
    reader.close()
    return [node for node in reader.top["children"] if not (isinstance(node, str) and not node.strip())]


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.top: dict[str, Any] = {"tag": "", "children": []}
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node: dict[str, Any] = {"tag": tag, "children": [], "href": dict(attrs).get("href") or ""}
        self._open[-1]["children"].append(node)
        if tag not in ("br", "hr"):
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("br", "hr"):
            node = self._open.pop()
            node["text"] = "".join(_texts(node))

    def handle_data(self, data: str) -> None:
        self._open[-1]["children"].append(data)


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    for child in node["children"]:
        if isinstance(child, str):
            yield child
        else:
            yield from _texts(child)
