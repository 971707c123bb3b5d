"""Reading settings from the environment, with errors that name the variable."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import platformdirs

from protem.kit.errors import ProtemError

HOME_VARIABLE = "PROTEM_HOME"


class BadSetting(ProtemError):
    """An environment variable that cannot be used."""


def home() -> Path:
    """The folder of the instance's state; made if it is not there."""
    given = os.environ.get(HOME_VARIABLE)
    folder = (
        Path(given) if given else Path(platformdirs.user_data_dir("protem", appauthor=False))
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def text(name: str) -> str:
    """A variable as it is, without blanks around it; empty by default."""
    return os.environ.get(name, "").strip()


def flag(name: str, *, default: bool = False) -> bool:
    """A yes-or-no variable."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise BadSetting(f"“{raw}” is neither yes nor no", where=name, remedy="use 1 or 0")


def number(name: str, default: int) -> int:
    """A whole number, zero or more."""
    raw = text(name)
    if raw and not raw.isdecimal():
        raise BadSetting(f"“{raw}” is not a whole number", where=name, remedy="use 0, 1, 2…")
    return int(raw) if raw else default


def names(name: str, default: list[str]) -> list[str]:
    """A comma-separated variable."""
    raw = os.environ.get(name)
    return default if raw is None else [part.strip() for part in raw.split(",") if part.strip()]


def secret_key(folder: Path) -> str:
    """``PROTEM_SECRET_KEY``, else one made once and kept, readable by its owner only."""
    if given := os.environ.get("PROTEM_SECRET_KEY"):
        return given
    file = folder / "secret.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(64))
    return file.read_text().strip()


def database(folder: Path) -> dict[str, Any]:
    """Django's ``DATABASES["default"]`` from ``DATABASE_URL``, else SQLite in the home."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return _sqlite(folder / "protem.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)))
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
            "CONN_MAX_AGE": 60,
        }
    raise BadSetting(
        f"“{parts.scheme}” is not a database Protem runs on",
        where="DATABASE_URL",
        remedy="use postgresql://user:password@host:5432/name or sqlite:////path/to/file",
    )


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-131072; PRAGMA temp_store=MEMORY;"
            ),
        },
    }
