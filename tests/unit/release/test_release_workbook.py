"""The workbook holds what the CSVs hold, as numbers, and nothing that a spreadsheet would run or fetch."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import openpyxl
import pytest
from made_up_release import ABSENCE, HIDDEN, ROLL, dim, release, table

from kdsp_lib.release.write import files_of
from kdsp_lib.report.symbol import SYMBOLS

SMALL = table(
    "small",
    "Every kind of value",
    [dim("kind", a="A", b="B", c="C", d="D", e="E")],
    {"rate": 1, "gap": 2, "number": 0},
    """
    a:   18   -1.5   0
    b:   18.0 12.25  1234567
    c:   c    low    u
    d:   x    z      100
    e:   0.0  -0.25  12
    All: c    c      c
    """,
)
HOSTILE = (
    '=HYPERLINK("http://x.example","y")',
    "{=1+1}",
    "@SUM(1)",
    "+1",
    "[click](http://x.example)",
    "$$note$$",
    "<r><t>x</t></r>",
    "http://x.example",
    "internal:Cover!A1",
    "_x0041_",
)


def files(**changes):
    return files_of(release(**changes))[0]


def opened(made):
    return openpyxl.load_workbook(io.BytesIO(made["report.xlsx"]))


def rows_of(sheet):
    """The table of a sheet, its headings first."""
    (only,) = sheet.tables.values()
    return list(sheet[only.ref])


def as_written(cell):
    """A cell as the CSV writes it: a number with the places that its format shows, a symbol bare, a text as it is."""
    if cell.data_type == "n":
        return f"{cell.value:.{len(cell.number_format.partition('.')[2])}f}"
    bare = re.fullmatch(r"\[(\w+)\]", cell.value)
    return bare[1] if bare and bare[1] in SYMBOLS else cell.value


@pytest.mark.parametrize(("number", "data"), list(enumerate([ABSENCE, ROLL, HIDDEN, SMALL], start=1)))
def test_each_sheet_holds_the_rows_of_one_csv(number, data):
    made = files(tables=(ABSENCE, ROLL, HIDDEN, SMALL))
    head, *body = csv.reader(made[f"tables/{data['name']}.csv"].decode().splitlines())
    words = [k for k, name in enumerate(head) if not name.endswith(("_code", "_policy"))]
    sheet = opened(made)[f"Table {number}"]
    headings, *rows = rows_of(sheet)
    assert [cell.value for cell in headings] == [thing["label"] for thing in (*data["dims"], *data["statistics"])]
    assert [[as_written(cell) for cell in row] for row in rows] == [[row[k] for k in words] for row in body]


def test_figures_are_numbers_and_what_is_withheld_is_none():
    headings, *rows = rows_of(opened(files(tables=(ABSENCE, ROLL, SMALL)))["Table 3"])
    values = {row[0].value: row[1:] for row in rows}
    assert [cell.data_type for cell in values["B"]] == ["n", "n", "n"]
    assert [cell.number_format for cell in values["B"]] == ["#,##0.0", "#,##0.00", "#,##0"]
    assert [cell.value for cell in values["C"]] == ["[c]", "[low]", "[u]"]
    assert {cell.alignment.horizontal for row in [headings, *rows] for cell in row[1:]} == {"right"}


def test_sheets_are_numbered_as_the_page_numbers_its_tables():
    made = files(tables=(HIDDEN, ROLL, ABSENCE))
    titles = [opened(made)[f"Table {k}"]["A1"].value for k in (1, 2, 3)]
    assert titles == [f"Table {k}: {data['title']} [note 1]" for k, data in enumerate([ABSENCE, ROLL, HIDDEN], start=1)]
    on_page = re.findall(r"<caption.*?</caption>", made["report.html"].decode(), flags=re.DOTALL)
    assert [re.search(r"Table \d", caption)[0] for caption in on_page] == ["Table 1", "Table 2", "Table 3"]
    for caption, data in zip(on_page, [ABSENCE, ROLL, HIDDEN], strict=True):
        assert data["title"] in caption


def test_every_mark_is_explained():
    made = opened(files(tables=(ABSENCE, ROLL, SMALL | {"notes": ["Counted in May."]})))
    notes = {row[0].value: row[1].value for row in rows_of(made["Notes"])[1:]}
    assert notes == {f"[{symbol}]": text for symbol, text in SYMBOLS.items()} | {
        "[note 1]": "Counted at the census.",
        "[note 2]": "Counted in May.",
    }
    assert made["Table 3"]["A1"].value.endswith("[note 2]")
    for name in made.sheetnames[3:]:
        legend = {cell.value.split()[0] for cell in made[name]["A"] if str(cell.value).startswith("[")}
        used = {cell.value for row in rows_of(made[name]) for cell in row if str(cell.value).startswith("[")}
        assert legend >= used, name


def test_cover_says_whom_it_is_for_and_contents_lead_to_every_sheet():
    made = opened(files(coverage_note="Two establishments are not counted."))
    assert made.sheetnames == ["Cover", "Contents", "Notes", "Table 1", "Table 2", "Table 3"]
    cover = [cell.value for cell in made["Cover"]["A"] if cell.value]
    assert cover[0] == "Area profile"
    for line in (
        "Confidential to East collaborative",
        "For: Headteachers of East collaborative",
        "Permitted under: Clauses 4 and 6 of the Knowsley Data Sharing Protocol",
        "Who is counted: Two establishments are not counted.",
        "Expires: 31 August 2026",
        "For professional use by those named above.",
        "Data team",
    ):
        assert line in cover
    links = {row[0].hyperlink.location for row in rows_of(made["Contents"])[1:]}
    assert links == {f"'{name}'!A1" for name in made.sheetnames[2:]}
    assert all("Confidential to East collaborative" in sheet.oddFooter.left.text for sheet in made)


def test_text_that_a_spreadsheet_would_run_or_follow_stays_text():
    labels = {f"l{k}": text for k, text in enumerate(HOSTILE)}
    rows = "\n".join(f"{code}: {k}" for k, code in enumerate([*labels, "All"], start=10))
    hostile = [
        table(f"evil{k}", text, [dim("area", **labels)], {"pupils": 0}, rows)
        | {"scope": text, "source": text, "notes": [text]}
        for k, text in enumerate(HOSTILE)
    ]
    made = files(tables=(ABSENCE, ROLL, *hostile), title=HOSTILE[0], marking=HOSTILE[0], terms=HOSTILE[6])
    book = opened(made)
    found = [row[0].value for row in rows_of(book["Table 3"])[1:-1]]
    assert [value.removeprefix("'") for value in found] == list(HOSTILE)
    assert not [value for value in found if value.startswith(("=", "+", "@", "<r>"))]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]
    with zipfile.ZipFile(io.BytesIO(made["report.xlsx"])) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode()
            assert "<f>" not in text, name
            assert 'TargetMode="External"' not in text, name


def test_columns_with_one_label_are_told_apart():
    """A sheet's table may not have two columns of one name, small letters or capitals."""
    data = table("twice", "T", [dim("pupils", a="A")], {"PUPILS": 0}, "a: 10\nAll: 10")
    data["statistics"][0]["name"] = "count"
    headings = rows_of(opened(files(tables=(ABSENCE, ROLL, data)))["Table 3"])[0]
    assert [cell.value for cell in headings] == ["Pupils (pupils)", "Pupils (count)"]


