"""The workbook for people who hear it read or move by keys: one table a sheet, found at once, with no cell in the way.

After the Analysis Function's guidance on statistics in spreadsheets.
"""

from __future__ import annotations

import io

import openpyxl
import pytest


@pytest.fixture(scope="session")
def book(made_up):
    from kdsp_lib.release.write import files_of

    return openpyxl.load_workbook(io.BytesIO(files_of(made_up.release())[0]["report.xlsx"]))


def test_reading_starts_with_the_title_of_the_sheet(book):
    for sheet in book:
        assert sheet["A1"].value
        assert sheet["A1"].font.bold
        assert sheet.sheet_view.selection[0].activeCell in (None, "A1")
    assert book.active.title == "Cover"
    assert book.properties.title == "Area profile"


def test_a_sheet_has_one_table_with_a_heading_over_each_column(book):
    for sheet in book.worksheets[1:]:
        (only,) = sheet.tables.values()
        assert only.headerRowCount == 1
        assert all(cell.value for cell in sheet[only.ref][0])
        assert only.ref.split(":")[1] == f"{sheet.cell(1, sheet.max_column).column_letter}{sheet.max_row}"


def test_no_cell_is_merged_empty_or_hidden(book):
    for sheet in book:
        assert not sheet.merged_cells.ranges
        assert sheet.sheet_state == "visible"
        assert not [row for row, size in sheet.row_dimensions.items() if size.hidden]
        assert not [column for column, size in sheet.column_dimensions.items() if size.hidden]
        assert all(cell.value not in (None, "") for cell in sheet["A"])
    for sheet in book.worksheets[1:]:
        (only,) = sheet.tables.values()
        assert all(cell.value not in (None, "") for row in sheet[only.ref] for cell in row)


def test_letters_are_large_enough_and_no_meaning_is_in_a_colour(book):
    fonts = [cell.font for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert min(font.size for font in fonts) >= 12
    fills = {cell.fill.fill_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert fills == {None}
