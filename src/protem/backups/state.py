"""What state a database is in, by its own tables: migrations, rows, whether it holds data."""

from collections import defaultdict

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from protem.backups.errors import Unsuitable

_FRAMEWORK = ("django_", "auth_")
"""Prefixes of tables that are filled on their own, by setting up or by use."""


def applied() -> dict[str, list[str]]:
    """The migrations the database has had, by app."""
    found: dict[str, list[str]] = defaultdict(list)
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found[app].append(name)
    return dict(found)


def refuse_unknown(migrations: dict[str, list[str]], *, where: str) -> None:
    """Raise ``Unsuitable`` where some of the migrations are not of this version."""
    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    unknown = [
        f"{app}.{name}"
        for app, names in migrations.items()
        for name in names
        if (app, name) not in disk
    ]
    if unknown:
        raise Unsuitable(
            f"a newer version of Protem was here: {unknown[0]} is not known to this one",
            where=where,
            remedy="update Protem, or restore a backup of this version",
        )


def tables() -> list[str]:
    """The tables that migrations made, whichever version they were of."""
    labels = {f"{app}_" for app in applied()} | {"django_"}
    with connection.cursor() as cursor:
        found = connection.introspection.table_names(cursor)
    return sorted(name for name in found if name.startswith(tuple(labels)))


def holds_data() -> bool:
    """Whether anything was put in that setting up alone does not."""
    with connection.cursor() as cursor:
        for table in tables():
            if not table.startswith(_FRAMEWORK):
                cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
                if cursor.fetchone():
                    return True
    return False
