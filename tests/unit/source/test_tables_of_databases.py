"""Tables of a PostgreSQL server become data sets as files do: the same bytes; read only, every value bound."""

from __future__ import annotations

from datetime import date

import pytest
from database import put_table
from good_rows import good_row, period_of

from kdsp_lib.cli.main import main
from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source.adding import add_files
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.contract import CONTRACTS, all_contracts
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.school_census.loading import KIND
from kdsp_lib.source.sql_reading import SqlTable, is_url, question

psycopg = pytest.importorskip("psycopg")
TODAY = date(2026, 3, 2)


@pytest.fixture
def database(postgres_url):
    """A database of an authority: tables put into it in an order of nobody's."""

    def put(name: str, kind: str, rows: list[dict], **more: str) -> SqlTable:
        return put_table(postgres_url, name, kind, rows, **more)

    return put


@pytest.mark.parametrize("table", ["attendance", "former-upns", "suspensions"])
def test_a_table_of_a_database_is_the_same_data_set_as_its_file(made, workspace, database, tmp_path, table):
    source = Catalogue.load(made)
    period = "2025/26-autumn" if CONTRACTS[table].termly else None
    rows = source.read(source.dataset(table, period)).to_pylist()
    name = table.replace("-", "_")
    from_file = tmp_path / "file.parquet"
    _in_order_of_key(source.read(source.dataset(table, period)), table, from_file)
    expected = add_dataset(workspace, table, from_file, period, loaded_on=TODAY).dataset
    found = add_dataset(workspace, table, database(name, table, rows), period, loaded_on=TODAY).dataset
    assert (found.snapshot, found.rows) == (expected.snapshot, len(rows))


def _in_order_of_key(table, name, path):
    import pyarrow.parquet as pq

    pq.write_table(table.sort_by([(column, "ascending") for column in CONTRACTS[name].key]), path)


@pytest.mark.parametrize("table", all_contracts())
def test_every_kind_of_table_is_read_from_a_database(workspace, database, table):
    row, period = good_row(table), period_of(all_contracts()[table])
    loaded = add_dataset(workspace, table, database("some_table", table, [row]), period, loaded_on=TODAY)
    assert Catalogue.load(workspace).read(loaded.dataset).to_pylist() == [row]


ROW = {
    "pupil_key": "p1", "urn": "990001", "entry_date": date(2021, 9, 1), "leave_date": None, "enrol_status": "C",
    "ncyear": "4",
}  # fmt: skip


def test_rows_are_chosen_by_values_that_are_bound(workspace, database):
    """What is looked for is a value, whatever it looks like."""
    there = database("registrations", "registrations", [ROW], term="it's 100% %s")
    only = SqlTable(there.url, "public.registrations", {"term": "it's 100% %s"})
    assert add_dataset(workspace, "registrations", only, loaded_on=TODAY).dataset.rows == 1
    for value in ("' OR '1'='1", "autumn'; DROP TABLE registrations; --"):
        with pytest.raises(BadSource, match="no rows"):
            add_dataset(workspace, "registrations", SqlTable(there.url, there.table, {"term": value}), loaded_on=TODAY)
    assert add_dataset(workspace, "registrations", there, loaded_on=TODAY).dataset.rows == 1


def test_nothing_is_written_even_where_reading_would(workspace, database):
    """A view may call a function that writes: the session does not let it."""
    there = database("registrations", "registrations", [ROW])
    with psycopg.connect(there.url) as connection:
        connection.execute("CREATE TABLE seen (n integer)")
        connection.execute(
            "CREATE FUNCTION see() RETURNS text LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO seen VALUES (1); RETURN 'C'; END $$"
        )
        connection.execute(
            "CREATE VIEW sly AS SELECT pupil_key, urn, entry_date, leave_date, see() AS enrol_status, ncyear "
            "FROM registrations"
        )
    with pytest.raises(BadSource, match="to read it would write"):
        add_dataset(workspace, "registrations", SqlTable(there.url, "sly"), loaded_on=TODAY)
    with psycopg.connect(there.url) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


