"""Page, PDF, workbook, CSV and notebook of a release are read back: every cell is the same in all of them."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import openpyxl
import pypdf
import pytest
from made_up_release import ABSENCE, HIDDEN, ROLL, dim, release, table

from kdsp_lib.release.write import files_of
from kdsp_lib.report.symbol import SYMBOLS

THREE_WAYS = table(
    "absence_by_three",
    "Sessions missed, by phase, sex and meals",
    [
        dim("phase", primary="Primary", secondary="Secondary"),
        dim("sex", F="Girls", M="Boys"),
        dim("meals", yes="Free meals", no="No free meals"),
    ],
    {"mean": 1, "gap": 2, "pupils": 0},
    "\n".join(
        f"{phase} {sex} {meals}: {n + 4}.{n % 10} -{n}.25 {1000 * n + 100}"
        if n != 13
        else f"{phase} {sex} {meals}: x z low"
        for n, (phase, sex, meals) in enumerate(
            (p, s, m) for p in ("primary", "secondary", "All") for s in ("F", "M", "All") for m in ("yes", "no", "All")
        )
    ),
)
TABLES = (ABSENCE, ROLL, HIDDEN, THREE_WAYS)


@pytest.fixture(scope="module")
def made():
    return files_of(release(tables=TABLES))[0]


@pytest.fixture(scope="module")
def expected():
    """Of each table, the cells as the custodian gave them: the words of its codes, and its bare values."""
    cells = {}
    for data in TABLES:
        words = [{level["code"]: level["label"] for level in d["levels"]} | {"All": d["total"]} for d in data["dims"]]
        cells[data["name"]] = {
            tuple(of[code] for of, code in zip(words, cell["codes"], strict=True)): tuple(cell["values"])
            for cell in data["cells"]
        }
    return cells


def number_of(name: str) -> int:
    """The number of a table: those that the notebook shows come first."""
    return ["absence", "roll", "language", "absence_by_three"].index(name) + 1


def bare(text: str) -> str:
    """A printed value as the CSV writes it."""
    symbol = re.fullmatch(r"\[(\w+)\]", text)
    return symbol[1] if symbol else text.replace(",", "").replace("\N{MINUS SIGN}", "-")


def printed(value: str) -> str:
    """By another way than the code's: a value as a reader sees it."""
    if value in SYMBOLS:
        return f"[{value}]"
    whole, dot, places = value.removeprefix("-").partition(".")
    return ("\N{MINUS SIGN}" if value.startswith("-") else "") + f"{int(whole):,}" + dot + places


