"""What ``protem doctor`` looks at."""

import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

LEAST_FREE = 1 << 30
STALE_FACTOR = 3
STALE_DAYS = 14
OLDEST_BACKUP = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    is_good: bool
    finding: str
    remedy: str = ""


def checks() -> list[Check]:
    """Everything looked at, the ground first."""
    database = _database()
    if not database.is_good:
        return [_home(), database]
    return [_home(), database, _owner(), _files(), _backups(), *_sources()]


def _home() -> Check:
    from django.conf import settings

    free = shutil.disk_usage(settings.HOME).free
    return Check(
        name="home",
        is_good=free > LEAST_FREE and os.access(settings.HOME, os.W_OK),
        finding=f"{settings.HOME}, {free / 1e9:.0f} GB free",
        remedy="free some disk, or move PROTEM_HOME",
    )


def _database() -> Check:
    from django.db import connection

    from protem.backups import state

    pending = state.pending()
    version = f"{connection.vendor} {'.'.join(map(str, _version()))}"
    return Check(
        name="database",
        is_good=not pending,
        finding=f"{version}, {len(pending)} migrations to apply" if pending else version,
        remedy="run: protem init",
    )


def _version() -> tuple[int, ...]:
    from django.db import connection

    return connection.get_database_version()


def _owner() -> Check:
    from protem.people.queries import first_owner

    owner = first_owner()
    return Check(
        name="owner",
        is_good=owner is not None,
        finding=owner.email if owner else "nobody can sign in",
        remedy="run: protem init --email you@company.example",
    )


def _files() -> Check:
    """Every import's file is where it should be, with the content it had."""
    from protem.sources.queries import stored_files
    from protem.sources.services import hash_of

    missing, changed, count = [], [], 0
    for path, digest in stored_files():
        count += 1
        if not path.exists():
            missing.append(path)
        elif hash_of(path) != digest:
            changed.append(path)
    wrong = len(missing) + len(changed)
    finding = f"{len(missing)} missing, {len(changed)} altered of {count:,}" if wrong else ""
    return Check(
        name="files",
        is_good=not wrong,
        finding=finding or f"{count:,} kept files are as they came",
        remedy="restore them from a backup: "
        + ", ".join(_short(p) for p in (missing + changed)[:3]),
    )


def _backups() -> Check:
    """There is a recent one in the home, unless they are made in another way."""
    from django.conf import settings

    from protem.backups.nightly import newest
    from protem.kit import clock
    from protem.people.queries import first_owner

    owner, made_at = first_owner(), newest(settings.HOME)
    since = made_at or (owner.created_at if owner else clock.now())
    age = clock.now() - since
    is_on = bool(settings.BACKUP_KEEP)
    if made_at is None:
        finding = "none yet" if is_on else "none here; nightly ones are off"
    else:
        finding = f"newest {_age(age)} old"
    return Check(
        name="backups",
        is_good=age <= OLDEST_BACKUP or not is_on,
        finding=finding,
        remedy="let protem serve or protem worker run, or run: protem backup FILE",
    )


def _age(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    return f"{age.days} days" if age.days > 1 else f"{hours} hours"


def _sources() -> list[Check]:
    from protem.kit import clock
    from protem.measure.kept.queries import freshness

    now = clock.now()
    found = []
    for one in freshness():
        age = (now - one.newest_at).days
        limit = max(STALE_DAYS, STALE_FACTOR * (one.usual_days or 0))
        found.append(
            Check(
                name=one.tool,
                is_good=age <= limit,
                finding=f"newest report {age} days old",
                remedy=f"import a newer report of {one.tool}",
            )
        )
    return found


def _short(path: Path) -> str:
    return path.name[:12]
