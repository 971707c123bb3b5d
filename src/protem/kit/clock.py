"""The only place that asks what time it is; everything else takes ``as_of``."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(tz=UTC)
