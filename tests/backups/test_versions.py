"""Backups of earlier versions are restored, those of later ones are refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from tests.backups.conftest import AT, LATER, content
from tests.backups.test_round_trips import put_back

from protem.backups import state
from protem.backups.archive import DATABASE, open_archive, write_archive
from protem.backups.errors import Damaged, Unsuitable
from protem.backups.making import Instance, make_backup
from protem.ledger.models import Asset, Finding
from protem.people.models import Company

RELEASES = sorted(Path(__file__).parent.glob("release-*.protem"))
"""Made by `protem backup` of each release, on either database, with the samples below in it."""


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_a_backup_of_each_release_is_restored(path: Path, instance: Instance, tmp_path: Path):
    restored = put_back(path, instance)
    assert restored.previous is None
    assert Company.objects.get().name == "Brightloom"
    assert Finding.objects.count() == restored.contents.rows["ledger_finding"] > 0
    files = [one for one in instance.files.rglob("*") if one.is_file()]
    assert len(files) == restored.contents.rows["sources_importrun"]
    assert not MigrationExecutor(connection).migration_plan(_ends())
    assert content(tmp_path)["people_person"]


def test_an_earlier_state_is_brought_forward(earlier: Instance, tmp_path: Path):
    assert LATER[1] not in state.applied()["ledger"]
    make_backup(earlier, tmp_path / "earlier.protem", at=AT)
    put_back(tmp_path / "earlier.protem", earlier)
    asset = Asset.objects.get()
    assert asset.name == "web-1"
    assert asset.is_in_use, "the later migration says so of every asset that was there"
    assert not MigrationExecutor(connection).migration_plan(_ends())


def test_a_backup_of_a_newer_version_is_refused(started: Instance, tmp_path: Path):
    _forged(
        started, tmp_path, "INSERT INTO django_migrations VALUES (9999, 'people', '9999', '')"
    )
    before = content(tmp_path)
    with pytest.raises(Unsuitable, match="newer version"):
        put_back(tmp_path / "forged.protem", started)
    assert content(tmp_path) == before


def test_rows_that_contradict_each_other_are_refused(started: Instance, tmp_path: Path):
    _forged(
        started,
        tmp_path,
        "INSERT INTO auth_group_permissions VALUES (1, 999, 999)",
        vendor="other",
    )
    before = content(tmp_path)
    with pytest.raises(Unsuitable, match="does not take it"):
        put_back(tmp_path / "forged.protem", started)
    assert content(tmp_path) == before
    assert not list(started.home.glob(".staging-*"))


def test_tables_that_are_not_of_their_migrations_are_refused(started: Instance, tmp_path: Path):
    _forged(started, tmp_path, "DROP TABLE people_company", vendor="other")
    with pytest.raises(Damaged, match="tables"):
        put_back(tmp_path / "forged.protem", started)
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
