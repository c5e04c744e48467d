"""Whatever a file has become on its way, reading it ends in rows or in faults with their place, never in a crash."""

from __future__ import annotations

import contextlib
import io

import openpyxl
import pytest
from census_returns import UPNS, a_return, attendance, exclusion, meals, pupil
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from published_files import FILES, REGISTER, SCHOOL, YEARS, text
from transfer_files import transfer

from kdsp_lib.errors import BadSource
from kdsp_lib.source.load import KINDS, read_file
from kdsp_lib.source.school_census.query import queries_of
from kdsp_lib.source.school_census.reading import read_return
from kdsp_lib.source.transfer_file.reading import read_transfer
from kdsp_lib.source.transfer_file.writing import transfer_text

EXTRA = f"<Attendance>{attendance(100, I=2, L=1)}</Attendance><Exclusions>{exclusion('2025-05-06')}</Exclusions>"
GOOD_CENSUS = a_return(pupil(meals=meals("2024-01-01"), extra=EXTRA), pupil(UPNS[1], gone="2025-12-01")).encode()
GOOD_TRANSFER = transfer_text(transfer()).encode()
INSPECTIONS = "URN,Ofsted phase,Latest OEIF overall effectiveness\r\n990001,Primary,2\r\n"
INDICATORS = "Short Desc,Years,LA and Regions,LA Number,Values\r\nA,2023,Nowhere,999.0,6.4\r\n"
TABLES = {
    **{kind: (content.encode(), YEARS[kind]) for kind, content in FILES.items()},
    "gias-establishments": (text(REGISTER, [SCHOOL]).encode("utf-8"), None),
    "ofsted-inspections": (INSPECTIONS.encode(), None),
    "lait-indicators": (INDICATORS.encode(), None),
}
PIECES = st.sampled_from(
    [
        b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"<", b">", b"&", b"&#0;", b"&lt;", b"<!DOCTYPE a>", b"]]>", b'"', b",",
        b"\r", b"\n", b"=1+1", b"9" * 40, b"-1", b"1900-01-01", b"2100-12-31", b"9999-99-99",
        "\u202e".encode(), "\u200b".encode(),
        "é".encode("latin-1"), b"x" * 300, b"<UPN/>", b"<PupilOnRoll>", b"</Header>", b"NULL", b"SUPP", b" ",
    ]
)  # fmt: skip
DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=4)
SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def damaged(content: bytes, damage) -> bytes:
    """The bytes with pieces of them replaced."""
    for where, length, piece in damage:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + length :]
    return content


@SLOWLY
@given(DAMAGE)
@pytest.mark.parametrize(
    ("good", "read"), [(GOOD_CENSUS, read_return), (GOOD_TRANSFER, read_transfer)], ids=["SC", "CTF"]
)
def test_xml_of_pupils(tmp_path, good, read, damage):
    path = tmp_path / "file.xml"
    path.write_bytes(damaged(good, damage))
    with contextlib.suppress(BadSource):
        _holds_what_it_should(read(path))


def _holds_what_it_should(made):
    assert all(fault.place.startswith("file.xml") and fault.text for fault in made.file.faults)
    assert made.file.faults or made.rows["pupils"]
    list(queries_of(made))


@pytest.mark.parametrize("kind", TABLES)
@settings(SLOWLY, max_examples=12)
@given(DAMAGE)
def test_published_tables(tmp_path, kind, damage):
    content, period = TABLES[kind]
    _ends_well(tmp_path / "file.csv", kind, damaged(content, damage), period)


@pytest.fixture(scope="module")
def workbook() -> bytes:
    """A small workbook of registrations."""
    book = openpyxl.Workbook()
    book.active.append(["pupil_key", "urn", "entry_date", "leave_date", "enrol_status", "ncyear"])
    book.active.append(["p1", 990001, "2021-09-01", None, "C", 4])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


@settings(SLOWLY, max_examples=30)
@example([(0.5, 40, b"9" * 40)])
@given(DAMAGE)
def test_workbooks(tmp_path, workbook, damage):
    _ends_well(tmp_path / "file.xlsx", "registrations", damaged(workbook, damage), None)


def _ends_well(path, kind, content, period):
    path.write_bytes(content)
    with contextlib.suppress(BadSource):
        assert read_file(KINDS[kind], path, period)[0].num_rows