def test_faults_are_told_by_row_in_the_order_of_the_key_and_leave_nothing(workspace, database, listing):
    before = listing(workspace.root)
    rows = [ROW, {**ROW, "pupil_key": "p2", "enrol_status": "Z"}, {**ROW, "pupil_key": "p3", "urn": "1"}]
    with pytest.raises(BadSource) as error:
        add_dataset(workspace, "registrations", database("registrations", "registrations", rows), loaded_on=TODAY)
    assert [(fault.place, fault.field) for fault in error.value.faults] == [
        ("registrations row 2", "enrol_status"), ("registrations row 3", "urn"),
    ]  # fmt: skip
    assert listing(workspace.root) == before


def test_columns_that_are_missing_are_named(workspace, database):
    there = database("registrations", "registrations", [ROW])
    with pytest.raises(BadSource) as error:
        add_dataset(workspace, "pupils", there, loaded_on=TODAY)
    assert {"upn", "dob"} <= {fault.field for fault in error.value.faults}


def test_a_table_or_server_that_is_not_there_is_told_without_its_address(workspace, database):
    there = database("registrations", "registrations", [ROW])
    with pytest.raises(BadSource, match="no table nothing"):
        add_dataset(workspace, "registrations", SqlTable(there.url, "nothing"), loaded_on=TODAY)
    with pytest.raises(BadSource) as error:
        add_dataset(workspace, "registrations", SqlTable("postgresql://nobody@127.0.0.1:1/none", "t"), loaded_on=TODAY)
    assert "127.0.0.1" not in error.value.shown()


@pytest.mark.parametrize(
    ("url", "table", "where", "fields"),
    [
        ("postgresql://me:secret@host/db", "t", {}, ["URL"]),
        ("postgresql://me@host/db?password=secret", "t", {}, ["URL"]),
        ("mysql://me@host/db", "t", {}, ["URL"]),
        ("postgresql://me@host", "t", {}, ["URL"]),
        ("postgresql://me@host/db", 't"; DROP TABLE t; --', {}, ["--table"]),
        ("postgresql://me@host/db", "", {"a b": "c"}, ["--table", "--where"]),
    ],
)
def test_what_is_no_table_of_a_database_is_refused_unasked(url, table, where, fields):
    with pytest.raises(BadParameters) as error:
        SqlTable(url, table, where).checked()
    assert [fault.field for fault in error.value.faults] == fields
    assert "secret" not in error.value.shown()


def test_the_question_names_what_is_needed_alone():
    asked = question(SqlTable("", "warehouse.census", {"term": "x"}), CONTRACTS["former-upns"]).as_string(None)
    assert asked == (
        'SELECT CAST("pupil_key" AS TEXT), CAST("upn" AS TEXT) FROM "warehouse"."census"'
        ' WHERE CAST("term" AS TEXT) = %s ORDER BY CAST("upn" AS TEXT) COLLATE "C"'
    )


def test_returns_are_not_of_a_database(workspace):
    with pytest.raises(BadParameters, match="of a database"):
        add_files(workspace, KIND, SqlTable("postgresql://me@host/db", "t"), loaded_on=TODAY)
    assert is_url("postgresql://me@host/db")
    assert not is_url("folder/census.csv")


def test_the_command_takes_a_table(workspace, database, monkeypatch, capsys):
    there = database("registrations", "registrations", [ROW], term="autumn")
    url, _, rest = there.url.partition("//")
    person, _, server = rest.partition("@")
    user, _, password = person.partition(":")
    monkeypatch.setenv("KDSP_WORKSPACE", str(workspace.root))
    monkeypatch.setenv("PGPASSWORD", password)
    arguments = ["data", "add", "registrations", f"{url}//{user}@{server}", "--table", "registrations"]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--where", "term=autumn"])
    assert not ended.value.code
    assert "Loaded registrations: 1 rows" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--where", "term"])
    assert ended.value.code == 10
    monkeypatch.setenv("PGPASSWORD", "not-this-one")
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--where", "term=autumn"])
    assert ended.value.code == 11
    said = capsys.readouterr().err
    assert "PGPASSWORD or ~/.pgpass" in said
    assert "not-this-one" not in said
