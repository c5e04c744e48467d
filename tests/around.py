"""Around the program: straight into the state database, as somebody would who tampers with it."""

import sqlite3
from contextlib import closing

import psycopg


def execute(database, *statements):
    """Run SQL on a state database, past all that kdsp does."""
    if database.url.startswith("postgresql"):
        with psycopg.connect(database.url) as db:
            for statement in statements:
                db.execute(statement)
        return
    with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as db, db:
        for statement in statements:
            db.execute(statement)


def tamper(database, table, statement):
    """Change a table that lets nothing be changed, as its owner can."""
    if database.url.startswith("postgresql"):
        execute(database, f"DROP TRIGGER {table}_appended_only ON {table}", statement)
    else:
        execute(database, f"DROP TRIGGER {table}_no_update", f"DROP TRIGGER {table}_no_delete", statement)


REFUSED = (sqlite3.Error, psycopg.Error)
