"""What files say of vulnerabilities wherever they are: VEX, exceptions, KEV and EPSS."""

from datetime import date, datetime
from enum import StrEnum

from protem.formats.records import FindingState, Record, Severity


class Exploitability(StrEnum):
    """What a VEX document says of a vulnerability in a product."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


class Statement(Record, frozen=True, kw_only=True):
    """One statement of a VEX document about one vulnerability in one place."""

    vulnerability: str
    status: Exploitability
    product: str = ""
    """The asset it is about, by name; empty where it is about a package wherever it is."""
    component: str = ""
    """A package URL without version and qualifiers; empty where the whole product is meant."""
    version: str = ""
    justification: str = ""
    detail: str = ""
    author: str = ""
    stated_at: datetime | None = None


class FindingDecision(Record, frozen=True, kw_only=True):
    """One line of a register of exceptions: findings whose risk is accepted, or that are none.

    All filled fields of what it is about must match; one of them is filled.
    """

    external_id: str
    kind: FindingState
    """``ACCEPTED`` or ``FALSE_POSITIVE``."""
    vulnerability: str = ""
    component: str = ""
    asset: str = ""
    asset_group: str = ""
    severity_at_most: Severity | None = None
    reason: str
    approver: str = ""
    ticket: str = ""
    decided_at: datetime | None = None
    expires_on: date | None = None


class KnownExploited(Record, frozen=True, kw_only=True):
    """One entry of a catalogue of vulnerabilities that are known to be exploited."""

    vulnerability: str
    added_on: date
    due_on: date | None = None
    name: str = ""
    is_ransomware: bool | None = None


class ExploitScore(Record, frozen=True, kw_only=True):
    """How likely a vulnerability is to be exploited within 30 days, by EPSS."""

    vulnerability: str
    probability: float
    percentile: float
    """The share of all scored vulnerabilities that are no likelier; 0 to 1."""
