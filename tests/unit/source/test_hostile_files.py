"""Whatever a file has become on its way, or was made to be, reading it ends in rows or in faults with their place.

Every kind of the registry is tried, in every form; a new reader is tried by being registered.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
from good_rows import as_file, good_row
from hunting import examples
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from source_files import BESIDE, GoodFile, good_files

from kdsp_lib.errors import BadSource
from kdsp_lib.source.load import KINDS, add_dataset, read_file
from kdsp_lib.source.reading import MOST_FAULTS
from kdsp_lib.source.school_census.query import queries_of
from kdsp_lib.source.school_census.reading import read_return
from kdsp_lib.source.transfer_file.reading import read_transfer
from kdsp_lib.source.workspace import Workspace, init_workspace, read_workspace

READERS = {"school-census-xml": read_return, "common-transfer-file": read_transfer}
PIECES = st.sampled_from(
    [
        b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"<", b">", b"&", b"&#0;", b"&lt;", b"<!DOCTYPE a>", b"]]>", b'"', b",",
        b"\r", b"\n", b"\r\n", b'"a\r\nb"', b"=1+1", b'=HYPERLINK("http://x")', b"+", b"@SUM(A1)", b"9" * 40, b"-1",
        b"1900-01-01", b"2100-12-31", b"0001-01-01", b"9999-12-31", b"9999-99-99", b"01/01/1900", b"1e999", b"NaN",
        "\u202e".encode(), "\u200b".encode(), "\u2066".encode(), "\ufeff".encode(), "١٢".encode(), "ＵＲＮ".encode(),
        "é".encode("latin-1"), b"x" * 300, b"<UPN/>", b"<PupilOnRoll>", b"</Header>", b"NULL", b"SUPP", b" ", b"\x1a",
        b"\x85", b"\xc2\x85", b"\xe2\x80\xa8", b"'", b";", b"\t",
    ]
)  # fmt: skip
DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=4)


def damaged(content: bytes, damage) -> bytes:
    """The bytes with pieces of them replaced."""
    for where, length, piece in damage:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + length :]
    return content


def _knowing_the_pupil(folder: Path) -> Workspace:
    """A workspace that has the pupil of a file by UPN."""
    root = folder / "knowing"
    if not root.exists():
        workspace = init_workspace(root)
        (folder / "pupils.csv").write_bytes(as_file("pupils", "csv", [good_row("pupils")]))
        add_dataset(workspace, "pupils", folder / "pupils.csv", loaded_on=date(2026, 2, 2))
    return read_workspace(root)


def outcome(folder: Path, good: GoodFile, content: bytes) -> str:
    """``data`` or ``faults``; anything else is a failure of the reader."""
    path = folder / f"file.{good.form.rpartition('.')[2]}"
    path.write_bytes(content)
    if good.kind in BESIDE:
        (folder / BESIDE[good.kind][0]).write_bytes(BESIDE[good.kind][1])
    try:
        if good.kind in READERS:
            made = READERS[good.kind](path)
            list(queries_of(made))
            assert made.file.faults or made.rows["pupils"]
            assert all(fault.place.startswith(path.name) and fault.text for fault in made.file.faults)
            return "faults" if made.file.faults else "data"
        table, notes = read_file(KINDS[good.kind], path, good.period, _knowing_the_pupil(folder))
    except BadSource as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert len(refused.faults) <= MOST_FAULTS + 1
        assert all(fault.text for fault in refused.faults)
        assert refused.message
        assert refused.faults or refused.remedy
        return "faults"
    assert table.num_rows
    assert all(notes)
    return "data"


@pytest.mark.parametrize("good", good_files(), ids=repr)
def test_what_hostile_files_begin_as_is_good(tmp_path, good):
    assert outcome(tmp_path, good, good.content) == "data"


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(good_files()), DAMAGE)
@example(next(good for good in good_files() if repr(good) == "registrations-xlsx"), [(0.5, 40, b"9" * 40)])
def test_any_damage_to_any_file_ends_in_data_or_in_faults(tmp_path, good, damage):
    outcome(tmp_path, good, damaged(good.content, damage))


TEXTS = [good for good in good_files() if good.form.endswith("csv")]


def edited(good: GoodFile, edit) -> bytes:
    """The file with its lines changed."""
    return "\r\n".join(edit(good.content.decode().splitlines())).encode() + b"\r\n"


WAYS = {
    "a mark at its start": (lambda g: b"\xef\xbb\xbf" + g.content, "data"),
    "two marks at its start": (lambda g: b"\xef\xbb\xbf" * 2 + g.content, "faults"),
    "UTF-16": (lambda g: g.content.decode().encode("utf-16"), "faults"),
    "UTF-32": (lambda g: g.content.decode().encode("utf-32"), "faults"),
    "a NUL at its end": (lambda g: g.content + b"\0", "faults"),
    "a NUL in its header": (lambda g: b"\0" + g.content, "faults"),
    "a header twice": (lambda g: edited(g, lambda lines: [lines[0], *lines]), "faults"),
    "a column twice": (
        lambda g: edited(g, lambda lines: [f"{line},{line.partition(',')[0]}" for line in lines]), "faults"
    ),
    "10,000 columns more": (
        lambda g: edited(g, lambda lines: [lines[0] + "".join(f",c{n}" for n in range(10_000)),
                                          *(line + "," * 10_000 for line in lines[1:])]), None
    ),
    "a column turned round": (lambda g: "\u202e".encode() + g.content, "faults"),
    "a column of no width": (lambda g: g.content.replace(b",", ",\u200b".encode(), 1), "faults"),
    "a line that never ends": (lambda g: g.content + b"x" * 200_000, "faults"),
    "a value that never ends": (lambda g: g.content + b'"' + b"x\r\n" * 50_000, "faults"),
    "2,000 empty lines": (lambda g: g.content + b"\r\n" * 2_000, None),
    "XML in its place": (lambda g: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "faults"),
    "nothing": (lambda g: b"", "faults"),
    "a header alone": (lambda g: g.content.partition(b"\n")[0] + b"\n", "faults"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_table_made_hostile_in_a_known_way(tmp_path, way):
    make, expected = WAYS[way]
    for good in TEXTS:
        found = outcome(tmp_path, good, make(good))
        assert expected in (None, found), good


XML = [good for good in good_files() if good.form == "xml"]
EXTREMES = (b"1900-01-01", b"2100-12-31", b"0001-01-01", b"9999-12-31", b"2023-02-29", b"01/01/2000", b"")


@pytest.mark.parametrize("good", XML, ids=repr)
def test_any_day_in_the_place_of_any_day_of_a_return(tmp_path, good):
    for day in re.finditer(rb"\d{4}-\d\d-\d\d", good.content):
        for extreme in EXTREMES:
            outcome(tmp_path, good, good.content[: day.start()] + extreme + good.content[day.end() :])


MARKED = {
    "a document type": (lambda g: g.content.replace(b"<", b'<!DOCTYPE a [<!ENTITY b "c">]><', 1), "faults"),
    "an entity": (lambda g: g.content.replace(b"</Surname>", b"&b;</Surname>", 1), "faults"),
    "a mark at its start": (lambda g: b"\xef\xbb\xbf" + g.content, "data"),
    "UTF-16": (lambda g: _bare(g).encode("utf-16"), "data"),
    "UTF-32": (lambda g: _bare(g).encode("utf-32"), "faults"),
    "another encoding than it says": (lambda g: b'<?xml version="1.0" encoding="UTF-16"?>' + g.content, "faults"),
    "a name turned round": (lambda g: g.content.replace(b"</Surname>", "\u202e\u200b</Surname>".encode(), 1), "data"),
    "a formula for a name": (lambda g: g.content.replace(b"<Surname>", b"<Surname>=1+1", 1), "data"),
    "a NUL in a name": (lambda g: g.content.replace(b"</Surname>", b"\0</Surname>", 1), "faults"),
    "10,000 elements more": (lambda g: g.content.replace(b"</Surname>", b"</Surname>" + b"<x/>" * 10_000, 1), "data"),
    "the same element twice": (lambda g: g.content.replace(b"<DOB>", b"<DOB>2000-01-01</DOB><DOB>", 1), None),
}


def _bare(good: GoodFile) -> str:
    """Without the line that says which encoding it is in."""
    return re.sub(r"^<\?xml[^>]*\?>\s*", "", good.content.decode())


@pytest.mark.parametrize("way", MARKED)
def test_every_return_made_hostile_in_a_known_way(tmp_path, way):
    make, expected = MARKED[way]
    for good in XML:
        made = make(good)
        assert made != good.content, good
        assert outcome(tmp_path, good, made) == (expected or outcome(tmp_path, good, made)), good


@pytest.mark.parametrize("damage", [(b"surname", b"sur\xffame"), (b"permanent", b"perm\xffnent")])
def test_text_in_parquet_that_is_no_text(tmp_path, damage):
    """Arrow would decode the name of a column whatever it is, and take the value as it stands."""
    good = next(each for each in good_files() if repr(each) == "pupils-parquet")
    assert outcome(tmp_path, good, good.content.replace(*damage)) == "faults"


def test_parquet_whose_codes_lead_nowhere(tmp_path):
    """A page may name a value beyond its dictionary: reading it would read what stands behind in memory."""
    good = next(each for each in good_files() if repr(each) == "former-upns-parquet")
    for at in range(4, len(good.content) - 8):
        outcome(tmp_path, good, good.content[:at] + b"\xfe" + good.content[at + 1 :])


NAMES = ("\u202egnirts", "A\u200bB", "=HYPERLINK(1)", "@SUM(A1)", "O'Brien", "Null", "True", "a\r\nb", "Łukasz", "👩‍👧")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_as_it_was_written(tmp_path, name):
    """Case 53. What a spreadsheet would run is made harmless where it is written out, not where it is read."""
    good = next(each for each in good_files() if repr(each) == "pupils-csv")
    path = tmp_path / "file.csv"
    path.write_bytes(good.content.replace(b",a,", f',"{name}",'.encode(), 1))
    assert read_file(KINDS["pupils"], path, None)[0].column("surname").to_pylist() == [name]


@pytest.mark.parametrize("day", ["1900-01-01", "2100-12-31"])
def test_a_day_that_no_pupil_has_is_told(tmp_path, day):
    good = next(each for each in good_files() if repr(each) == "registrations-csv")
    path = tmp_path / "file.csv"
    path.write_bytes(good.content.replace(b"2025-10-01", day.encode()))
    _, notes = read_file(KINDS["registrations"], path, None)
    assert notes == ("1 days of entry_date are before 1980 or after 2079: are they right?",)


def packed(*members: tuple[str, bytes], like: bytes) -> bytes:
    """A workbook with members put in the place of its own."""
    source, made = zipfile.ZipFile(io.BytesIO(like)), io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in {*source.namelist(), *(name for name, _ in members)}:
            archive.writestr(name, dict(members).get(name) or source.read(name))
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOMBS = {
    "noughts": b"<worksheet>" + b" " * (257 << 20),
    "rows": b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 500_000,
    "cells": b"<worksheet><row>" + b"<c><v>1</v></c>" * 500_000,
    "an attribute": b'<worksheet><row a="' + b"b" * (32 << 20),
    "entities": b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 1000 + b'">]><worksheet>&b;</worksheet>',
}
IN_BOUNDS = """
import json, resource, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1]).parents[1])]
import test_hostile_files as hostile
from source_files import good_files

