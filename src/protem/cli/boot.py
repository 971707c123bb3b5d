"""Making Django ready for a command, and checking that the instance is."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from protem.backups.making import Instance


class NotReady(ProtemError):
    """The instance is not set up, or not for this version."""


def boot(home: Path | None = None) -> None:
    """Load settings and apps, for the instance in ``home`` when that is given."""
    if home is not None:
        os.environ["PROTEM_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protem.config.settings")
    import django

    django.setup()


def boot_ready(home: Path | None = None) -> None:
    """As ``boot``, and raise ``NotReady`` unless the database fits this version."""
    boot(home)
    missing = pending_migrations()
    if missing:
        raise NotReady(
            "the database is not set up for this version of Protem",
            where=os.environ.get("PROTEM_HOME", ""),
            remedy="run: protem init",
        )


def pending_migrations() -> list[str]:
    """Names of the migrations that have not been applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _backwards in plan]


def migrate() -> None:
    """Bring the database to this version."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def instance() -> "Instance":
    """The instance as backups know it; named by its company, else by its home."""
    from django.conf import settings

    from protem.backups.making import Instance

    home = Path(settings.HOME)
    return Instance(
        home=home, files=Path(settings.MEDIA_ROOT), name=_company() or home.resolve().name
    )


def _company() -> str:
    """The company's name, where the database can tell."""
    from django.db import DatabaseError

    from protem.people.queries import company_name

    try:
        return company_name()
    except DatabaseError:
        return ""
