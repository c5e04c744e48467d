"""The tables that analyses ask: of a term or a year, on a database that reaches nothing."""

from __future__ import annotations

import duckdb
import pytest

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.tables import ASKED_OF, open_tables


@pytest.fixture(scope="module")
def autumn(made):
    return open_tables(made, "2025/26-autumn")


def test_they_hold_the_rows_of_the_catalogue(made, autumn):
    catalogue = Catalogue.load(made)
    for name in ASKED_OF:
        contract = CONTRACTS[name]
        entry = catalogue.dataset(name, "2025/26-autumn" if contract.termly else None)
        assert autumn.frame(autumn.named(name).count().as_table()).iloc[0, 0] == entry.rows
        assert autumn.named(name).columns == contract.names


def test_they_say_what_they_were_made_from(autumn):
    assert len(autumn.snapshots) == len(autumn.datasets) == 5
    assert {entry.period for entry in autumn.datasets} == {None, "2025/26-autumn"}


def test_sums_of_whole_numbers_are_whole_numbers(autumn):
    answer = autumn.arrow(autumn.attendance.possible.sum().name("possible"))
    assert str(answer.schema.field("possible").type) == "int64"


def test_a_year_sums_its_terms_and_takes_the_january_census(made, autumn):
    year = open_tables(made, "2025/26")
    terms = [open_tables(made, f"2025/26-{term}") for term in ("autumn", "spring", "summer")]

    def possible(tables) -> int:
        return int(tables.frame(tables.attendance.possible.sum().as_table()).iloc[0, 0])

    assert possible(year) == sum(map(possible, terms))
    assert [entry.period for entry in year.datasets if entry.dataset == "census"] == ["2025/26-spring"]
    keys = year.attendance.select("pupil_key", "urn")
    assert year.frame(keys.count().as_table()).iloc[0, 0] == year.frame(keys.distinct().count().as_table()).iloc[0, 0]


def test_only_what_is_asked_for_is_opened(made):
    tables = open_tables(made, "2025/26-autumn", ["establishments"])
    with pytest.raises(BadParameters, match="establishments"):
        _ = tables.pupils


@pytest.mark.parametrize("period", ["2025", "2025/27-autumn", "2025/26-winter", "", "2025/26-autumn\n"])
def test_what_is_no_period_is_refused(made, period):
    with pytest.raises(BadParameters):
        open_tables(made, period)


def test_a_period_without_data_is_answered_with_what_there_is(made):
    with pytest.raises(BadSource, match="census 2025/26-spring"):
        open_tables(made, "2021/22-autumn")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "COPY pupils TO '/tmp/kdsp-leak.csv'",
        "ATTACH '/tmp/kdsp-leak.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SELECT * FROM autumn",
    ],
)
def test_the_database_reaches_nothing(autumn, statement):
    with pytest.raises(duckdb.Error):
        autumn.connection.sql(statement).fetchall()


def test_a_closed_one_answers_no_more(made):
    tables = open_tables(made, "2025/26-autumn", ["establishments"])
    tables.close()
    with pytest.raises(duckdb.Error):
        tables.frame(tables.establishments)
