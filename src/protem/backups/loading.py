"""Filling a database that was just set up with the rows of a snapshot, of any vendor."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from protem.backups import state
from protem.backups.errors import Damaged, Unsuitable
from protem.backups.snapshot import column_types, identity, table_names

_ROWS = 5_000
_INSTANT = "timestamp with time zone"


def load(path: Path) -> None:
    """Replace all rows by those of the snapshot at ``path``, references checked.

    Raises:
        Damaged: The snapshot's tables are not those of its migrations, or rows contradict.
        Unsuitable: A value does not fit this database.
    """
    with closing(sqlite3.connect(path)) as copy:
        tables = table_names(copy)
        _compare("tables", tables, state.tables())
        for table in tables:
            _compare(f"columns of {table}", _columns(copy, table), _own_columns(table))
        try:
            if connection.vendor == "sqlite":
                _load_into_sqlite(path, tables)
            else:
                _load_into_postgresql(copy, tables)
        except DatabaseError as error:
            told = str(error).splitlines()[0]
            raise Unsuitable(f"the database does not take it: {told}") from error


def _compare(what: str, found: list[str], expected: list[str]) -> None:
    if sorted(found) != sorted(expected):
        raise Damaged(
            f"the {what} in the backup are not those its migrations make",
            remedy="use another backup",
        )


def _columns(copy: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in copy.execute(f'PRAGMA table_info("{table}")')]


def _own_columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in found]


def _load_into_sqlite(path: Path, tables: list[str]) -> None:
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute("ATTACH %s AS backup", [str(path)])
        with transaction.atomic():
            for table in tables:
                names = ", ".join(f'"{name}"' for name in _own_columns(table))
                cursor.execute(f'DELETE FROM "{table}"')
                cursor.execute(
                    f'INSERT INTO "{table}" ({names}) SELECT {names} FROM backup."{table}"'
                )
            cursor.execute("DELETE FROM sqlite_sequence")
            cursor.execute("INSERT INTO sqlite_sequence SELECT * FROM backup.sqlite_sequence")
            connection.check_constraints()
        cursor.execute("DETACH backup")


def _load_into_postgresql(copy: sqlite3.Connection, tables: list[str]) -> None:
    numbers = dict(copy.execute("SELECT name, seq FROM sqlite_sequence"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables))
        for table in tables:
            columns = column_types(table)
            names = ", ".join(f'"{name}"' for name in columns)
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as into:
                for row in _rows(copy, table, columns):
                    into.write_row(row)
            if found := identity(table):
                last = numbers.get(table, 0)
                cursor.execute("SELECT setval(%s, %s, %s)", [found[1], max(last, 1), last > 0])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _rows(
    copy: sqlite3.Connection, table: str, columns: dict[str, str]
) -> Iterator[tuple[object, ...]]:
    values = ", ".join(
        f"\"{name}\" || '+00'" if kind == _INSTANT else f'"{name}"'
        for name, kind in columns.items()
    )
    rows = copy.execute(f'SELECT {values} FROM "{table}"')
    while some := rows.fetchmany(_ROWS):
        yield from some
