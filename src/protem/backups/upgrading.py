"""Bringing an instance with data to this version, with a way back.

A backup comes first. While migrations run a mark lies in the home; it is taken away when all
are applied. Where it still lies, an upgrade was cut short: the database may be of neither
version, and nothing but finishing or going back may touch it.
"""

from datetime import datetime
from pathlib import Path

import msgspec

from protem import __version__
from protem.backups import standin, state
from protem.backups.errors import UpgradeFailed
from protem.backups.making import (
    Instance,
    Progress,
    make_checked_backup,
    no_progress,
    stamp,
)

MARK = "upgrade.json"
VERSION = "version"


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """An upgrade that was begun."""

    before: str
    """The version that last ran the instance; empty where it left no note of itself."""
    version: str
    backup: str
    begun_at: datetime

    @property
    def ways_out(self) -> str:
        """How to finish it, and how to go back."""
        old = f"Protem {self.before}" if self.before else "the version you had"
        return (
            "to finish it, run: protem init"
            f" — to go back, install {old} and run: protem restore {self.backup}"
        )


def unfinished(home: Path) -> Upgrade | None:
    """The upgrade that was begun here and not finished; it may be going on just now."""
    mark = home / MARK
    return msgspec.json.decode(mark.read_bytes(), type=Upgrade) if mark.exists() else None


def bring_forward(
    instance: Instance,
    *,
    at: datetime,
    passphrase: str = "",
    tell: Progress = no_progress,
) -> Upgrade | None:
    """Apply what is pending; where there is data, after a backup, which is then named.

    Finishes an upgrade that was cut short.

    Raises:
        UpgradeFailed: A migration failed or was interrupted; says both ways out.
    """
    begun = unfinished(instance.home)
    if begun is None and state.pending() and state.holds_data():
        begun = _begin(instance, at, passphrase, tell)
    tell("migrating", 1.0)
    try:
        standin.migrate_forward()
    except (Exception, KeyboardInterrupt) as error:
        if begun is None:
            raise
        told = (str(error) or type(error).__name__).splitlines()[0]
        raise UpgradeFailed(
            f"the upgrade to {begun.version} was not finished: {told}", remedy=begun.ways_out
        ) from error
    settle(instance.home)
    return begun


def settle(home: Path) -> None:
    """Note that the database is whole and of this version."""
    (home / MARK).unlink(missing_ok=True)
    (home / VERSION).write_text(f"{__version__}\n")


def _begin(instance: Instance, at: datetime, passphrase: str, tell: Progress) -> Upgrade:
    backup = instance.new_backup(f"before-{__version__}-{stamp(at)}")
    make_checked_backup(instance, backup, at=at, passphrase=passphrase, tell=tell)
    note = instance.home / VERSION
    upgrade = Upgrade(
        before=note.read_text().strip() if note.exists() else "",
        version=__version__,
        backup=str(backup),
        begun_at=at,
    )
    with (instance.home / MARK).open("xb") as mark:
        mark.write(msgspec.json.encode(upgrade))
    return upgrade