class Grid(HTMLParser):
    """Every table of a page as a grid of texts, a spanning cell in each place that it fills."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self._name, self._cell, self._held = "", None, {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "div" and found.get("id", "").startswith("table-"):
            self._name, self._held = found["id"].removeprefix("table-"), {}
            self.tables[self._name] = []
        elif tag == "tr":
            self._row = [*self._held.get(len(self.tables[self._name]), [])]
            self.tables[self._name].append(self._row)
        elif tag in ("th", "td"):
            self._cell, self._span = "", (int(found.get("colspan", 1)), int(found.get("rowspan", 1)))

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            across, down = self._span
            self._row += [self._cell.strip()] * across
            for below in range(1, down):
                self._held.setdefault(len(self.tables[self._name]) - 1 + below, []).extend(
                    [self._cell.strip()] * across
                )
            self._cell = None


def cells_of_grid(data, grid: list[list[str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """A laid out table as cells: one statistic of two dimensions or more has its last dimension across."""
    crossed = len(data["statistics"]) == 1 and len(data["dims"]) > 1
    stubs = len(data["dims"]) - crossed
    head, body = (grid[1], grid[2:]) if crossed else (grid[0], grid[1:])
    if not crossed:
        return {tuple(row[:stubs]): tuple(map(bare, row[stubs:])) for row in body}
    return {(*row[:stubs], head[k]): (bare(row[k]),) for row in body for k in range(stubs, len(row))}


def test_the_csv(made, expected):
    for name, cells in expected.items():
        head, *rows = csv.reader(io.StringIO(made[f"tables/{name}.csv"].decode()))
        assert head.pop() == "disclosure_policy"
        dims = [k for k, column in enumerate(head) if f"{column}_code" in head]
        rest = [
            head.index(statistic["name"]) for statistic in next(d for d in TABLES if d["name"] == name)["statistics"]
        ]
        assert {tuple(row[k] for k in dims): tuple(row[k] for k in rest) for row in rows} == cells


def test_the_page(made, expected):
    grids = Grid(made["report.html"].decode()).tables
    assert {data["name"]: cells_of_grid(data, grids[data["name"]]) for data in TABLES} == expected


def test_the_workbook(made, expected):
    book = openpyxl.load_workbook(io.BytesIO(made["report.xlsx"]))
    for data in TABLES:
        sheet = book[f"Table {number_of(data['name'])}"]
        (only,) = sheet.tables.values()
        dims, rows = len(data["dims"]), list(sheet[only.ref])[1:]
        values = [[str(cell.value) if cell.data_type == "n" else cell.value for cell in row[dims:]] for row in rows]
        there = {
            tuple(cell.value for cell in row[:dims]): tuple(map(bare, found))
            for row, found in zip(rows, values, strict=True)
        }
        cells = expected[data["name"]]
        assert list(there) == list(cells)
        for codes, found in there.items():
            assert [same(one, other) for one, other in zip(found, cells[codes], strict=True)] == list(found)


def same(found: str, given: str) -> str:
    """What was found, where it is the number given (a spreadsheet keeps no zeros behind the point)."""
    return found if found == given or (given not in SYMBOLS and float(found) == float(given)) else f"not {given}"


def test_the_notebook(made, expected):
    shown = {}
    for cell in json.loads(made["report.ipynb"])["cells"]:
        for output in cell.get("outputs", ()):
            wire = output["data"].get("application/vnd.kdsp.table+json")
            if wire:
                shown[wire["name"]] = wire
                assert (
                    cells_of_grid(wire, Grid(output["data"]["text/html"]).tables[wire["name"]])
                    == expected[wire["name"]]
                )
    assert set(shown) == {"absence", "roll"}
    assert all({tuple(c["codes"]): c["values"] for c in shown[d["name"]]["cells"]} for d in (ABSENCE, ROLL))


def test_the_pdf(made, expected):
    """Each row of the PDF is one line: its words, then its figures as they are printed."""
    read = pypdf.PdfReader(io.BytesIO(made["report.pdf"]))
    text = spaceless("".join(page.extract_text() for page in read.pages))
    for data in TABLES:
        begin = text.index(spaceless(f"Table {number_of(data['name'])}: {data['title']}"))
        after = text[begin : text.index("Source:", begin)]
        crossed = len(data["statistics"]) == 1 and len(data["dims"]) > 1
        lines: dict[str, list[str]] = {}
        for codes, values in expected[data["name"]].items():
            row = " ".join(codes[:-1] if crossed else codes)
            lines.setdefault(row, []).extend(map(printed, values))
        whole = "".join("".join([row, *values]) for row, values in lines.items())
        assert after.count(spaceless(whole)) == 1, data["name"]


def spaceless(text: str) -> str:
    """A reader of PDFs guesses spaces from the distance between letters."""
    return "".join(text.split())


def test_a_table_that_the_notebook_does_not_show_is_in_all_of_them(made):
    """The other way round too: no output holds a table that another lacks."""
    assert len(Grid(made["report.html"].decode()).tables) == len(TABLES)
    assert (
        sum(name.startswith("Table ") for name in openpyxl.load_workbook(io.BytesIO(made["report.xlsx"])).sheetnames)
        == 4
    )
    assert sum(path.startswith("tables/") and path.count("/") == 1 and path.endswith(".csv") for path in made) == 4


SERIES = {
    **table(
        "absence_trend",
        "Absence, year by year",
        [dim("year", y23="2023/24", y24="2024/25")],
        {"rate": 1},
        "y23: 7.1\ny24: 6.9",
    ),
    "breaks": [{"dim": "year", "code": "y24", "why": "the codes of 2024"}],
}
NOTHING = table("nothing", "Key stage 4", [dim("phase", a="A")], {"rate": 1}, "a: x\nAll: x")


def test_a_break_stands_beside_the_row_that_it_is_before():
    made = files_of(release(tables=(ABSENCE, ROLL, SERIES)))[0]
    head, *rows = csv.reader(io.StringIO(made["tables/absence_trend.csv"].decode()))
    place = head.index("break_before")
    assert [row[place] for row in rows] == ["", "the codes of 2024"]
    assert "break_before" not in made["tables/absence.csv"].decode()


def test_what_is_not_available_is_said_on_the_page_and_in_the_pdf_and_stays_in_the_data():
    made = files_of(release(tables=(ABSENCE, ROLL, NOTHING)))[0]
    page, pdf = made["report.html"].decode(), pypdf.PdfReader(io.BytesIO(made["report.pdf"]))
    said = " ".join(" ".join(page.extract_text().split()) for page in pdf.pages)
    assert Grid(page).tables["nothing"] == []
    assert "None of its figures is available." in page
    assert "None of its figures is available." in said
    assert [row.split(",")[2] for row in made["tables/nothing.csv"].decode().splitlines()[1:]] == ["x", "x"]
    assert openpyxl.load_workbook(io.BytesIO(made["report.xlsx"])).sheetnames[-1] == "Table 3"
