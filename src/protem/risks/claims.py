"""What the company says of vulnerabilities in its products: the content of a VEX document."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from protem.formats.advisories import Exploitability


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Product:
    """An asset as a VEX document names it."""

    purl: str
    name: str
    is_image: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One thing that is said; ``product`` or ``package`` may be missing, not both."""

    vulnerability: str
    status: Exploitability
    """``NOT_AFFECTED``, or ``AFFECTED`` where a risk is accepted."""
    product: Product | None
    package: str
    """A package as the ledger names it; empty where the whole product is meant."""
    version: str
    justification: str
    reason: str
    accepted_until: date | None
    stated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """All that is said, by whom and when."""

    author: str
    serial: UUID
    """The same for every document of one instance about the same part of the company."""
    made_at: datetime
    said: list[Claim]
    left_out: int
    """False positives that hold for only some places of a package in a product, or for a part
    that has no package URL: no VEX document can say so, and saying more would be wrong."""
