"""Making Django ready for a command, and checking that the instance is."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from protem.cli import output
from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from protem.backups.making import Instance


class NotReady(ProtemError):
    """The instance is not set up, or not for this version."""


def boot(home: Path | None = None) -> None:
    """Load settings and apps, for the instance in ``home`` when that is given."""
    if home is not None:
        os.environ["PROTEM_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protem.config.settings")
    import django

    django.setup()


def boot_ready(home: Path | None = None) -> None:
    """As ``boot``, and raise ``NotReady`` unless the database fits this version."""
    boot(home)
    refuse_half_upgraded()
    from protem.backups import state

    if state.pending():
        raise NotReady(
            "the database is not set up for this version of Protem",
            where=os.environ.get("PROTEM_HOME", ""),
            remedy="run: protem init",
        )


def refuse_half_upgraded() -> None:
    """Raise ``NotReady`` where an upgrade was begun and not finished."""
    from django.conf import settings

    from protem.backups.upgrading import unfinished

    if begun := unfinished(Path(settings.HOME)):
        raise NotReady(
            f"an upgrade to Protem {begun.version} was begun at"
            f" {begun.begun_at:%Y-%m-%d %H:%M} UTC and not finished",
            where=str(settings.HOME),
            remedy=begun.ways_out,
        )


def bring_forward() -> None:
    """Bring the database to this version; where there is data, after a backup."""
    from django.conf import settings

    from protem.backups import upgrading
    from protem.backups.making import no_progress
    from protem.kit import clock

    with output.progress_bar("Upgrading") as tell:
        upgrade = upgrading.bring_forward(
            instance(),
            at=clock.now(),
            passphrase=settings.BACKUP_PASSPHRASE,
            tell=tell or no_progress,
        )
    if upgrade:
        output.hint(f"Upgraded to Protem {upgrade.version}; before that: {upgrade.backup}")


def instance() -> "Instance":
    """The instance as backups know it; named by its company, else by its home."""
    from django.conf import settings

    from protem.backups.making import Instance

    home = Path(settings.HOME)
    return Instance(
        home=home, files=Path(settings.MEDIA_ROOT), name=_company() or home.resolve().name
    )


def _company() -> str:
    """The company's name, where the database can tell."""
    from django.db import DatabaseError

    from protem.people.queries import company_name

    try:
        return company_name()
    except DatabaseError:
        return ""
