"""A backup every night, and how many are kept."""

import logging
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from protem.backups.archive import is_encrypted, open_archive
from protem.backups.making import Instance, no_progress, sweep
from protem.backups.nightly import Stopped, every_night, make_nightly, newest
from protem.cli.main import app
from protem.kit import clock
from protem.people import services
from protem.people.access import OPERATOR

NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def make(instance: Instance, at: datetime, keep: int = 14, **how: str) -> Path | None:
    return make_nightly(instance, at=at, keep=keep, tell=no_progress, **how)


def test_one_a_day_is_made_from_two_o_clock_on(started: Instance):
    assert make(started, NIGHT - timedelta(minutes=1)) is None
    made = make(started, NIGHT)
    assert made == started.home / "backups" / "nightly-2026-11-25.protem"
    assert make(started, NIGHT + timedelta(hours=21)) is None
    with open_archive(made) as archive:
        archive.verify()
        assert archive.manifest.contents.instance == "Brightloom"


def test_only_the_newest_are_kept_and_only_nightly_ones_deleted(started: Instance):
    folder = started.home / "backups"
    folder.mkdir()
    others = ["before-0.2.0-2020-01-01-010101.protem", "nightly-2020-01-01.protem.gz"]
    for name in [*others, *(f"nightly-2026-11-{day}.protem" for day in range(20, 25))]:
        (folder / name).touch()
    make(started, NIGHT, keep=3)
    kept = {path.name for path in folder.iterdir()}
    assert kept == {*others, *(f"nightly-2026-11-{day}.protem" for day in (23, 24, 25))}


def test_an_instance_without_data_needs_none(instance: Instance):
    assert make(instance, NIGHT) is None
    assert newest(instance.home) is None


def test_another_worker_that_writes_it_is_left_to_it(started: Instance):
    folder = started.home / "backups"
    folder.mkdir()
    (folder / "nightly-2026-11-25.protem.part").touch()
    assert make(started, NIGHT) is None


def test_it_is_encrypted_where_there_is_a_passphrase(started: Instance):
    made = make(started, NIGHT, passphrase="seven quiet lanterns")
    assert made
    assert is_encrypted(made)


def test_what_a_killed_backup_left_is_swept_after_two_days(instance: Instance):
    (instance.home / "backups").mkdir()
    left = [instance.home / ".staging-x", instance.home / "backups" / "a.protem.part"]
    left[0].mkdir()
    (left[0] / "database.sqlite3").touch()
    left[1].touch()
    sweep(instance.home, at=clock.now() + timedelta(days=1))
    assert all(path.exists() for path in left)
    sweep(instance.home, at=clock.now() + timedelta(days=3))
    assert not any(path.exists() for path in left)


def test_the_worker_stops_at_once_and_leaves_nothing_half_done(instance: Instance):
    started = time.monotonic()
    with every_night(lambda: instance, keep=3, look_seconds=60):
        pass
    assert time.monotonic() - started < 5
    assert not (instance.home / "backups").exists()


@pytest.mark.usefixtures("transactional_db")
def test_the_worker_makes_it_beside_its_work(tmp_path: Path):
    here = Instance(home=tmp_path, files=tmp_path / "files", name="Brightloom")
    services.name_company(by=OPERATOR, name="Brightloom", at=NIGHT)
    made = tmp_path / "backups" / "nightly-2026-11-25.protem"
    with every_night(lambda: here, keep=3, look_seconds=0.01, now=lambda: NIGHT):
        for _ in range(3000):
            if made.exists():
                break
            time.sleep(0.01)
    with open_archive(made) as archive:
        archive.verify()
        assert archive.manifest.contents.rows["people_company"] == 1


def test_a_backup_that_fails_is_logged_and_tried_again(
    instance: Instance, caplog: pytest.LogCaptureFixture
):
    tries = []

    def broken() -> Instance:
        tries.append(instance)
        raise OSError("the disk is full")

    with caplog.at_level(logging.ERROR), every_night(broken, keep=3, look_seconds=0.01):
        while len(tries) < 2:
            time.sleep(0.01)
    assert "the nightly backup failed" in caplog.text


def test_one_that_is_stopped_is_given_up(started: Instance):
    def stop(_step: str, share: float) -> None:
        if share:
            raise Stopped("the worker stops")

    with pytest.raises(Stopped):
        make_nightly(started, at=NIGHT, keep=3, tell=stop)
    assert not list((started.home / "backups").iterdir())
    assert not list(started.home.glob(".staging-*"))


def test_doctor_tells_how_old_the_newest_is(started: Instance, settings: Any):
    settings.BACKUP_KEEP = 14
    said = CliRunner().invoke(app, ["doctor"]).stdout
    assert "none yet" in said
    made = make(started, NIGHT)
    assert made
    assert "newest 0 hours old" in CliRunner().invoke(app, ["doctor"]).stdout
    old = (clock.now() - timedelta(days=5)).timestamp()
    os.utime(made, (old, old))
    result = CliRunner().invoke(app, ["doctor"])
    assert "newest 5 days old" in result.stdout
    assert "protem backup FILE" in result.stderr
    settings.BACKUP_KEEP = 0
    assert "protem backup FILE" not in CliRunner().invoke(app, ["doctor"]).stderr
