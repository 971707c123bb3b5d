"""Backups of earlier versions are restored, those of later ones are refused."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from tests.backups.conftest import AT, content
from tests.backups.test_round_trips import put_back

from protem.backups import standin, state
from protem.backups.archive import DATABASE, open_archive, write_archive
from protem.backups.errors import Damaged, Unsuitable
from protem.backups.making import Instance, make_backup
from protem.backups.replacing import new_schema
from protem.ledger.models import Asset, Finding
from protem.people.models import Company

RELEASES = sorted(Path(__file__).parent.glob("release-*.protem"))
"""Made by `protem backup` of each release, on either database, with the samples below in it."""
LATER = ("ledger", "0007_lists_and_effects")


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_a_backup_of_each_release_is_restored(path: Path, instance: Instance, tmp_path: Path):
    restored = put_back(path, instance)
    assert Company.objects.get().name == "Brightloom"
    assert Finding.objects.count() == restored.contents.rows["ledger_finding"] > 0
    files = [one for one in instance.files.rglob("*") if one.is_file()]
    assert len(files) == restored.contents.rows["sources_importrun"]
    assert not MigrationExecutor(connection).migration_plan(_ends())
    assert content(tmp_path)["people_person"]


def test_an_earlier_state_is_brought_forward(instance: Instance, tmp_path: Path):
    with _empty_database(tmp_path):
        standin.migrate_to(_before(LATER))
        assert LATER[1] not in state.applied()["ledger"]
        _insert_asset()
        make_backup(instance, tmp_path / "earlier.protem", at=AT)
    put_back(tmp_path / "earlier.protem", instance)
    asset = Asset.objects.get()
    assert asset.name == "web-1"
    assert asset.is_in_use, "the later migration says so of every asset that was there"
    assert not MigrationExecutor(connection).migration_plan(_ends())


def test_a_backup_of_a_newer_version_is_refused(loaded: Instance, tmp_path: Path):
    _forged(
        loaded, tmp_path, "INSERT INTO django_migrations VALUES (9999, 'people', '9999', '')"
    )
    before = content(tmp_path)
    with pytest.raises(Unsuitable, match="newer version"):
        put_back(tmp_path / "forged.protem", loaded)
    assert content(tmp_path) == before


def test_rows_that_contradict_each_other_are_refused(loaded: Instance, tmp_path: Path):
    _forged(loaded, tmp_path, "UPDATE sources_importrun SET person_id = 999", vendor="other")
    before = content(tmp_path)
    with pytest.raises(Unsuitable, match="does not take it"):
        put_back(tmp_path / "forged.protem", loaded)
    assert content(tmp_path) == before
    assert not list(loaded.home.glob(".staging-*"))


def test_tables_that_are_not_of_their_migrations_are_refused(loaded: Instance, tmp_path: Path):
    _forged(loaded, tmp_path, "DROP TABLE people_company", vendor="other")
    with pytest.raises(Damaged, match="tables"):
        put_back(tmp_path / "forged.protem", loaded)
    assert Company.objects.exists()


def _forged(instance: Instance, folder: Path, statement: str, vendor: str = "") -> None:
    """A backup with an altered database, whose digests are right nevertheless."""
    make_backup(instance, folder / "a.protem", at=AT)
    database = folder / DATABASE
    with open_archive(folder / "a.protem") as archive:
        archive.extract(DATABASE, database)
        contents = archive.manifest.contents
    with closing(sqlite3.connect(database)) as altered:
        altered.execute(statement)
        altered.commit()
    if "django_migrations" in statement:
        contents.migrations["people"].append("9999")
    contents = msgspec.structs.replace(contents, vendor=vendor or contents.vendor)
    write_archive(folder / "forged.protem", contents, [(DATABASE, database)])


def _ends() -> list[tuple[str, str]]:
    return list(MigrationExecutor(connection).loader.graph.leaf_nodes())


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
