"""An instance with a home of its own, on a file of SQLite or on the suite's PostgreSQL."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from protem import flow
from protem.backups import standin, state
from protem.backups.making import Instance
from protem.backups.replacing import new_schema
from protem.backups.snapshot import table_names, take_snapshot
from protem.people import services
from protem.people.access import OPERATOR

SAMPLES = Path(__file__).parent.parent / "samples"
FILES = ("protem-findings/findings.csv", "calendar-ics", "protem-certifications")
AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
LATER = ("ledger", "0007_lists_and_effects")
"""A migration that changes what earlier ones left."""
Content = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def migrated(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Path:
    """An SQLite database without data."""
    path = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock(), standin.sqlite_file(path):
            standin.migrate_forward()
    return path


@pytest.fixture
def instance(
    tmp_path: Path,
    migrated: Path,
    settings: Settings,
    transactional_db: None,  # noqa: ARG001 - opens the database
) -> Iterator[Instance]:
    home = tmp_path / "home"
    home.mkdir()
    settings.HOME, settings.MEDIA_ROOT = home, home / "files"
    here = Instance(home=home, files=home / "files", name="Brightloom")
    if connection.vendor == "postgresql":
        yield here
        return
    shutil.copy(migrated, home / "protem.sqlite3")
    with standin.sqlite_file(home / "protem.sqlite3"):
        yield here


@pytest.fixture
def started(instance: Instance) -> Instance:
    """It has its company, its owner and a kept file."""
    services.name_company(by=OPERATOR, name="Brightloom", at=AT)
    services.ensure_owner(email="cto@brightloom.example", name="Ada Roe", at=AT)
    instance.files.mkdir()
    (instance.files / "kept").write_text("as it came")
    return instance


@pytest.fixture
def loaded(started: Instance) -> Instance:
    """Exports were imported, so that most tables have rows."""
    flow.import_paths([SAMPLES / name for name in FILES], by=OPERATOR)
    return started


@pytest.fixture
def earlier(instance: Instance, tmp_path: Path) -> Iterator[Instance]:
    """An instance as a version before ``LATER`` left it, with one asset."""
    with _empty_database(tmp_path):
        standin.migrate_to(_before(LATER))
        _insert_asset()
        yield instance


def content(folder: Path) -> Content:
    """Every row of the present database, and the last number each table gave."""
    path = folder / "content.sqlite3"
    path.unlink(missing_ok=True)
    take_snapshot(path)
    with closing(sqlite3.connect(path)) as copy:
        found = {name: _rows(copy, name) for name in table_names(copy)}
        numbers = copy.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0")
        found["sqlite_sequence"] = sorted(n for n in numbers if n[0] != "_counted")
    return found


def _rows(copy: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    columns = sorted(row[1] for row in copy.execute(f'PRAGMA table_info("{table}")'))
    names = ", ".join(f'"{name}"' for name in columns)
    return sorted(copy.execute(f'SELECT {names} FROM "{table}"'), key=repr)  # noqa: S608 - our tables


def _before(node: tuple[str, str]) -> dict[str, list[str]]:
    """All migrations but one and those that need it."""
    graph = MigrationExecutor(connection).loader.graph
    later = set(graph.backwards_plan(node))
    found: dict[str, list[str]] = {}
    for app, name in sorted(set(graph.nodes) - later):
        found.setdefault(app, []).append(name)
    return found


def _insert_asset() -> None:
    executor = MigrationExecutor(connection)
    nodes = [(app, names[-1]) for app, names in state.applied().items() if app == "ledger"]
    then = executor.loader.project_state(nodes).apps
    then.get_model("ledger", "Asset").objects.create(id=1, name="web-1", kind="host")


@contextmanager
def _empty_database(folder: Path) -> Iterator[None]:
    if connection.vendor == "sqlite":
        with standin.sqlite_file(folder / "earlier.sqlite3"):
            yield
        return
    with new_schema() as schema, standin.schema(schema):
        yield
