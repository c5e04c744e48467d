"""Every kind of table is read from kdsp's own columns, as CSV, Parquet or a workbook; which kind it is, is told."""

from __future__ import annotations

from datetime import date

import pytest
from good_rows import FORMATS, as_file, good_row, period_of
from published_files import FILES

from kdsp_lib.cli.main import main
from kdsp_lib.errors import BadSource
from kdsp_lib.source.checking import check_table
from kdsp_lib.source.contract import all_contracts, arrow_schema
from kdsp_lib.source.file_kind import kind_of
from kdsp_lib.source.load import KINDS, add_dataset, read_file

TODAY = date(2026, 3, 2)


@pytest.fixture
def file(tmp_path):
    """Writes rows of a table as a file of a format."""

    def write(table, form, *rows):
        path = tmp_path / f"file.{form}"
        path.write_bytes(as_file(table, form, list(rows)))
        return path

    return write


def test_every_contract_is_a_kind_that_can_be_loaded():
    assert {kind.table for kind in KINDS.values()} == set(all_contracts())


@pytest.mark.parametrize("table", all_contracts())
def test_a_table_is_the_same_from_each_format_and_recognised(file, table):
    contract, row = all_contracts()[table], good_row(table)
    for form in FORMATS:
        path = file(table, form, row)
        assert kind_of(path) == table
        found, _ = read_file(KINDS[table], path, period_of(contract))
        assert found.to_pylist() == [row], form
        assert found.schema.equals(arrow_schema(contract))
        assert check_table(found, contract) == []


def test_a_file_of_the_source_is_still_read_as_the_source_writes_it(tmp_path):
    for kind, text in FILES.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, "utf-8")
        assert kind_of(path) == kind


@pytest.mark.parametrize(("value", "symbol"), [(None, None), (7, "c")])
def test_a_figure_is_there_or_a_symbol_says_why_not(file, value, symbol):
    row = good_row("school-measures") | {"value": value, "value_symbol": symbol}
    with pytest.raises(BadSource) as error:
        read_file(KINDS["school-measures"], file("school-measures", "parquet", row), "2022/23")
    assert [(fault.place, fault.field) for fault in error.value.faults] == [("file.parquet row 1", "value")]


def test_no_judgement_of_one_regime_stands_under_another(file):
    row = good_row("ofsted-inspections") | {"framework": "report-card", "area": "inclusion", "judgement": "good"}
    with pytest.raises(BadSource, match="has a fault"):
        read_file(KINDS["ofsted-inspections"], file("ofsted-inspections", "csv", row), None)


def test_thresholds_end_after_they_begin(file):
    row = good_row("threshold-sets") | {"first_year": "2016/17", "last_year": "2015/16"}
    with pytest.raises(BadSource) as error:
        read_file(KINDS["threshold-sets"], file("threshold-sets", "csv", row), None)
    assert [fault.field for fault in error.value.faults] == ["last_year"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_wrong_guess_is_explained_whatever_the_format(file, workspace, form):
    path = file("registrations", form, good_row("registrations"))
    with pytest.raises(BadSource, match="this looks like registrations") as error:
        add_dataset(workspace, "gias-links", path, loaded_on=TODAY)
    assert error.value.remedy == f"load it with: kdsp data add registrations file.{form}"


@pytest.mark.parametrize(
    ("content", "words"),
    [("Variable,Label,Description\nURN,A,B\n", "a field dictionary"), ("a,b\n1,2\n", "of no kind that kdsp can tell")],
)
def test_what_is_of_no_kind_is_said_so(tmp_path, content, words):
    path = tmp_path / "file.csv"
    path.write_text(content)
    with pytest.raises(BadSource, match=words):
        kind_of(path)


def test_the_command_tells_the_kind_where_none_is_given(file, workspace, monkeypatch, capsys):
    path = file("registrations", "xlsx", good_row("registrations"))
    monkeypatch.setenv("KDSP_WORKSPACE", str(workspace.root))
    with pytest.raises(SystemExit) as ended:
        main(["data", "add", str(path)])
    said = capsys.readouterr()
    assert not ended.value.code
    assert "is a file of registrations" in said.err
    assert "Loaded registrations: 1 rows" in said.out
    with pytest.raises(SystemExit) as ended:
        main(["data", "add", str(workspace.root)])
    assert ended.value.code == 10


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\n", "is empty"),
        ("LA,ESTAB,URN\n".encode("utf-16"), "UTF-16"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"LA;ESTAB;URN;PERCTOT\n", "commas"),
        (b"LA\tESTAB\tURN\n", "commas"),
    ],
)
def test_why_nobody_knows_of_which_kind_a_file_is(tmp_path, content, why):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(BadSource, match=why) as error:
        kind_of(path)
    assert error.value.remedy