book = next(good for good in good_files() if repr(good) == "registrations-xlsx")
folder = Path(sys.argv[2])
hostile.outcome(folder, book, book.content)
held = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData:"))
resource.setrlimit(resource.RLIMIT_DATA, (held * 1024 + (150 << 20),) * 2)
print(json.dumps([hostile.outcome(folder, book, path.read_bytes()) for path in sorted(folder.glob("bomb*"))]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded as Linux does it")
def test_workbooks_that_burst_are_let_go_in_bounded_memory(tmp_path):
    """In a process that may take 150 MiB more than it has after reading a good one: less than the bombs unpack to."""
    like = next(each for each in good_files() if repr(each) == "registrations-xlsx").content
    for name, sheet in BOMBS.items():
        (tmp_path / f"bomb {name}").write_bytes(packed((SHEET, sheet), like=like))
    command = [sys.executable, "-c", IN_BOUNDS, str(Path(__file__).parent), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert json.loads(done.stdout) == ["faults"] * len(BOMBS)


def test_a_workbook_of_a_later_packing_is_refused(tmp_path):
    good = next(each for each in good_files() if repr(each) == "registrations-xlsx")
    at = good.content.index(b"PK\x01\x02") + 6
    assert outcome(tmp_path, good, good.content[:at] + b"\xc8" + good.content[at + 1 :]) == "faults"


def test_an_archive_whose_list_is_its_load_is_not_listed(tmp_path):
    """Its directory alone would fill the memory: how long it is stands at its end, and is looked at first."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(12_000):
            archive.writestr(f"xl/{number:0100}", b"")
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    good = next(each for each in good_files() if repr(each) == "registrations-xlsx")
    assert outcome(tmp_path, good, made.getvalue()) == "faults"
