"""An upgrade of an instance with data: a backup first, two ways out when it is cut."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import pre_migrate
from tests.backups.conftest import LATER
from tests.backups.test_commands import run
from typer.testing import CliRunner

from protem import __version__
from protem.backups import state
from protem.backups.archive import open_archive
from protem.backups.errors import Unsuitable, UpgradeFailed
from protem.backups.making import Instance
from protem.backups.upgrading import unfinished
from protem.cli.boot import NotReady
from protem.cli.main import app
from protem.kit.errors import ProtemError
from protem.ledger.models import Asset

IN_THE_WAY = "ledger_packedrows"
"""A table that a migration after ``LATER`` makes."""


def test_init_makes_a_backup_before_it_migrates(earlier: Instance):
    (earlier.home / "version").write_text("0.0.9\n")
    run("init")
    assert Asset.objects.get().is_in_use
    with open_archive(_backup_of(earlier)) as archive:
        assert LATER[1] not in archive.manifest.contents.migrations["ledger"]
        assert archive.manifest.contents.rows["ledger_asset"] == 1
    assert unfinished(earlier.home) is None
    assert (earlier.home / "version").read_text() == f"{__version__}\n"


def test_serve_makes_a_backup_before_it_migrates(earlier: Instance):
    with pytest.raises(ProtemError, match="nobody can sign in yet"):
        run("serve")
    assert not state.pending()
    assert _backup_of(earlier).exists()


@pytest.mark.usefixtures("started")
def test_nothing_pending_asks_for_no_backup(settings: Any):
    run("init")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ProtemError, match="is in use"):
            run("serve", "--port", str(taken.getsockname()[1]))
    assert not (settings.HOME / "backups").exists()


def test_a_cut_upgrade_keeps_everything_out_until_it_is_finished(earlier: Instance):
    (earlier.home / "version").write_text("0.0.9\n")
    with _table_in_the_way(), pytest.raises(UpgradeFailed, match="not finished") as told:
        run("init")
    backup = _backup_of(earlier)
    assert "install Protem 0.0.9" in str(told.value)
    for words in (("serve",), ("worker",), ("status",)):
        with pytest.raises(NotReady) as refused:
            run(*words)
        assert f"protem restore {backup}" in str(refused.value)
        assert "protem init" in str(refused.value)
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 1
    run("init")
    assert unfinished(earlier.home) is None
    assert not state.pending()
    assert [one.name for one in backup.parent.iterdir()] == [backup.name]


def test_a_cut_upgrade_is_undone_by_its_backup(earlier: Instance):
    with _interrupted(), pytest.raises(UpgradeFailed, match="the version you had"):
        run("init")
    run("restore", _backup_of(earlier), "--overwrite", earlier.home.name)
    assert Asset.objects.get().name == "web-1"
    assert unfinished(earlier.home) is None


@pytest.mark.usefixtures("started")
def test_the_database_of_a_newer_version_is_left_alone():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('people', '9999_later', '2026-11-25 09:30:00+00')"
        )
    try:
        for words in (("serve",), ("init",), ("status",)):
            with pytest.raises(Unsuitable, match=r"people\.9999_later"):
                run(*words)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")


def _backup_of(instance: Instance) -> Path:
    (found,) = (instance.home / "backups").glob(f"before-{__version__}-*.protem")
    return found


@contextmanager
def _table_in_the_way() -> Iterator[None]:
    """A later migration fails."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {IN_THE_WAY} (id integer)")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {IN_THE_WAY}")


@contextmanager
def _interrupted() -> Iterator[None]:
    """Somebody presses Ctrl-C as the migrations begin."""

    def interrupt(**_about: object) -> None:
        raise KeyboardInterrupt

    pre_migrate.connect(interrupt)
    try:
        yield
    finally:
        pre_migrate.disconnect(interrupt)
