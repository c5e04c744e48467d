"""Tables of a PostgreSQL server, asked where they are: the answer to an expression leaves the server, never the rows.

They are asked as :mod:`kdsp_lib.source.tables` are, and answer the same. Ibis writes the question; each text in it is
then bound, so that no value is ever read as SQL.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.source.contract import contract_of
from kdsp_lib.source.sql_reading import SqlTable, columns_of, read_only
from kdsp_lib.source.tables import IBIS_TYPES, NamedTables

MOST_ROWS = 1_000_000
"""Of an answer, which is counts and sums."""
_ARROW = {"string": "string", "boolean": "bool_", "date": "date32"}


@dataclass(frozen=True, slots=True)
class ServerTables(NamedTables):
    """Ibis tables that stay on their server."""

    tables: Mapping[str, Any]
    connection: Any

    def arrow(self, expression: Any) -> Any:
        """The answer to an Ibis expression as an Arrow table, in no order unless the expression sets one."""
        from psycopg import RawCursor

        asked = expression.as_table()
        question, values = bound(asked)
        with RawCursor(self.connection) as cursor:
            cursor.execute(question, values)
            rows = cursor.fetchmany(MOST_ROWS + 1)
        if len(rows) > MOST_ROWS:
            raise BadSource(f"The answer has more than {MOST_ROWS:,} rows: it is no count.")
        return _as_arrow(rows, asked.schema())


def _as_arrow(rows: Sequence[tuple[Any, ...]], schema: Any) -> Any:
    """The rows of an answer in the types that Ibis promised; a sum of whole numbers comes as a decimal."""
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = {}
    for (name, promised), values in zip(schema.items(), columns, strict=True):
        if promised.is_integer():
            arrays[name] = pa.array([None if value is None else int(value) for value in values], pa.int64())
        elif promised.is_floating():
            arrays[name] = pa.array([None if value is None else float(value) for value in values], pa.float64())
        else:
            arrays[name] = pa.array(values, getattr(pa, _ARROW[str(promised).removeprefix("!")])())
    return pa.table(arrays)


@contextlib.contextmanager
def open_server_tables(sources: Mapping[str, SqlTable]) -> Iterator[ServerTables]:
    """The tables of one server, each by the name of its contract, whose columns it must have. They are only read.

    Nested loops are turned off: the server has no statistics of columns that are cast, and takes them for few rows.
    """
    if len({source.url for source in sources.values()}) != 1:
        raise BadParameters("Tables that are asked together stand on one server.")
    with read_only(next(iter(sources.values()))) as connection:
        faults = [
            Fault(source.name, "is missing: add the column to the table or view", column)
            for name, source in sources.items()
            for column in (*contract_of(name).names, *source.where)
            if column not in columns_of(connection, source)
        ]
        if faults:
            raise BadSource("A table of the database lacks columns.", faults=faults)
        connection.execute("SET LOCAL enable_nestloop = off")
        yield ServerTables({name: _relation(name, source) for name, source in sources.items()}, connection)


def bound(expression: Any) -> tuple[str, list[str]]:
    """An expression as PostgreSQL's SQL with ``$1``, ``$2`` … for its texts, and these in their order."""
    import ibis
    import sqlglot
    from sqlglot import exp

    values: list[str] = []

    def taken(node: exp.Expression) -> exp.Expression:
        if not (isinstance(node, exp.Literal) and node.is_string):
            return node
        values.append(node.this)
        return exp.Parameter(this=exp.Literal.number(len(values)))

    tree = sqlglot.parse_one(ibis.postgres.compile(expression), dialect="postgres")
    return tree.transform(taken).sql(dialect="postgres"), values


def _relation(name: str, source: SqlTable) -> Any:
    """A table with its columns cast to the types of its contract, whatever they are on the server."""
    import ibis
    import ibis.expr.datatypes as dt

    contract, (schema, table) = contract_of(name), source.parts
    columns = dict.fromkeys((*contract.names, *source.where), dt.unknown)
    rows = ibis.table(columns, name=table, database=schema)
    wanted = [rows[column].cast("string") == value for column, value in source.where.items()]
    chosen = rows.filter(*wanted) if wanted else rows
    return chosen.select(**{c.name: _cast(chosen[c.name], IBIS_TYPES[c.type]) for c in contract.columns})


def _cast(column: Any, kind: str) -> Any:
    """Empty text is nothing, as in a file."""
    text = column.cast("string").nullif("")
    return text if kind == "string" else text.cast(kind)
