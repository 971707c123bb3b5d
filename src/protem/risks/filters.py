"""What a list of findings can be cut by, as it stands in the page's address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from protem.formats.records import Severity


class State(StrEnum):
    """Which findings a list shows."""

    OPEN = "open"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false-positive"
    DUPLICATE = "duplicate"
    CLOSED = "closed"


class Order(StrEnum):
    """In which order; those that are closed come last closed first."""

    GRAVEST = "gravest"
    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Overdue:
    """What is past its deadline, as moments before which it must have begun.

    ``exposed`` is that of criticals on assets exposed to the internet; ``listed`` are the
    vulnerabilities that were listed as exploited before ``exploited``.
    """

    before: Mapping[Severity, datetime]
    exposed: datetime
    exploited: datetime | None
    listed: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """All filled fields must match."""

    state: State = State.OPEN
    severity: Severity | None = None
    asset: str = ""
    group: str = ""
    owner: str = ""
    source: str = ""
    vulnerability: str = ""
    component: str = ""
    fixed_version: str = ""
    is_exploited: bool = False
    overdue: Overdue | None = None
    order: Order = Order.GRAVEST
