"""Tables put into a real database, in an order of nobody's and with a column that nobody needs."""

from __future__ import annotations

import psycopg

from kdsp_lib.source.contract import all_contracts
from kdsp_lib.source.sql_reading import SqlTable

TYPES = {"text": "varchar(400)", "whole": "bigint", "yes-no": "boolean", "date": "date"}


def put_table(url: str, name: str, kind: str, rows: list[dict], **more: str) -> SqlTable:
    """Make a table with the columns of a kind, and of ``more``, that hold one value each."""
    columns = all_contracts()[kind].columns
    types = {column.name: TYPES[column.type] for column in columns} | dict.fromkeys(more, "varchar(40)")
    types["not_needed"] = "integer"
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE {name} ({', '.join(f'{n} {type_}' for n, type_ in types.items())})")
        with connection.cursor().copy(f"COPY {name} ({', '.join(types)}) FROM STDIN") as copy:
            for row in rows[::-1]:
                copy.write_row([*(row[column.name] for column in columns), *more.values(), 7])
        connection.execute(f"ANALYZE {name}")
    return SqlTable(url, name)
