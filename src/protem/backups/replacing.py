"""Putting a database that was made ready in the place of the instance's own, in one step.

Until the step is done the old one is whole, and after it the new one; whoever is connected sees
either. SQLite's pages are written within one transaction of its own, so a crash rolls them
back. PostgreSQL's new tables wait in a schema of their own; one transaction drops the old ones
and moves these in.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from protem.backups import state
from protem.backups.errors import BackupError

_TRIES = 120
_PAUSE_SECONDS = 0.25
_LOCK_TIMEOUT = "30s"


def replace_sqlite(path: Path) -> None:
    """Make the database what the one at ``path`` is; ``BackupError`` if it stays in use."""
    tries = 0

    def watch(status: int, _remaining: int, _total: int) -> None:
        nonlocal tries
        tries += status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        if tries > _TRIES:
            raise _busy()

    connection.ensure_connection()
    try:
        with closing(sqlite3.connect(path)) as source:
            source.backup(connection.connection, progress=watch, sleep=_PAUSE_SECONDS)
    except sqlite3.Error as error:
        raise BackupError(f"the database was not replaced: {error}") from error
    connection.close()


@contextmanager
def new_schema() -> Iterator[str]:
    """An empty PostgreSQL schema, gone afterwards."""
    name = f"protem_restore_{secrets.token_hex(4)}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {name}")
    except DatabaseError as error:
        raise BackupError(
            f"a schema to restore into cannot be made: {str(error).splitlines()[0]}",
            remedy="grant the user of DATABASE_URL to create in its database",
        ) from None
    try:
        yield name
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")


def replace_postgresql(schema: str, tables: list[str]) -> None:
    """Drop the instance's tables and move those of ``schema`` in, in one transaction.

    Raises:
        BackupError: The old tables stay in use, or something that is not Protem's rests on
            them, such as a view.
    """
    old = ", ".join(f'"{name}"' for name in state.tables())
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            cursor.execute("SELECT current_schema()")
            home = cursor.fetchone()[0]
            if old:
                cursor.execute(f"DROP TABLE {old}")
            for table in tables:
                cursor.execute(f'ALTER TABLE {schema}."{table}" SET SCHEMA "{home}"')
    except DatabaseError as error:
        if "lock timeout" in str(error):
            raise _busy() from None
        told = ", ".join(str(error).splitlines()[:2])
        raise BackupError(
            f"the old tables cannot be replaced: {told}",
            remedy="remove what rests on them, such as views, then restore again",
        ) from error


def _busy() -> BackupError:
    return BackupError(
        "the database stays in use; nothing was changed",
        remedy="stop protem serve, then restore again",
    )
