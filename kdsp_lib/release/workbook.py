# mypy: disable-error-code="misc"
"""The workbook of a release: a cover, contents, notes, and one table a sheet, as official statistics are published.

It holds what the tidy CSVs hold, row by row, as numbers that a spreadsheet can reckon with. gptables lays it out; here
every text stays a text (it would make links, references and formulas of some), and the bytes are the same on every run.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
import math
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Self

import pandas as pd
from gptables import Cover, GPTable, GPWorkbook, Theme
from gptables.core.wrappers import GPWorksheet
from gptables.utils.unpickle_themes import gptheme
from xlsxwriter.utility import cell_autofit_width

from kdsp_lib.release.conditions import conditions_of, line_on_each_sheet
from kdsp_lib.release.page import front_matter
from kdsp_lib.release.release import Release
from kdsp_lib.release.story import order_of_tables
from kdsp_lib.release.tidy import safe_text
from kdsp_lib.report.pupil_list import PupilList
from kdsp_lib.report.symbol import SYMBOLS, printed
from kdsp_lib.report.table import Dimension, Statistic, Table
from kdsp_lib.report.wire import ALL

_OPTIONS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_AT_THE_HEAD: Final = ("For", "Purpose", "Permitted under")
_CONTACT: Final = "Questions to"
_NOTES: Final = "Notes"
_LONGEST_NAME: Final = 31
"""So many characters the name of a sheet may have."""
_RICH: Final = "<r>"
_WIDEST: Final = 600
"""Pixels of a column; longer words wrap."""
_HEADING: Final = 150
"""Pixels of a heading, which wraps; one with a longer word, or with wider figures below it, takes more."""
_APART: Final = 8
"""Pixels between a column and the next."""
_LINES_UP: Final = {
    **{part: {"valign": "top"} for part in ("data", "index_1", "index_2", "index_3")},
    "column_heading": {"valign": "bottom"},
}
"""Where texts stand in rows of which some wrap."""
_A4: Final = 9


class _Table(GPTable):
    """A table that is written once: the copy of it that is written is itself."""

    def __deepcopy__(self, _memo: object) -> Self:
        return self


class _Sheet(GPWorksheet):
    """A sheet on which a text is what it says: brackets make no link of it and dollars no reference."""

    def _parse_urls(self, _sheet: object) -> None:
        return

    def _reference_annotations(self, _sheet: GPTable, _order: list[str]) -> None:
        return

    def _write_table_elements(self, _pos: list[int], sheet: GPTable, _auto_width: bool) -> None:
        """The cells of a table as gptables writes them, without a data frame of their formats."""
        rows = [list(sheet.table.columns), *sheet.table.to_numpy(dtype=object).tolist()]
        formats = _formats(self.theme, sheet, len(rows))
        top = sheet.data_range[0]
        for row, (cells, looks) in enumerate(zip(rows, formats, strict=True), start=top):
            for column, (cell, look) in enumerate(zip(cells, looks, strict=True)):
                if isinstance(cell, list | dict):
                    self._smart_write(row, column, cell, look)
                else:
                    said = None if isinstance(cell, str) and not cell.strip() else cell
                    self.write(row, column, said, self._workbook.add_format(look))
        self._set_column_widths(self._widths(rows, formats))
        columns = [
            {"header": head, "header_format": self._workbook.add_format(look)}
            for head, look in zip(rows[0], formats[0], strict=True)
        ]
        named = {"header_row": True, "autofilter": False, "style": None, "name": sheet.table_name}
        self.add_table(*sheet.data_range, {**named, "columns": columns})

    def _widths(self, rows: list[list[Any]], formats: list[list[_Look]]) -> list[int]:
        """As wide as what stands below the heading, which wraps, and as its longest word."""
        widths = []
        for cells, looks in zip(zip(*rows, strict=True), zip(*formats, strict=True), strict=True):
            head = str(cells[0])
            word = max(head.split(), key=len, default="")
            lines = {
                (self._get_longest_line(cell), look.get("bold")): look
                for cell, look in zip(cells[1:], looks[1:], strict=True)
            }
            below = max(self._width(line, look) for (line, _), look in lines.items())
            wrapped = max(min(self._width(head, looks[0]), _HEADING), self._width(word, looks[0]))
            widths.append(min(max(below, wrapped) + _APART, _WIDEST))
        return widths

    def _width(self, cell: Any, look: _Look) -> int:
        line = self._get_longest_line(cell)
        width: float = cell_autofit_width(line) * self._get_scaling_factor(look, line)
        return math.ceil(width)


def _formats(theme: Theme, sheet: GPTable, height: int) -> list[list[_Look]]:
    """How each cell looks: by the theme, then by what the table says of columns, rows and cells."""
    width, levels = len(sheet.table.columns), dict.fromkeys(sheet.index_columns.values())
    left = {"align": "left"}
    head = [theme.column_heading_format | left] * width
    row = [(theme.index_2_format if column in levels else theme.data_format) | left for column in range(width)]
    formats = [[dict(look) for look in looks] for looks in (head, *[row] * (height - 1))]
    for item in sheet.additional_formatting:
        for kind, told in item.items():
            for look in _PARTS[kind](formats, told):
                look.update(told["format"])
    return formats


_Look = dict[str, Any]
_PARTS: Final[Mapping[str, Callable[[list[list[_Look]], _Look], Iterable[_Look]]]] = {
    "column": lambda formats, told: (looks[column] for looks in formats for column in told["columns"]),
    "row": lambda formats, told: (look for row in told["rows"] for look in formats[row]),
    "cell": lambda formats, told: (formats[told["cells"][0]][told["cells"][1]],),
}
"""Of each kind of additional formatting the cells that it is about."""


@lru_cache(maxsize=1)
def _theme() -> Theme:
    """That of gptables, with texts that line up."""
    theme = copy.deepcopy(gptheme)
    theme.apply_config(copy.deepcopy(_LINES_UP))
    return theme


class _Book(GPWorkbook):
    """A workbook of such sheets, which print on as many pages as they are long and say on each how they are marked."""

    footer = ""

    def __init__(self, written: io.BytesIO) -> None:
        super().__init__(written, _OPTIONS)
        self.set_theme(_theme())

    def add_worksheet(self, name: str | None = None, gridlines: str = "hide_all") -> Any:
        sheet = super(GPWorkbook, self).add_worksheet(name, _Sheet)
        sheet.theme = self.theme
        sheet._workbook = self
        sheet.hide_gridlines(2 if gridlines == "hide_all" else 0)
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(self.footer)
        return sheet


def workbook_bytes(release: Release, tables: Mapping[str, Table], listings: Mapping[str, PupilList]) -> bytes:
    """The whole workbook. Sheets are numbered as the page numbers its tables."""
    order = order_of_tables(release.notebook, tables)
    noted: list[Table | PupilList] = [*(tables[name] for name in order), *listings.values()]
    notes = tuple(dict.fromkeys(note for each in noted for note in each.notes))
    above = [_text(release.mark), _text(line_on_each_sheet(release))]
    sheets = {_NOTES: _notes_sheet(notes, above)} | {
        f"Table {number}": _table_sheet(tables[name], number, above, notes)
        for number, name in enumerate(order, start=1)
    }
    sheets |= {_sheet_of(pupils): _list_sheet(pupils, above, notes) for pupils in listings.values()}
    written = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gptables asks pandas for what pandas will drop
        book = _Book(written)
        book.footer = f"&L{release.mark[:200].replace('&', '&&')}&R&P / &N"
        book.set_properties({"title": release.title, "created": dt.datetime(*_NO_TIME, tzinfo=dt.UTC)})
        cover = _cover(release, tables)
        book.add_worksheet(cover.cover_label).write_cover(cover)
        for label, sheet in {"Contents": book.make_table_of_contents(sheets, subtitles=above), **sheets}.items():
            book.add_worksheet(label).write_gptable(sheet, auto_width=True)
        book.close()
    return _stored(written)


def _cover(release: Release, tables: Mapping[str, Table]) -> Cover:
    facts = front_matter(release, tables)
    lines = [(fact.label, _text(f"{fact.label}: {text}")) for fact in facts for text in fact.texts]
    return Cover(
        title=_text(release.title),
        intro=[_text(release.mark), *(line for label, line in lines if label in _AT_THE_HEAD)],
        about=[
            *(line for label, line in lines if label not in (*_AT_THE_HEAD, _CONTACT)),
            *map(_text, conditions_of(release)),
        ],
        contact=[_text(release.contact)],
    )


def _notes_sheet(notes: Sequence[str], above: list[str]) -> GPTable:
    numbered = ((_mark(number), note) for number, note in enumerate(notes, start=1))
    rows = [*((printed(symbol), meaning) for symbol, meaning in SYMBOLS.items()), *numbered]
    return _Table(
        table=pd.DataFrame([[mark, _text(text)] for mark, text in rows], columns=["Mark", "Meaning"]),
        table_name="notes",
        title="Notes and symbols",
        subtitles=above,
        instructions="This worksheet contains one table: what the marks in square brackets mean.",
        index_columns={2: 0},
    )


def _table_sheet(table: Table, number: int, above: list[str], notes: Sequence[str]) -> GPTable:
    marks = [_mark(notes.index(note) + 1) for note in table.notes]
    return _Table(
        table=_frame(table),
        table_name=f"table_{number}",
        title=_text(" ".join([f"Table {number}: {table.title}", *marks])),
        subtitles=above,
        instructions=f"This worksheet contains one table. The {_NOTES} sheet explains marks in square brackets.",
        legend=[_text(f"{printed(symbol)} {meaning}") for symbol, meaning in table.symbols.items()],
        source=_text(f"Source: {table.source}") if table.source else None,
        scope=_text(table.scope),
        index_columns={2: 0} if table.dims else {},
        additional_formatting=list(_formatting(table)),
    )


def _sheet_of(pupils: PupilList) -> str:
    """What the sheet of a list is called: by its title, where a sheet may have so long a name."""
    return pupils.title if len(pupils.title) <= _LONGEST_NAME else pupils.name.replace("-", " ").capitalize()


def _list_sheet(pupils: PupilList, above: list[str], notes: Sequence[str]) -> GPTable:
    marks = [_mark(notes.index(note) + 1) for note in pupils.notes]
    rows = [[_text(text) for text in row] for row in pupils.rows] or [["There is none" for _ in pupils.columns]]
    return _Table(
        table=pd.DataFrame(rows, columns=[_text(label) for label in pupils.columns.values()], dtype=object),
        table_name=pupils.name,
        title=_text(" ".join([pupils.title, *marks])),
        subtitles=above,
        instructions=f"This worksheet contains one table. The {_NOTES} sheet explains marks in square brackets.",
        scope=_text(pupils.scope),
        index_columns={2: 0},
    )


def _frame(table: Table) -> pd.DataFrame:
    """A row a cell, as in the CSV: the words of each dimension, then each statistic."""
    rows = [
        [
            *(_text(dim.label_of(code)) for dim, code in zip(table.dims, codes, strict=True)),
            *map(_number_or_symbol, values),
        ]
        for codes, values in table.cells.items()
    ]
    return pd.DataFrame(rows, columns=_headings(table), dtype=object)


def _headings(table: Table) -> list[str]:
    """The labels of the columns; one that another has too is told apart by its name, for they must differ."""
    columns: list[Dimension | Statistic] = [*table.dims, *table.statistics]
    labels = [column.label.casefold() for column in columns]
    return [
        _text(column.label if labels.count(label) == 1 else f"{column.label} ({column.name})")
        for column, label in zip(columns, labels, strict=True)
    ]


def _formatting(table: Table) -> Iterable[dict[str, Any]]:
    """Figures to the right, each with as many decimals as it claims; totals in bold. Row 0 is the heading."""
    first = len(table.dims)
    for column in range(first, first + len(table.statistics)):
        yield {"column": {"columns": [column], "format": {"align": "right"}, "include_names": True}}
    for row, (codes, values) in enumerate(table.cells.items(), start=1):
        if ALL in codes:
            yield {"row": {"rows": [row], "format": {"bold": True}, "include_names": True}}
        for column, value in enumerate(values, start=first):
            if value not in SYMBOLS:
                yield {"cell": {"cells": (row, column), "format": {"num_format": _format(value)}}}


def _format(value: str) -> str:
    decimals = len(value.partition(".")[2])
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def _number_or_symbol(value: str) -> int | float | str:
    if value in SYMBOLS:
        return printed(value)
    return float(value) if "." in value else int(value)


def _mark(number: int) -> str:
    return f"[note {number}]"


def _text(text: str) -> str:
    """A text that stays one, also where somebody edits the cell; the writer would take ``<r>`` for its own markup."""
    return f"'{text}" if text.startswith(_RICH) else safe_text(text)


def _stored(book: io.BytesIO) -> bytes:
    """The same parts without compression, whose bytes differ from one zlib to the next."""
    stored = io.BytesIO()
    with zipfile.ZipFile(book) as parts, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as again:
        for part in parts.infolist():
            again.writestr(zipfile.ZipInfo(part.filename, _NO_TIME), parts.read(part))
    return stored.getvalue()