def test_it_tells_neither_when_nor_where_it_was_made():
    with zipfile.ZipFile(io.BytesIO(files()["report.xlsx"])) as parts:
        assert {(part.date_time, part.compress_type) for part in parts.infolist()} == {((1980, 1, 1, 0, 0, 0), 0)}
        core = parts.read("docProps/core.xml").decode()
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"1980-01-01T00:00:00Z"}
        assert "<dc:creator></dc:creator>" in core


def test_a_long_heading_wraps_and_figures_set_the_width_of_their_column():
    """One wide heading would make a sheet that prints too small to read."""
    wide = table(
        "wide",
        "Wide",
        [dim("phase", a="A")],
        {"gap": 1, "rate": 1},
        "a: 18.0 1.5\nAll: 18.0 1.5",
    )
    wide["statistics"][0]["label"] = "Gap to the figure of the whole nation (percentage points)"
    sheet = opened(files(tables=(ABSENCE, ROLL, wide)))["Table 3"]
    assert sheet.column_dimensions["B"].width < 25
    assert sheet.column_dimensions["C"].width < 12


def test_rows_begin_at_the_top_where_some_wrap():
    notes = opened(files())["Notes"]
    for row in rows_of(notes)[1:]:
        assert {cell.alignment.vertical for cell in row} == {"top"}
