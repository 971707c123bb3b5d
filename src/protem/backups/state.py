"""What state a database is in, by its own tables: migrations, rows, whether it holds data."""

from collections import defaultdict
from collections.abc import Container, Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from protem.backups.errors import BackupError, Unsuitable

_FRAMEWORK = ("django_", "auth_")
"""Prefixes of tables that are filled on their own, by setting up or by use."""


def applied() -> dict[str, list[str]]:
    """The migrations the database has had, by app."""
    found: dict[str, list[str]] = defaultdict(list)
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found[app].append(name)
    return dict(found)


def pending() -> list[str]:
    """The migrations of this version that the database has not had.

    Raises:
        Unsuitable: It has had some of a newer version.
    """
    executor = MigrationExecutor(connection)
    refuse_unknown(
        applied(),
        where=str(connection.settings_dict["NAME"]),
        known=executor.loader.disk_migrations,
    )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _backwards in plan]


def refuse_unknown(
    migrations: dict[str, list[str]],
    *,
    where: str,
    known: Container[tuple[str, str]] | None = None,
) -> None:
    """Raise ``Unsuitable`` where a newer version made some of the migrations.

    Those of other packages are not judged: they may drop their old ones.
    """
    if known is None:
        known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    own = {one.label for one in apps.get_app_configs() if one.name.startswith("protem.")}
    others = {one.label for one in apps.get_app_configs()} - own
    unknown = [
        f"{app}.{name}"
        for app, names in migrations.items()
        for name in names
        if app not in others and (app, name) not in known
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


@contextmanager
def readable() -> Iterator[None]:
    """Turns a database that cannot be read into a ``BackupError`` that says what to do."""
    try:
        yield
    except DatabaseError as error:
        raise BackupError(
            f"the present database cannot be read: {str(error).splitlines()[0]}",
            remedy="to restore a backup, name an empty place by PROTEM_HOME or DATABASE_URL",
        ) from error


def holds_data() -> bool:
    """Whether anything was put in that setting up alone does not."""
    with readable(), connection.cursor() as cursor:
        for table in tables():
            if not table.startswith(_FRAMEWORK):
                cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
                if cursor.fetchone():
                    return True
    return False
