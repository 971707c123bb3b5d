"""A backup every night while a worker runs, and how many of them are kept."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from protem.backups import state
from protem.backups.errors import BackupError
from protem.backups.making import ENDING, FOLDER, Instance, make_backup, sweep
from protem.kit import clock

HOUR = 2
"""In UTC, as all of Protem's times are."""
_NAME = re.compile(r"nightly-\d{4}-\d\d-\d\d\.protem")
_LOOK_SECONDS = 300.0
_PATIENCE_SECONDS = 10.0
LOG = logging.getLogger(__name__)


class Stopped(BackupError):
    """The worker stops; the backup it was writing is given up."""


def make_nightly(
    instance: Instance,
    *,
    at: datetime,
    keep: int,
    passphrase: str = "",
    tell: Callable[[str, float], None],
) -> Path | None:
    """Make the day's backup if it is due, and delete nightly ones beyond the newest ``keep``.

    Due is one a day, from ``HOUR`` on, of an instance with data.
    """
    path = instance.home / FOLDER / f"nightly-{at:%Y-%m-%d}{ENDING}"
    is_being_written = path.with_name(path.name + ".part").exists()
    if at.hour < HOUR or path.exists() or is_being_written or not state.holds_data():
        return None
    sweep(instance.home, at=at)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    make_backup(instance, path, at=at, passphrase=passphrase, tell=tell)
    nightly = sorted(one for one in path.parent.iterdir() if _NAME.fullmatch(one.name))
    for old in nightly[:-keep]:
        old.unlink()
    return path


def newest(home: Path) -> datetime | None:
    """When the newest backup in the instance's own folder was made; None if there is none."""
    times = [path.stat().st_mtime for path in (home / FOLDER).glob(f"*{ENDING}")]
    return datetime.fromtimestamp(max(times), UTC) if times else None


@contextmanager
def every_night(
    instance: Callable[[], Instance],
    *,
    keep: int,
    passphrase: str = "",
    look_seconds: float = _LOOK_SECONDS,
    now: Callable[[], datetime] = clock.now,
) -> Iterator[None]:
    """Look now and then, beside what else is done, whether a backup is due.

    With a ``keep`` of 0 none is made. What fails is logged and tried again at the next look.
    """
    stop = threading.Event()

    def tell(_step: str, _share: float) -> None:
        if stop.is_set():
            raise Stopped("the worker stops")

    def look() -> None:
        while not stop.wait(look_seconds):
            try:
                make_nightly(instance(), at=now(), keep=keep, passphrase=passphrase, tell=tell)
            except Stopped:
                return
            except Exception:
                LOG.exception("the nightly backup failed")
            finally:
                connection.close()

    thread = threading.Thread(target=look, name="nightly backups", daemon=True)
    if keep:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if keep:
            thread.join(_PATIENCE_SECONDS)
