"""Published files of schools' figures: what is kept, what is left out, and what makes a file unfit to be loaded."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date

import pytest
from published_files import (
    ABSENCE,
    CENSUS,
    FILES,
    KS4,
    KS4_ROWS,
    LINKS,
    NATION,
    PRIMARY,
    YEARS,
    text,
)

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source import published_reading
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.gias_links import present_urn, successors
from kdsp_lib.source.load import add_dataset, check_data

TODAY = date(2026, 3, 2)
CENSUS_KIND, ABSENCE_KIND, KS4_KIND, LINKS_KIND = FILES


@pytest.fixture
def add(workspace, tmp_path):
    """Loads text or bytes as a kind of file; answers with its rows by URN, and the notes of the load."""

    def add(kind, content=None, period="", name="download.csv"):
        path = tmp_path / name
        content = FILES[kind] if content is None else content
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        loaded = add_dataset(workspace, kind, path, YEARS[kind] if period == "" else period, loaded_on=TODAY)
        rows = Catalogue.load(workspace).read(loaded.dataset).to_pylist()
        return {row["urn"]: row for row in rows}, loaded.notes

    return add


def refused(add, *arguments, **options):
    with pytest.raises(BadSource) as error:
        add(*arguments, **options)
    return error.value


def places(error) -> list[tuple[str, str]]:
    return [(fault.place, fault.field) for fault in error.faults]


def test_a_figure_that_cannot_be_is_told_in_the_units_of_its_source(workspace, tmp_path):
    path = tmp_path / "abs.csv"
    path.write_text(text(ABSENCE, ["999,2001,990001,101,9.8"]))
    with pytest.raises(BadSource) as error:
        add_dataset(workspace, ABSENCE_KIND, path, "2022/23", loaded_on=TODAY)
    assert [fault.text for fault in error.value.faults] == [
        "must be a figure from 0 to 100 (kept in hundredths: 0 to 10000), or nothing"
    ]


def test_data_that_is_out_of_time_already_is_said_to_be(workspace, tmp_path):
    path = tmp_path / "abs.csv"
    path.write_text(text(ABSENCE, ["999,2001,990001,5,9.8"]))
    for use_by, is_told in ((TODAY, True), (date(2026, 3, 3), False)):
        loaded = add_dataset(workspace, ABSENCE_KIND, path, "2022/23", loaded_on=TODAY, use_by=use_by)
        assert any("its time was over on 2026-03-02" in note for note in loaded.notes) is is_told


@pytest.mark.parametrize("odd", [False, True])
def test_a_year_without_a_measure_has_no_such_column(workspace, tmp_path, odd):
    """Progress 8 of 2024/25: the file lacks it. Row by row (a line of nothing is odd) or whole, it is the same."""
    header = KS4.replace(",P8PUP,P8MEA", "")
    row = KS4_ROWS[0].replace(",148,-0.25", "")
    path = tmp_path / "ks4.csv"
    path.write_text(text(header, [row, "," * header.count(",")] if odd else [row]))
    loaded = add_dataset(workspace, KS4_KIND, path, "2024/25", loaded_on=TODAY)
    (found,) = Catalogue.load(workspace).read(loaded.dataset).to_pylist()
    assert (found["p8mea"], found["p8mea_symbol"], found["att8scr"]) == (None, "x", 4150)
    assert "the file has no P8PUP, P8MEA: these figures are not available" in loaded.notes


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_loads_and_is_found_whole_again(add, workspace, kind):
    rows, _ = add(kind)
    assert rows
    assert check_data(workspace) == ()


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_bytes_may_be_utf_8_with_a_mark_or_windows_1252(add, kind, encoding):
    """A byte-order mark is no part of the first column's name."""
    content = FILES[kind].replace("Invented High", "École Invented High").encode(encoding)
    rows, _ = add(kind, content)
    names = [row.get("name") or row.get("link_name") for row in rows.values()]
    if kind in (KS4_KIND, LINKS_KIND):
        assert any(name and name.startswith("École") for name in names)


def test_rows_of_the_nation_and_of_authorities_are_no_schools(add):
    rows, notes = add(CENSUS_KIND)
    assert set(rows) == {"990001", "990002"}
    assert any(note.startswith("1 rows of an authority") for note in notes)
    assert set(add(ABSENCE_KIND)[0]) == {"990001", "990003"}
    assert set(add(KS4_KIND)[0]) == {"990003", "990004", "990005", "990006", "990007"}


def test_a_file_without_rows_of_the_nation_may_be_a_part_and_says_so(add):
    _, notes = add(CENSUS_KIND, text(CENSUS, [PRIMARY]))
    assert any("no row of the nation" in note for note in notes)


def test_what_is_withheld_missing_or_not_applicable_is_never_nothing(add):
    """0 stays 0; SUPP is c, NE and NA are z, LOWCOV is u, and no such row has a figure."""
    rows, notes = add(KS4_KIND)
    seen = {urn: (row["att8scr"], row["att8scr_symbol"]) for urn, row in rows.items()}
    assert seen == {
        "990003": (4150, None),
        "990004": (None, "c"),
        "990005": (None, "z"),
        "990006": (0, None),
        "990007": (None, "z"),
    }
    assert (rows["990006"]["p8mea"], rows["990006"]["p8mea_symbol"]) == (None, "u")
    assert rows["990003"]["p8mea"] == -25
    assert any("none of them taken for 0" in note for note in notes)


