"""The tables of one period, ready to be asked: DuckDB in memory behind Ibis, over snapshots whose hash was checked.

The database can reach nothing: no file, no network, no extension, and its settings are locked once it is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kdsp_lib.errors import BadParameters
from kdsp_lib.source.asked_before import AskedBefore
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.contract import Contract, contract_of
from kdsp_lib.source.period import terms_of, year_before
from kdsp_lib.source.workspace import Workspace

CENSUS_OF_YEAR = "spring"
"""The census that speaks for a whole year: January's, on which the national figures rest."""
LATER_CENSUS = "later-census"
"""The census of the term after that, under a name of its own beside it."""
ASKED_OF = ("establishments", "pupils", "registrations", "census", "attendance")
"""The tables that questions can be asked of today."""
THREADS = 2
EARLIER_RESULTS = "earlier-results"
"""The results of the school year before, likewise."""
_ANY_TEXT = "any text"
"""Stands for the text of a question until it is asked."""
_CONTRACT_OF: Mapping[str, str] = {LATER_CENSUS: "census", EARLIER_RESULTS: "results"}
"""Of which kind the rows of such a table are."""
IBIS_TYPES = {"text": "string", "whole": "int64", "yes-no": "boolean", "date": "date"}
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": THREADS,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}
_LOCKS = ("TimeZone = 'UTC'", "enable_external_access = false", "lock_configuration = true")
"""Set once the tables are in; the last makes the rest final."""


class NamedTables:
    """Ibis tables by name, wherever they are: what is asked of them, and not how they answer."""

    __slots__ = ()
    tables: Mapping[str, Any]

    @property
    def establishments(self) -> Any:
        return self.named("establishments")

    @property
    def pupils(self) -> Any:
        return self.named("pupils")

    @property
    def registrations(self) -> Any:
        return self.named("registrations")

    @property
    def census(self) -> Any:
        return self.named("census")

    @property
    def attendance(self) -> Any:
        return self.named("attendance")

    def named(self, name: str) -> Any:
        """The Ibis table of that name, or :class:`BadParameters` with the names of those that were opened."""
        try:
            return self.tables[name]
        except KeyError:
            raise BadParameters(
                f"The table {name!r} was not opened.", remedy=f"one of {', '.join(self.tables)}"
            ) from None

    def arrow(self, expression: Any) -> Any:
        """The answer to an Ibis expression as an Arrow table, in no order unless the expression sets one."""
        raise NotImplementedError

    def arrow_of(self, name: object, question: Callable[[str], Any], text: str) -> Any:  # noqa: ARG002
        """The answer to ``question(text)``, a question of that ``name``, which is the same but for the text."""
        return self.arrow(question(text))

    def frame(self, expression: Any) -> Any:
        """The answer to an Ibis expression as a pandas data frame, in no order unless the expression sets one."""
        return self.arrow(expression).to_pandas()


@dataclass(frozen=True, slots=True)
class SourceTables(NamedTables):
    """Ibis tables on one in-memory database; no row leaves it but through :meth:`arrow` and :meth:`frame`."""

    period: str
    tables: Mapping[str, Any]
    datasets: tuple[DataSet, ...]
    """What they were made from, for the record of a release."""
    connection: Any
    asked: AskedBefore = field(default_factory=AskedBefore, repr=False, compare=False)

    @property
    def snapshots(self) -> tuple[str, ...]:
        """The hashes of all that was read, sorted."""
        return tuple(sorted(dataset.snapshot for dataset in self.datasets))

    def arrow(self, expression: Any) -> Any:
        """The answer to an Ibis expression as an Arrow table, in no order unless the expression sets one.

        Each call has a cursor of its own, so that threads may ask at the same time. No row is ever changed, so that an
        equal expression has an equal answer: a batch asks the same of one school after the other.
        """
        asked = expression.as_table().op()
        known = self.asked.answer(asked)
        if known is not None:
            return known
        statement, schema = self.asked.in_sql(asked, lambda: _in_sql(expression))
        answer = _as_promised(self.connection.cursor().sql(statement).to_arrow_table(), schema)
        self.asked.keep(asked, answer)
        return answer

    def arrow_of(self, name: object, question: Callable[[str], Any], text: str) -> Any:
        """The answer to ``question(text)``; a question of that name is put into SQL once: that takes the most time."""
        statement, schema = self.asked.in_sql(name, lambda: _in_sql(question(_ANY_TEXT)))
        statement = statement.replace(f"'{_ANY_TEXT}'", "$text")
        return _as_promised(self.connection.cursor().sql(statement, params={"text": text}).to_arrow_table(), schema)

    def close(self) -> None:
        """Let go of the database and all rows in it."""
        self.connection.close()


