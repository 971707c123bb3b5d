"""The whole database at one moment, as an SQLite file.

SQLite writes it itself. From PostgreSQL every table is read within one transaction that sees a
single moment, into plain tables of the same names, with values as Django keeps them in SQLite.
Sessions are left out: who has a copy must not be able to go on with one.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.db import connection, transaction

from protem.backups import state
from protem.backups.errors import BackupError

SESSIONS = "django_session"
_ROWS = 5_000
_AS_IT_IS = '"{}"'
_TEXTS = {
    "bigint": _AS_IT_IS,
    "integer": _AS_IT_IS,
    "smallint": _AS_IT_IS,
    "double precision": _AS_IT_IS,
    "text": _AS_IT_IS,
    "character varying": _AS_IT_IS,
    "bytea": _AS_IT_IS,
    "boolean": '"{}"::int',
    "jsonb": '"{}"::text',
    "uuid": "replace(\"{}\"::text, '-', '')",
    "date": "to_char(\"{}\", 'YYYY-MM-DD')",
    "timestamp with time zone": (
        "replace(to_char(\"{}\" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '.000000', '')"
    ),
}
"""How PostgreSQL is to give a value of each type, so that it is what Django keeps in SQLite."""


def take_snapshot(path: Path) -> dict[str, list[str]]:
    """Write the database's present state to ``path``; returns the migrations it has had.

    Raises:
        BackupError: It cannot be read, or holds what a backup cannot hold.
    """
    if connection.in_atomic_block:
        raise BackupError("a backup cannot be made within a transaction")
    with state.readable():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(path)])
        else:
            _copy_tables(path)
    with closing(sqlite3.connect(path)) as copy:
        _forget_sessions(copy)
        return _applied(copy)


def row_counts(path: Path) -> dict[str, int]:
    """How many rows each table of a snapshot has."""
    with closing(sqlite3.connect(path)) as copy:
        return {name: _count(copy, name) for name in table_names(copy)}


def table_names(copy: sqlite3.Connection) -> list[str]:
    """The tables of a snapshot."""
    rows = copy.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
        " ESCAPE '\\' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name"
    )
    return [name for (name,) in rows]


def _count(copy: sqlite3.Connection, table: str) -> int:
    return int(copy.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0])


def _forget_sessions(copy: sqlite3.Connection) -> None:
    """Delete them so that nothing of them is left in the file either."""
    if SESSIONS in table_names(copy):
        copy.execute("PRAGMA secure_delete = ON")
        copy.execute(f"DELETE FROM {SESSIONS}")
        copy.commit()


def _applied(copy: sqlite3.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in copy.execute("SELECT app, name FROM django_migrations ORDER BY app, name"):
        found.setdefault(app, []).append(name)
    return found


def _copy_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        copy.execute("PRAGMA synchronous = OFF")
        # A table that counts its rows makes SQLite keep sqlite_sequence, as Django's tables do.
        copy.execute("CREATE TABLE _counted (id integer PRIMARY KEY AUTOINCREMENT)")
        for table in state.tables():
            _copy_table(copy, table)
        copy.commit()


def _copy_table(copy: sqlite3.Connection, table: str) -> None:
    columns = column_types(table)
    names = ", ".join(f'"{name}"' for name in columns)
    copy.execute(f'CREATE TABLE "{table}" ({names})')
    copy.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, _last_id(table)))
    if table == SESSIONS:
        return
    places = ", ".join("?" * len(columns))
    for rows in _read(table, columns):
        copy.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)


def _read(table: str, columns: dict[str, str]) -> Iterator[list[tuple[object, ...]]]:
    values = ", ".join(_text(table, name, kind) for name, kind in columns.items())
    with connection.chunked_cursor() as cursor:
        cursor.execute(f'SELECT {values} FROM "{table}"')
        while rows := cursor.fetchmany(_ROWS):
            yield rows


def _text(table: str, name: str, kind: str) -> str:
    if kind not in _TEXTS:
        raise BackupError(f"a backup cannot hold {kind} yet", where=f"{table}.{name}")
    return _TEXTS[kind].format(name)


def column_types(table: str) -> dict[str, str]:
    """PostgreSQL's type of each column, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = %s"
            " ORDER BY ordinal_position",
            [table],
        )
        return dict(cursor.fetchall())


def identity(table: str) -> tuple[str, str] | None:
    """The column of a PostgreSQL table that is numbered, and its sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)"
            " FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = %s"
            " AND (is_identity = 'YES' OR column_default LIKE 'nextval(%%')",
            [table],
        )
        found: tuple[str, str] | None = cursor.fetchone()
        return found


def _last_id(table: str) -> int:
    """The highest number the table ever gave; it is not to be given again."""
    found = identity(table)
    if found is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {found[1]}")
        return int(cursor.fetchone()[0])
