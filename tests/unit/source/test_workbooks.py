"""Workbooks of kdsp's own tables: what Excel saves is read as it was meant; what is not a plain value is refused."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from kdsp_lib.errors import BadSource
from kdsp_lib.source import workbook
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.load import KINDS, add_dataset, read_file

TODAY = date(2026, 3, 2)
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def saved(tmp_path):
    """Saves rows as a workbook, as a person would."""

    def save(*rows, sheets: int = 1) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(list(row))
        for _ in range(sheets - 1):
            book.create_sheet()
        path = tmp_path / "book.xlsx"
        book.save(path)
        return path

    return save


REGISTRATIONS = ("pupil_key", "urn", "entry_date", "leave_date", "enrol_status", "ncyear")
ROW = ("p1", 990001, date(2021, 9, 1), None, "C", 4)


def read(path: Path, kind: str = "registrations") -> list[dict]:
    return read_file(KINDS[kind], path, None)[0].to_pylist()


def test_numbers_and_days_are_taken_as_their_columns_mean_them(saved):
    assert read(saved(REGISTRATIONS, ROW)) == [
        {
            "pupil_key": "p1", "urn": "990001", "entry_date": date(2021, 9, 1), "leave_date": None,
            "enrol_status": "C", "ncyear": "4",
        }
    ]  # fmt: skip


def test_days_as_text_and_columns_in_another_order_are_the_same(saved):
    turned = (ROW[1], ROW[0], "2021-09-01", *ROW[3:])
    header = (REGISTRATIONS[1], REGISTRATIONS[0], *REGISTRATIONS[2:])
    assert read(saved(header, turned)) == read(saved(REGISTRATIONS, ROW))


def test_yes_and_no_are_those_of_excel(saved):
    names = KINDS["census"].contract.names
    row = ("p1", "990001", "C", "3", "WBRI", "english", True, "targeted", "true", "N", None, False, None, "FALSE")
    (found,) = read(saved(names, row), "census")
    assert [found[name] for name in ("fsm", "fsm6", "lac", "young_carer", "service_child")] == [
        True,
        True,
        False,
        None,
        False,
    ]


@pytest.mark.parametrize("table", ["establishments", "suspensions"])
def test_the_made_up_tables_come_back_from_workbooks(made, workspace, saved, table):
    source = Catalogue.load(made)
    period = "2025/26-autumn" if table == "suspensions" else None
    entry = source.dataset(table, period)
    rows = source.read(entry).to_pylist()
    path = saved(rows[0], *(row.values() for row in rows))
    assert add_dataset(workspace, table, path, period, loaded_on=TODAY).dataset.snapshot == entry.snapshot


def places(error) -> list[tuple[str, str]]:
    return [(fault.place, fault.text) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (("p2", "=990000+1", *ROW[2:]), "holds a formula"),
        (("p2", "#REF!", *ROW[2:]), "holds an error"),
        (("p2", 990001.5, *ROW[2:]), "six digits"),
        (("p2", 990001, 44440.25, *ROW[3:]), "a date"),
        (("p2", 990001, 12, *ROW[3:]), "a date"),
        (("p2", *ROW[1:], "beyond"), "beyond the last column"),
    ],
)
def test_what_is_no_plain_value_is_told_by_row(saved, row, text):
    with pytest.raises(BadSource) as error:
        read(saved(REGISTRATIONS, ROW, row))
    assert [place for place, _ in places(error)] == ["book.xlsx row 3"]
    assert text in places(error)[0][1]


def test_an_empty_row_between_is_told_and_those_at_the_end_are_nothing(saved):
    with pytest.raises(BadSource) as error:
        read(saved(REGISTRATIONS, ROW, (), ("p2", *ROW[1:])))
    assert places(error) == [("book.xlsx row 3", "is empty: remove the row")]
    assert len(read(saved(REGISTRATIONS, ROW, (), ()))) == 1


def test_leading_noughts_that_a_workbook_lost_are_a_fault(saved, made):
    source = Catalogue.load(made)
    rows = source.read(source.dataset("establishments")).to_pylist()
    with pytest.raises(BadSource, match="seven digits"):
        read(saved(rows[0], {**rows[0], "laestab": int(rows[0]["laestab"])}.values()), "establishments")


def test_other_columns_and_other_kinds_are_told(saved):
    with pytest.raises(BadSource, match="is missing: add the column"):
        read(saved(REGISTRATIONS[1:], ROW[1:]))
    with pytest.raises(BadSource, match="looks like registrations"):
        read(saved(REGISTRATIONS, ROW), "pupils")
    with pytest.raises(BadSource, match="has a header but no rows"):
        read(saved(REGISTRATIONS))


def test_one_sheet_alone(saved):
    with pytest.raises(BadSource, match="has 2 sheets"):
        read(saved(REGISTRATIONS, ROW, sheets=2))


def changed(path: Path, member: str, *changes: tuple[str, str], added: dict[str, bytes] | None = None) -> Path:
    """The workbook with texts of one member replaced, and members added."""
    content = {}
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for old, new in changes:
        text = content[member].decode()
        assert re.search(old, text)
        content[member] = re.sub(old, new, text, count=1).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**content, **(added or {})}.items():
            archive.writestr(name, data)
    path.write_bytes(packed.getvalue())
    return path


def test_days_are_counted_from_1904_where_the_workbook_says_so(saved):
    book = "xl/workbook.xml"
    path = changed(saved(REGISTRATIONS, ROW), book, (r"<workbookPr\s*/>", '<workbookPr date1904="1"/>'))
    assert read(path)[0]["entry_date"] == date(2025, 9, 2)


def test_entities_macros_and_errors_are_refused(saved):
    entity = changed(
        saved(REGISTRATIONS, ROW), SHEET, ("<worksheet", "<!DOCTYPE worksheet [<!ENTITY a 'b'>]><worksheet")
    )
    with pytest.raises(BadSource, match="document type"):
        read(entity)
    with pytest.raises(BadSource, match="has macros"):
        read(changed(saved(REGISTRATIONS, ROW), SHEET, added={"xl/vbaProject.bin": b"x"}))
    with pytest.raises(BadSource, match="holds an error"):
        read(changed(saved(REGISTRATIONS, ROW), SHEET, ('t="n"><v>990001', 't="e"><v>#REF!')))


def test_what_unpacks_to_more_than_allowed_is_let_go(saved, monkeypatch):
    """A few kilobytes that become gigabytes: counted while they are unpacked, whatever the archive says of itself."""
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1 << 20)
    bomb = changed(saved(REGISTRATIONS, ROW), SHEET, ("</sheetData>", f"</sheetData>{' ' * (8 << 20)}"))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(BadSource, match="unpacks to more than 1 MiB"):
        read(bomb)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_a_workbook_that_is_cut_off_is_refused(saved, share):
    path = saved(REGISTRATIONS, ROW)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BadSource):
        read(path)