def test_an_independent_school_has_no_free_meals_in_the_source(add):
    rows, _ = add(CENSUS_KIND)
    assert (rows["990002"]["numfsm"], rows["990002"]["numfsm_symbol"]) == (None, "x")
    assert (rows["990002"]["tsenelse"], rows["990002"]["tsenelse_symbol"]) == (0, None)


@pytest.mark.parametrize(("period", "symbol"), [("2016/17", "c"), ("2022/23", "x")])
def test_the_edition_says_what_an_x_means(add, period, symbol):
    """Until 2017/18 an x stood for a figure that was withheld."""
    rows, _ = add(ABSENCE_KIND, text(ABSENCE, ["999,2001,990001,x,9.8"]), period)
    assert rows["990001"]["perctot_symbol"] == symbol


@pytest.mark.parametrize(
    ("written", "symbol"),
    [("", "x"), ("..", "x"), (":", "x"), ("NP", "x"), ("c", "c"), ("*", "c"), ("z", "z"), ("NEW", "z"), ("SP", "low")],
)
def test_each_symbol_has_its_meaning(add, written, symbol):
    rows, _ = add(ABSENCE_KIND, text(ABSENCE, [f"999,2001,990001,{written},9.8"]))
    assert (rows["990001"]["perctot"], rows["990001"]["perctot_symbol"]) == (None, symbol)


def test_a_percentage_is_text_with_or_without_its_sign(add):
    rows, _ = add(ABSENCE_KIND)
    assert (rows["990003"]["perctot"], rows["990003"]["ppersabs10"]) == (900, 2750)
    noisy, _ = add(ABSENCE_KIND, text(ABSENCE, ["999,2001,990001,64.099999999999994,9.8"]))
    assert noisy["990001"]["perctot"] == 6410


def test_columns_are_found_by_name_and_those_not_needed_are_left(add):
    order = [4, 2, 0, 3, 1]

    def turned(line):
        values = line.split(",")
        return ",".join([*(values[k] for k in order), "more"])

    lines = FILES[ABSENCE_KIND].split()
    assert add(ABSENCE_KIND, "\n".join(map(turned, lines)))[0] == add(ABSENCE_KIND)[0]


def test_a_row_without_any_text_is_passed_over(add):
    rows, _ = add(ABSENCE_KIND, FILES[ABSENCE_KIND] + ",,,,\r\n\r\n")
    assert len(rows) == 2


def test_all_faults_come_at_once_row_by_row_and_nothing_is_left(add, workspace, listing):
    rows = [
        PRIMARY.replace("200,98,102", "2oo,98,102"),
        PRIMARY.replace("990001", "99001"),
        PRIMARY.replace("State-funded primary", "Hogwarts"),
        PRIMARY,
        PRIMARY,
        PRIMARY.replace("990001", "990009").replace("72,180", "190,180"),
        "990008,999,2008,State-fun",
    ]
    error = refused(add, CENSUS_KIND, text(CENSUS, rows))
    assert places(error) == [
        ("download.csv row 2", "NOR"),
        ("download.csv row 3", "urn"),
        ("download.csv row 4", "SCHOOLTYPE"),
        ("download.csv row 4", "urn"),
        ("download.csv row 5", "urn"),
        ("download.csv row 6", "urn"),
        ("download.csv row 7", "norfsmever"),
        ("download.csv row 8", ""),
    ]
    assert listing(workspace.root) == {"kdsp.toml"}


def test_faults_name_the_row_of_the_file_though_others_are_left_out(add):
    error = refused(add, CENSUS_KIND, text(CENSUS, [NATION, "", PRIMARY, NATION, PRIMARY]))
    assert places(error) == [("download.csv row 6", "urn")]


def test_faults_never_repeat_what_a_row_says(add):
    error = refused(add, CENSUS_KIND, text(CENSUS, [PRIMARY.replace("200,98", "Rumpelstiltskin,98")]))
    assert "Rumpelstiltskin" not in str(error.to_json())


def test_an_unknown_record_type_is_refused(add):
    error = refused(add, KS4_KIND, text(KS4, [KS4_ROWS[0].replace("1,999", "3,999", 1)]))
    assert places(error) == [("download.csv row 2", "RECTYPE")]


@pytest.mark.parametrize("kind", FILES)
def test_missing_and_double_columns_are_all_named(add, kind):
    header, _, rest = FILES[kind].partition("\r\n")
    first, *others = header.split(",")
    error = refused(add, kind, f"{others[0]},{','.join(others)}\r\n{rest}")
    assert {(fault.field.upper(), fault.text.split(":")[0]) for fault in error.faults} >= {
        (first.upper(), "is missing"),
        (others[0].upper(), "stands in the header more than once"),
    }


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("other", FILES)
def test_a_wrong_kind_is_explained(add, kind, other):
    if kind != other:
        error = refused(add, kind, FILES[other])
        assert f"this looks like {other}" in error.message
        assert f"kdsp data add {other} download.csv" in error.remedy


