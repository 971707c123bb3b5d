"""A ledger with a handful of findings, and somebody who may decide on them."""

import pytest
from tests.ledger import make

from protem.ledger.models import Finding
from protem.people.access import OPERATOR, Actor


@pytest.fixture
def owner() -> Actor:
    return OPERATOR


@pytest.fixture
def scanned(db: None) -> dict[str, int]:  # noqa: ARG001 - opens the database
    """Four findings on the web repository in weekly scans; their ids by vulnerability."""
    for week in (0, 7, 14):
        make.weekly(week, "CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003", "CVE-2026-0004")
    return dict(Finding.objects.values_list("vulnerability", "pk"))
