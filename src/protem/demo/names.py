"""Invented people, customers and the names of things."""

from itertools import pairwise

import numpy as np

CTO = "dana.whitlock@tidemark.example"
VP_ENGINEERING = "marcus.oyelaran@tidemark.example"
SECURITY_CHAMPION = "priya.raman@tidemark.example"
ENGINEERS = (
    SECURITY_CHAMPION,
    "tomas.lindqvist@tidemark.example",
    "wen.castellano@tidemark.example",
    "jonah.adeyemi@tidemark.example",
    "sofia.brandt@tidemark.example",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "ada ben cleo dev elif finn gia hugo ines jude kira liam mona nils orla pavel quinn rosa "
    "seth tara umar vera wes xena yara zane amir bea carl dora"
)
LAST = _words(
    "abbot baker castro duarte engel farrow grieg holm ibsen joshi keller lund moreau novak "
    "okafor petrov quist rossi silva tanaka ueda varga weiss young zhou"
)

REPOSITORIES = _words(
    "web-app api-gateway billing payments-api ledger-service auth-service notifications "
    "reporting search-indexer data-pipeline etl-jobs mobile-app admin-console design-system "
    "infra-live terraform-modules helm-charts ci-actions sdk-python sdk-js sdk-java docs-site "
    "marketing-site support-tools feature-flags audit-log file-store export-service "
    "import-service scheduler webhooks rate-limiter partner-portal onboarding pricing "
    "analytics-dash ml-scoring fraud-rules identity-sync status-page"
)
IMAGES = _words(
    "api-gateway billing payments-api ledger-service auth-service notifications reporting "
    "search-indexer data-pipeline admin-console webhooks ml-scoring"
)
CUSTOMERS = (
    "Harborline Bank",
    "Fernwood Clinics",
    "Brightloom Retail",
    "Castell Insurance",
    "Novaterra Energy",
    "Pinecrest Schools",
    "Quillon Legal",
    "Sablefield Logistics",
    "Truewater Utilities",
    "Umbra Media",
    "Velden Pharma",
    "Westmark Foods",
    "Yarrow Robotics",
    "Zephyr Air",
    "Ostrander Freight",
    "Larkspur Hotels",
    "Ironbridge Capital",
    "Juniper Bay Health",
)
MERIDIAN = "Meridian Health"

_BASE32 = np.array(list("23456789cfghjmpqrvwx"))
_HEX = np.array(list("0123456789abcdef"))
_SERIAL = np.array(list("CDFGHJKLMNPQRTVWXY0123456789"))


def hexadecimal(rng: np.random.Generator, length: int) -> str:
    """So many random hexadecimal digits."""
    return "".join(rng.choice(_HEX, length))


def guid(rng: np.random.Generator) -> str:
    """A random identifier in the form 8-4-4-4-12."""
    digits = hexadecimal(rng, 32)
    cuts = (0, 8, 12, 16, 20, 32)
    return "-".join(digits[a:b] for a, b in pairwise(cuts))


def ghsa(rng: np.random.Generator) -> str:
    """An identifier in the form of GitHub's advisories."""
    text = "".join(rng.choice(_BASE32, 12))
    return f"GHSA-{text[:4]}-{text[4:8]}-{text[8:]}"


def serial(rng: np.random.Generator, length: int) -> str:
    """A hardware serial number."""
    return "".join(rng.choice(_SERIAL, length))


def mac_address(rng: np.random.Generator, prefix: str) -> str:
    """A universally administered MAC address with a vendor's prefix, colon form."""
    digits = hexadecimal(rng, 6).upper()
    return f"{prefix}:{digits[:2]}:{digits[2:4]}:{digits[4:]}"
