"""What is restored is what was backed up: on both databases, between them, and under writes."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from tests.backups.conftest import AT, content

from protem.backups import standin, state
from protem.backups.archive import DATABASE, open_archive
from protem.backups.errors import BackupError
from protem.backups.making import Instance, make_backup
from protem.backups.restoring import Restored, restore
from protem.config import env
from protem.kit import clock
from protem.people.models import Company

WRITER = Path(__file__).with_name("writer.py")


def put_back(path: Path, instance: Instance) -> Restored:
    return restore(path, instance, at=clock.now(), confirm=lambda _contents: None)


@pytest.mark.usefixtures("instance")
def test_a_new_setup_holds_no_data():
    assert not state.holds_data()
    Company.objects.create(name="Brightloom", changed_at=AT)
    assert state.holds_data()


def test_everything_comes_back(loaded: Instance, tmp_path: Path):
    deleted = Company.objects.create(name="Gone", changed_at=AT)
    deleted_id = deleted.pk
    deleted.delete()
    before = content(tmp_path)
    files = {path.name: path.read_bytes() for path in _files(loaded)}
    manifest = make_backup(loaded, tmp_path / "a.protem", at=AT)
    assert manifest.contents.rows["ledger_finding"] > 0
    Company.objects.all().delete()
    for path in _files(loaded):
        path.unlink()
    restored = put_back(tmp_path / "a.protem", loaded)
    assert content(tmp_path) == before
    assert {path.name: path.read_bytes() for path in _files(loaded)} == files
    assert restored.contents.instance == "Brightloom"
    assert not list(loaded.home.glob(".staging-*"))
    again = Company.objects.create(name="New", changed_at=AT)
    assert again.pk > deleted_id, "an id is never given twice"


def test_what_was_replaced_is_a_backup_that_leads_back(started: Instance, tmp_path: Path):
    make_backup(started, tmp_path / "a.protem", at=AT)
    Company.objects.update(name="Renamed")
    later = content(tmp_path)
    previous = put_back(tmp_path / "a.protem", started).previous
    assert Company.objects.get().name == "Brightloom"
    assert previous
    put_back(previous, started)
    assert content(tmp_path) == later


def test_a_backup_holds_no_sessions(started: Instance, tmp_path: Path):
    Session.objects.create(session_key="taken-away", session_data="secret", expire_date=AT)
    make_backup(started, tmp_path / "a.protem", at=AT)
    with open_archive(tmp_path / "a.protem") as archive:
        archive.extract(DATABASE, tmp_path / DATABASE)
    assert b"taken-away" not in (tmp_path / DATABASE).read_bytes()


def test_a_backup_is_one_moment_while_others_write(started: Instance, tmp_path: Path):
    counts = []
    with _writing(started):
        for number in range(4):
            path = tmp_path / f"{number}.protem"
            make_backup(started, path, at=AT)
            with open_archive(path) as archive:
                archive.extract(DATABASE, tmp_path / f"{number}.sqlite3")
    for number in range(4):
        groups, companies = _names(tmp_path / f"{number}.sqlite3")
        assert groups == companies
        counts.append(len(groups))
    assert counts == sorted(set(counts)), "the writer wrote between all of them"


def test_a_restoration_while_others_write_ends_in_one_state(started: Instance, tmp_path: Path):
    make_backup(started, tmp_path / "a.protem", at=AT)
    with _writing(started):
        put_back(tmp_path / "a.protem", started)
    content(tmp_path)
    groups, companies = _names(tmp_path / "content.sqlite3")
    assert groups == companies
    assert Company.objects.filter(name="Brightloom").exists()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            assert cursor.fetchall() == [("ok",)]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="about a view on PostgreSQL")
def test_what_is_not_ours_is_not_dropped(started: Instance, tmp_path: Path):
    make_backup(started, tmp_path / "a.protem", at=AT)
    Company.objects.update(name="Renamed")
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIEW companies AS SELECT name FROM people_company")
    try:
        with pytest.raises(BackupError, match="companies"):
            put_back(tmp_path / "a.protem", started)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM companies")
            assert cursor.fetchall() == [("Renamed",)]
            cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'protem_restore%'")
            assert cursor.fetchall() == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP VIEW companies")


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="breaks SQLite's own file")
def test_a_database_that_cannot_be_read_is_not_replaced(started: Instance, tmp_path: Path):
    make_backup(started, tmp_path / "a.protem", at=AT)
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"no database at all " * 500)
    with standin.standing_in(NAME=str(broken), OPTIONS={}):
        with pytest.raises(BackupError, match="cannot be read"):
            put_back(tmp_path / "a.protem", started)
        with pytest.raises(BackupError, match="cannot be read"):
            make_backup(started, tmp_path / "b.protem", at=AT)
    assert broken.read_bytes() == b"no database at all " * 500


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="moves away from PostgreSQL")
def test_an_instance_moves_to_sqlite_and_back(
    loaded: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("DATABASE_URL")
    before = content(tmp_path)
    make_backup(loaded, tmp_path / "server.protem", at=AT)
    (tmp_path / "moved").mkdir()
    with standin.standing_in(**env.database(tmp_path / "moved")):
        elsewhere = Instance(
            home=tmp_path / "moved", files=tmp_path / "moved/files", name="Moved"
        )
        assert put_back(tmp_path / "server.protem", elsewhere).previous is None
        assert content(tmp_path) == before
        make_backup(elsewhere, tmp_path / "file.protem", at=AT)
    Company.objects.all().delete()
    put_back(tmp_path / "file.protem", loaded)
    assert content(tmp_path) == before


def _files(instance: Instance) -> list[Path]:
    return sorted(path for path in instance.files.rglob("*") if path.is_file())


def _names(path: Path) -> tuple[set[str], set[str]]:
    with closing(sqlite3.connect(path)) as copy:
        groups = copy.execute("SELECT name FROM auth_group")
        companies = copy.execute("SELECT name FROM people_company WHERE name LIKE 'writer%'")
        return {name for (name,) in groups}, {name for (name,) in companies}


@contextmanager
def _writing(instance: Instance) -> Iterator[None]:
    """Another process writes all the while, and did at least once before."""
    target = str(instance.home / "protem.sqlite3")
    if connection.vendor == "postgresql":
        keys = connection.get_connection_params()
        known = {
            k: keys[k] for k in ("dbname", "user", "password", "host", "port") if k in keys
        }
        target = " ".join(f"{key}='{value}'" for key, value in known.items())
    writer = subprocess.Popen(
        [sys.executable, str(WRITER), connection.vendor, target],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdin
    assert writer.stdout
    try:
        assert writer.stdout.readline() == "writing\n"
        yield
    finally:
        writer.stdin.close()
        said = writer.stdout.read()
        writer.stdout.close()
        assert writer.wait() == 0
    assert int(said) > 1
