"""Another database standing in for the instance's own, while it is made ready.

Migrations of other packages use the default connection whatever they are told, so the other
database becomes the default one, in this thread, for as long as it is worked on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import load_backend

DEFAULT = "default"


@contextmanager
def standing_in(**changed: Any) -> Iterator[None]:
    """Work on the database whose settings differ in what is ``changed``."""
    own = connections[DEFAULT]
    settings = {**own.settings_dict, **changed}
    other = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, DEFAULT)
    connections[DEFAULT] = other
    try:
        yield
    finally:
        connections[DEFAULT] = own
        other.close()


@contextmanager
def sqlite_file(path: Path) -> Iterator[None]:
    """Work on the SQLite database in a file."""
    with standing_in(NAME=str(path)):
        yield


@contextmanager
def schema(name: str) -> Iterator[None]:
    """Work on one schema of the PostgreSQL database."""
    options = dict(connections[DEFAULT].settings_dict["OPTIONS"])
    before = options.get("options", "")
    options["options"] = f"{before} -c search_path={name}".strip()
    with standing_in(OPTIONS=options):
        yield


def migrate_to(applied: dict[str, list[str]]) -> None:
    """Bring an empty database to where exactly these migrations are applied."""
    executor = MigrationExecutor(connections[DEFAULT])
    wanted = {(app, name) for app, names in applied.items() for name in names}
    graph = executor.loader.graph
    ends = [
        node
        for node in graph.nodes
        if node in wanted
        and not any(
            child.key in wanted and child.key[0] == node[0]
            for child in graph.node_map[node].children
        )
    ]
    executor.migrate(ends)


def migrate_forward() -> None:
    """Bring the database to this version."""
    call_command("migrate", interactive=False, verbosity=0)
