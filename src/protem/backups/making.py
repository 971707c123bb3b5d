"""Making a backup of an instance: its database at one moment, and the files it keeps."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path

from django.db import connection

from protem import __version__
from protem.backups.archive import (
    DATABASE,
    FILES,
    Contents,
    Manifest,
    open_archive,
    write_archive,
)
from protem.backups.errors import BackupError
from protem.backups.snapshot import row_counts, take_snapshot

FOLDER = "backups"
ENDING = ".protem"
_STAGING = ".staging-"
_SNAPSHOT_SHARE = 0.3
Progress = Callable[[str, float], None]
"""Told the step and the share that is done, 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """What is backed up and restored: the default database and these folders."""

    home: Path
    files: Path
    """The folder of kept files, named by their content."""
    name: str
    """What the people call it: their company, else the home's name."""

    def new_backup(self, label: str) -> Path:
        """A free name in the instance's own folder of backups, which is made."""
        folder = self.home / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        suffixes = chain([""], (f"-{number}" for number in count(2)))
        names = (folder / f"{label}{suffix}{ENDING}" for suffix in suffixes)
        return next(path for path in names if not path.exists())


def no_progress(_step: str, _share: float) -> None:
    """For those who do not look."""


def make_backup(
    instance: Instance,
    path: Path,
    *,
    at: datetime,
    passphrase: str = "",
    replace: bool = False,
    tell: Progress = no_progress,
) -> Manifest:
    """Write a backup to ``path``: all or nothing; the site may be in use.

    The database comes first: every file it speaks of was there by then, and stays as it is.

    Raises:
        BackupError: There is a file of that name, or it cannot be written.
    """
    if path.exists() and not replace:
        raise BackupError(
            "there is a file of that name",
            where=str(path),
            remedy="name another, or use --force",
        )
    with staging(instance.home) as folder:
        tell("database", 0.0)
        snapshot = folder / DATABASE
        migrations = take_snapshot(snapshot)
        contents = Contents(
            instance=instance.name,
            version=__version__,
            created_at=at,
            vendor=connection.vendor,
            migrations=migrations,
            rows=row_counts(snapshot),
        )
        members = [(DATABASE, snapshot), *kept_files(instance.files)]
        size = sum(_size(member) for _name, member in members)
        return write_archive(
            path, contents, members, passphrase=passphrase, tell=share_of(size, tell)
        )


def make_checked_backup(
    instance: Instance,
    path: Path,
    *,
    at: datetime,
    passphrase: str = "",
    tell: Progress = no_progress,
) -> None:
    """A backup to fall back on, read again from end to end before anything relies on it."""
    make_backup(instance, path, at=at, passphrase=passphrase, tell=tell)
    tell("checking", 1.0)
    with open_archive(path, passphrase) as archive:
        archive.verify()


def kept_files(folder: Path) -> list[tuple[str, Path]]:
    """The files an instance keeps, by the names they have in a backup."""
    return [
        (FILES + path.relative_to(folder).as_posix(), path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.suffix != ".part"
    ]


def share_of(
    size: int, tell: Progress, *, start: float = _SNAPSHOT_SHARE, step: str = "writing"
) -> Callable[[int], None]:
    """Turns bytes dealt with into the share done of ``size``, from ``start`` on."""
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        tell(step, start + (1 - start) * done / max(size, 1))

    return told


def stamp(at: datetime) -> str:
    """A moment as part of a file's name."""
    return f"{at:%Y-%m-%d-%H%M%S}"


@contextmanager
def staging(home: Path) -> Iterator[Path]:
    """A folder beside the instance's data for its owner only, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=home) as folder:
        yield Path(folder)


def sweep(home: Path, *, at: datetime, age: timedelta = timedelta(days=2)) -> None:
    """Delete what a backup that was killed left behind."""
    limit = (at - age).timestamp()
    for left in [*home.glob(f"{_STAGING}*"), *(home / FOLDER).glob(f"*{ENDING}.part")]:
        if left.stat().st_mtime < limit:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
