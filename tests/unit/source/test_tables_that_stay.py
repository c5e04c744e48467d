"""Questions asked of tables where they are: only counts leave the server, and they are those of DuckDB."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.cli.main import main
from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.model.question import Question
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.comparing import compare
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.server_tables import bound, open_server_tables
from kdsp_lib.source.sql_reading import SqlTable
from kdsp_lib.source.tables import open_tables

psycopg = pytest.importorskip("psycopg")
put_table = pytest.importorskip("database").put_table
TODAY = date(2026, 3, 2)
PERIOD = "2025/26-autumn"
NAMES = ("establishments", "pupils", "census", "attendance")
ROW = {
    "pupil_key": "p1", "urn": "990001", "entry_date": date(2021, 9, 1), "leave_date": None, "enrol_status": "C",
    "ncyear": "4",
}  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(made, postgres_server):
    """The tables of the made-up authority on a server."""
    catalogue = Catalogue.load(made)
    with postgres_server.database() as url:
        yield {
            name: put_table(url, name, name, catalogue.read(entry).to_pylist())
            for name in NAMES
            for entry in catalogue.current
            if (entry.dataset, entry.period) in ((name, PERIOD), (name, None))
        }


def test_the_one_question_behind_a_report_has_the_same_answer(made, warehouse):
    """Six breakdowns, a filter and sums of sessions: the group-by of all tables of a report, on both."""
    here = open_tables(made, PERIOD)
    places = here.frame(here.establishments).urn.tolist()
    cohort = Cohort(tuple(places), {urn: f"body-{urn}" for urn in places}, PERIOD)
    questions = {
        "roll": Question("count", "pupils", ("phase", "sex", "fsm6"), where="language = 'eal'"),
        "absence": Question("rate", "absence", ("sen", "year-group", "ethnicity-group")),
        "persistent": Question("rate", "persistent-absence", ("phase", "sex")),
    }
    expected = count_atoms(here, cohort, questions)
    with open_server_tables(warehouse) as there:
        found = count_atoms(there, cohort, questions)
    assert len(expected.frame) > 5_000
    assert found.frame.equals(expected.frame)
    assert found.establishments.equals(expected.establishments)


def test_every_text_of_a_question_is_bound():
    import ibis

    rows = ibis.table({"name": "string", "n": "int64"}, name="rows")
    sly = "'; DROP TABLE rows; --"
    asked, values = bound(
        rows.filter(rows.name == sly, rows.n > 3).aggregate(n=(rows.name == "x").ifelse("in", "out").max())
    )
    assert values == ["x", "in", "out", sly] or sorted(values) == sorted(["x", "in", "out", sly])
    assert "DROP" not in asked
    assert "'" not in asked


def test_a_table_that_lacks_columns_is_told(warehouse):
    wrong = {"census": SqlTable(warehouse["pupils"].url, "pupils")}
    with pytest.raises(BadSource) as error, open_server_tables(wrong):
        pass
    assert {"urn", "fsm"} <= {fault.field for fault in error.value.faults}


def test_tables_of_two_servers_are_not_asked_together(warehouse):
    apart = {**warehouse, "census": replace(warehouse["census"], url="postgresql://me@elsewhere/db")}
    with pytest.raises(BadParameters), open_server_tables(apart):
        pass


@pytest.mark.parametrize("name", NAMES)
def test_what_was_loaded_from_a_table_is_as_the_table_has_it(made, warehouse, name):
    period = PERIOD if name in ("census", "attendance") else None
    assert compare(made, name, period, warehouse[name]).rows > 0


def test_columns_that_differ_are_named_without_their_values(workspace, postgres_url):
    first = put_table(postgres_url, "registrations", "registrations", [ROW, {**ROW, "urn": "990002"}], term="autumn")
    add_dataset(workspace, "registrations", first, loaded_on=TODAY)
    assert compare(workspace, "registrations", None, replace(first, where={"term": "autumn"})).rows == 2
    changed = [ROW, {**ROW, "urn": "990003", "leave_date": date(2026, 1, 1)}]
    second = put_table(postgres_url, "later", "registrations", changed)
    with pytest.raises(BadSource, match="not what the database holds") as error:
        compare(workspace, "registrations", None, second)
    assert [fault.field for fault in error.value.faults] == ["urn", "leave_date"]
    assert "990003" not in error.value.shown()


def test_the_command_compares(workspace, postgres_url, monkeypatch, capsys):
    there = put_table(postgres_url, "registrations", "registrations", [ROW])
    add_dataset(workspace, "registrations", there, loaded_on=TODAY)
    url, _, rest = there.url.partition("//")
    person, _, server = rest.partition("@")
    user, _, password = person.partition(":")
    monkeypatch.setenv("KDSP_WORKSPACE", str(workspace.root))
    monkeypatch.setenv("PGPASSWORD", password)
    command = ["data", "compare", "registrations", f"{url}//{user}@{server}", "--table"]
    with pytest.raises(SystemExit) as ended:
        main([*command, "registrations"])
    assert not ended.value.code
    assert "registrations is as registrations has it: 1 rows." in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main([*command, "nothing"])
    assert ended.value.code == 11
