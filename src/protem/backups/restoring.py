"""Restoring a backup: verified and made ready aside, then put in place in one step.

What takes time or can fail happens in a staging folder (and, on PostgreSQL, in a schema of its
own): reading every byte, rebuilding the database, bringing it forward to this version. Kept
files are then added, which harms nothing as they are named by content. The database is
replaced last. What was there before is a backup itself by then, and is the way back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection

from protem.backups import loading, standin, state
from protem.backups.archive import DATABASE, FILES, Archive, Contents, open_archive
from protem.backups.making import (
    Instance,
    Progress,
    make_checked_backup,
    no_progress,
    share_of,
    staging,
    stamp,
)
from protem.backups.replacing import new_schema, replace_postgresql, replace_sqlite

Confirm = Callable[[Contents], None]
"""Asked before data is replaced; raises ``Unconfirmed`` where it is not to be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What came of a restoration."""

    contents: Contents
    previous: Path | None
    """A backup of what was replaced; None where there was nothing."""


def restore(  # noqa: PLR0913 - what, where to, and the two ways of asking back
    path: Path,
    instance: Instance,
    *,
    at: datetime,
    confirm: Confirm,
    passphrase: str = "",
    previous_passphrase: str = "",
    tell: Progress = no_progress,
) -> Restored:
    """Make the instance what it was when the backup at ``path`` was made.

    Raises:
        BackupError: It is no backup, is damaged, made by a newer version, or does not fit;
            then nothing was changed.
        Unconfirmed: There is data in the way.
    """
    with open_archive(path, passphrase) as archive, staging(instance.home) as folder:
        tell("verifying", 0.0)
        archive.verify(share_of(2 * archive.manifest.size, tell, start=0.0, step="verifying"))
        contents = archive.manifest.contents
        state.refuse_unknown(contents.migrations, where=str(path))
        is_replacing = state.holds_data()
        if is_replacing:
            confirm(contents)
        tell("unpacking", 0.5)
        archive.extract(DATABASE, folder / DATABASE)
        _unpack_files(archive, folder)
        tell("database", 0.7)
        keep = _Keeper(instance, at, previous_passphrase) if is_replacing else None
        _place(contents, folder, lambda: _finish(archive, folder, instance, keep))
    return Restored(contents=contents, previous=keep.path if keep else None)


class _Keeper:
    """Makes a backup of what is about to be replaced."""

    def __init__(self, instance: Instance, at: datetime, passphrase: str) -> None:
        self.path = instance.new_backup(f"before-restore-{stamp(at)}")
        self._instance, self._at, self._passphrase = instance, at, passphrase

    def keep(self) -> None:
        make_checked_backup(self._instance, self.path, at=self._at, passphrase=self._passphrase)


def _place(contents: Contents, folder: Path, before: Callable[[], None]) -> None:
    """Make the new database ready, then, after ``before``, put it in place."""
    snapshot = folder / DATABASE
    if connection.vendor == "sqlite":
        ready = _ready_file(contents, snapshot)
        before()
        replace_sqlite(ready)
        return
    with new_schema() as schema:
        with standin.schema(schema):
            _rebuild(contents, snapshot)
            tables = state.tables()
        before()
        replace_postgresql(schema, tables)


def _ready_file(contents: Contents, snapshot: Path) -> Path:
    """An SQLite database of this version with what is in the snapshot."""
    if contents.vendor == "sqlite":
        with standin.sqlite_file(snapshot):
            standin.migrate_forward()
        return snapshot
    ready = snapshot.with_name("ready.sqlite3")
    with standin.sqlite_file(ready):
        _rebuild(contents, snapshot)
    return ready


def _rebuild(contents: Contents, snapshot: Path) -> None:
    standin.migrate_to(contents.migrations)
    loading.load(snapshot)
    standin.migrate_forward()


def _unpack_files(archive: Archive, folder: Path) -> None:
    for member in archive.files():
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        archive.extract(member.name, path)


def _finish(archive: Archive, folder: Path, instance: Instance, keep: _Keeper | None) -> None:
    """The last steps before the database's: what was there is kept, files are added."""
    if keep:
        keep.keep()
    for member in archive.files():
        target = instance.files / member.name.removeprefix(FILES)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / member.name).replace(target)