def open_tables(source: Workspace | Catalogue, period: str, names: Iterable[str] = ASKED_OF) -> SourceTables:
    """Open the tables ``names`` for ``period``.

    For a term they are its own data sets. For a year, attendance is the sum of its terms, enrolment by enrolment, and
    the census is the spring's. A data set that is not there, or a snapshot that was changed, is :class:`BadSource`.
    """
    catalogue = source if isinstance(source, Catalogue) else Catalogue.load(source)
    terms = terms_of(period)
    chosen = {name: datasets_of(catalogue, name, terms) for name in names}
    connection = _database(catalogue, chosen)
    tables = {name: _summed(_table(name), name, len(terms)) for name in chosen}
    return SourceTables(period, tables, tuple(entry for entries in chosen.values() for entry in entries), connection)


def open_dataset(catalogue: Catalogue, dataset: DataSet) -> SourceTables:
    """One data set as it was loaded, whatever its kind."""
    name = dataset.dataset
    connection = _database(catalogue, {name: [dataset]})
    return SourceTables(dataset.period or "", {name: _table(name)}, (dataset,), connection)


def datasets_of(catalogue: Catalogue, name: str, terms: tuple[str, ...]) -> list[DataSet]:
    """The data sets that the table ``name`` is made from for those terms; :class:`BadSource` where one is missing."""
    if name == LATER_CENSUS:
        return [catalogue.dataset("census", terms[-1])]
    if name == EARLIER_RESULTS:
        return [catalogue.dataset("results", year_before(terms[0]))]
    contract = contract_of(name)
    if contract.yearly:
        return [_latest(catalogue, name, terms)]
    if not contract.termly:
        return [catalogue.dataset(name)]
    if name == "census" and len(terms) > 1:
        terms = tuple(term for term in terms if term.endswith(f"-{CENSUS_OF_YEAR}"))
    return [catalogue.dataset(name, term) for term in terms]


def _latest(catalogue: Catalogue, name: str, terms: tuple[str, ...]) -> DataSet:
    """The current data set of that name of the school year, or else of the nearest year before it."""
    year = terms[0].partition("-")[0]
    years = [e.period for e in catalogue.current if e.dataset == name and e.period is not None and e.period <= year]
    return catalogue.dataset(name, max(years, default=year))


def _database(catalogue: Catalogue, chosen: Mapping[str, Sequence[DataSet]]) -> Any:
    """A database in memory with the rows of the data sets, taken in piece by piece."""
    import duckdb

    connection = duckdb.connect(":memory:", config=_SETTINGS)
    for name, datasets in chosen.items():
        contract = _contract_of(name)
        coded = [column.name for column in contract.columns if column.codes or column.name == "urn"]
        for number, dataset in enumerate(datasets):
            connection.register("arriving", catalogue.stream(dataset, coded))
            arriving = connection.table("arriving")
            arriving.insert_into(_in_database(name)) if number else arriving.create(_in_database(name))
            connection.unregister("arriving")
    for setting in _LOCKS:
        connection.execute(f"SET {setting}")
    return connection


def _table(name: str) -> Any:
    import ibis

    columns = _contract_of(name).columns
    return ibis.table({column.name: IBIS_TYPES[column.type] for column in columns}, name=_in_database(name))


def _contract_of(name: str) -> Contract:
    """The contract of a table by its name here."""
    return contract_of(_CONTRACT_OF.get(name, name))


def _in_database(name: str) -> str:
    """What a table is called there: of data sets that have names of their own, their kind."""
    return name.partition("/")[0]


def _summed(table: Any, name: str, terms: int) -> Any:
    if name != "attendance" or terms == 1:
        return table
    sessions = ("possible", "authorised", "unauthorised", "late")
    return table.group_by("pupil_key", "urn").agg(**{column: table[column].sum().cast("int64") for column in sessions})


def _in_sql(expression: Any) -> tuple[str, Any]:
    import ibis

    asked = expression.as_table()
    return ibis.duckdb.compile(asked), asked.schema()


def _as_promised(answer: Any, schema: Any) -> Any:
    """The answer in the types that Ibis promised: DuckDB gives the sum of whole numbers as a decimal of 38 digits."""
    import pyarrow as pa

    for place, (name, promised) in enumerate(schema.items()):
        if promised.is_integer() and not pa.types.is_integer(answer.schema.field(name).type):
            answer = answer.set_column(place, name, answer.column(name).cast(pa.int64()))
    return answer
