"""A published file is read whole where nothing in it is odd, and else row by row: what comes of it is the same."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from kdsp_lib.errors import BadSource
from kdsp_lib.source import published_reading
from kdsp_lib.source.load import KINDS, read_file

HEADER = b"LA,ESTAB,URN,PERCTOT,PPERSABS10,OTHER"
TEXTS = st.sampled_from(
    [
        b"", b" ", b"999", b"NAT", b"REG", b"2001", b"990001", b"990002", b"5.2", b"27.5%", b"0", b"SUPP", b"supp",
        b"NA", b"x", b"100.005", b"101", b"-1", b"1e3", b'"9"', b'"9', b'9"', b'"9,5"', b'"9""5"', b"\xe9", b"\xc3\xa9",
        b"\xc2\xa0 5.2", b"5.2\x1d", b"5.2\r", b"\0", b"\x81", b"\xd9\xa3", b"=1+1", b"1" * 70,
    ]
)  # fmt: skip
ODD_ROWS = st.sampled_from([b"", b",,,,,", b" , , , , , ", b"999,2001", b'"', b"x" * 100_001])
ROWS = st.lists(
    st.one_of(
        st.just(b"999,2001,990003,5.2,9.8,a"),
        st.just(b"NAT,PRI,,5.9,16.2,"),
        st.lists(TEXTS, min_size=6, max_size=6).map(b",".join),
        ODD_ROWS,
    ),
    max_size=6,
)
FILES = st.builds(
    lambda start, rows, end, last: start + end.join([HEADER, *rows]) + last,
    st.sampled_from([b"", b"\xef\xbb\xbf"]), ROWS, st.sampled_from([b"\n", b"\r\n"]),
    st.sampled_from([b"", b"\n", b"\n\n"]),
)  # fmt: skip


def outcome(path: Path) -> object:
    """The rows and notes of a file, or all that is said of its faults."""
    try:
        table, notes = read_file(KINDS["performance-tables-absence"], path, "2022/23")
    except BadSource as error:
        return error.message, error.remedy, error.faults
    return table.schema, table.to_pylist(), notes


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES)
def test_what_is_read_and_what_is_told_is_the_same(tmp_path, content):
    path = tmp_path / "absence.csv"
    path.write_bytes(content)
    read = outcome(path)
    with mock.patch.object(published_reading, "_read_whole", return_value=None):
        assert outcome(path) == read


def test_an_ordinary_file_is_read_whole(tmp_path):
    path = tmp_path / "absence.csv"
    path.write_bytes(b"\xef\xbb\xbf" + HEADER + b'\n999,2001,990003,5.2,9.8,"a, b"\nNAT,PRI,,5.9,16.2,\n')
    with mock.patch.object(published_reading, "read_rows", side_effect=AssertionError):
        assert len(outcome(path)[1]) == 1