def test_kinds_that_are_not_read_are_recognised_too(add):
    error = refused(add, CENSUS_KIND, "Variable,Label,Type,Description\nURN,Number,TEXT,\n")
    assert "a field dictionary of absence figures" in error.message
    assert "does not read" in error.remedy


def _zip(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("census.csv", content)
    return packed.getvalue()


WHOLE = FILES[CENSUS_KIND].encode()
UNFIT = {
    "empty": b"",
    "a header alone": CENSUS.encode(),
    "only the nation": text(CENSUS, [NATION]).encode(),
    "zip, whatever its name": _zip(b"0" * 10_000_000),
    "gzip, whatever its name": gzip.compress(WHOLE),
    "sixteen bits a character": FILES[CENSUS_KIND].encode("utf-16"),
    "NUL": WHOLE.replace(b"200", b"2\x000"),
    "neither UTF-8 nor Windows-1252": WHOLE.replace(b"primary", b"prim\x81ry"),
    "semicolons": WHOLE.replace(b",", b";"),
    "a quotation mark that is not closed": WHOLE.replace(b"State", b'"State', 1),
    "Parquet": b"PAR1" + WHOLE,
    "cut off in its last row": WHOLE[: WHOLE.index(b"6001")],
    "a number of a million digits": WHOLE.replace(b",200,", b",2" + b"0" * 1_000_000 + b","),
    "a number too large for a school": WHOLE.replace(b",200,", b",200000,"),
    "below nothing": WHOLE.replace(b",70,72,", b",-70,72,"),
    "infinity": WHOLE.replace(b",70,72,", b",inf,72,"),
    "digits of another script": WHOLE.replace(b",70,72,", ",७०,72,".encode()),
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_unfit_file_is_refused_and_leaves_nothing(add, workspace, listing, name):
    refused(add, CENSUS_KIND, UNFIT[name])
    assert listing(workspace.root) == {"kdsp.toml"}


def test_a_gigabyte_is_refused_unread(workspace, tmp_path, listing):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(WHOLE)
        file.truncate(1 << 30)
    with pytest.raises(BadSource, match="larger than 256 MiB"):
        add_dataset(workspace, CENSUS_KIND, path, "2022/23", loaded_on=TODAY)
    assert listing(workspace.root) == {"kdsp.toml"}


def test_rows_and_faults_without_end_are_read_no_further(add, monkeypatch):
    monkeypatch.setattr(published_reading, "MOST_ROWS", 3)
    assert "more than 3 rows" in refused(add, ABSENCE_KIND, text(ABSENCE, ["999,2001,990001,1,1"] * 9)).shown()
    monkeypatch.setattr(published_reading, "MOST_ROWS", 100)
    monkeypatch.setattr(published_reading, "MOST_FOUND", 3)
    error = refused(add, ABSENCE_KIND, text(ABSENCE, ["999,2001,990001,one,1"] * 99))
    assert "was read no further" in error.shown()


@pytest.mark.parametrize("period", [None, "2022/23-autumn", "2022", "2022/24"])
def test_figures_are_of_one_school_year(add, period):
    with pytest.raises(BadParameters, match="one school year"):
        add(CENSUS_KIND, period=period)


def test_a_school_is_followed_to_what_it_became():
    links = [
        {"urn": "990011", "link_urn": "990012", "link_type": "Successor"},
        {"urn": "990013", "link_urn": "990012", "link_type": "Predecessor"},
        {"urn": "990021", "link_urn": "990013", "link_type": "Predecessor - amalgamated"},
        {"urn": "990031", "link_urn": "990032", "link_type": "Successor - Split School"},
        {"urn": "990041", "link_urn": "990042", "link_type": "Successor"},
        {"urn": "990041", "link_urn": "990043", "link_type": "Successor"},
        {"urn": "990051", "link_urn": "990052", "link_type": "Successor"},
        {"urn": "990052", "link_urn": "990051", "link_type": "Successor"},
    ]
    after = successors(links)
    wanted = {"990021", "990032", "990042", "990043", "990099"}
    assert present_urn("990011", wanted, after) == "990021"
    assert present_urn("990099", wanted, after) == "990099"
    assert present_urn("990031", wanted, after) is None
    assert present_urn("990041", wanted, after) is None
    assert present_urn("990051", wanted, after) is None


def test_dates_of_links_may_be_missing_but_not_wrong(add):
    rows, notes = add(LINKS_KIND)
    assert rows["990013"]["linked_on"] == date(2021, 12, 31)
    assert rows["990001"]["linked_on"] is None
    assert any("2 links have no date" in note for note in notes)
    error = refused(add, LINKS_KIND, text(LINKS, ["990013,990003,Invented,Successor,2021-12-31"]))
    assert places(error) == [("download.csv row 2", "LinkEstablishedDate")]
