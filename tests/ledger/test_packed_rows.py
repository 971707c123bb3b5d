"""Rows that were packed read as those that were not, whatever came and went since."""

import pytest
from polars.testing import assert_frame_equal
from tests.ledger.make import WEB, bring, day, findings, scan

from protem.formats.records import Patch, Record
from protem.ledger import services
from protem.ledger.frames.queries import load_facts
from protem.ledger.packed.models import PackedRows
from protem.ledger.packed.services import pack_rows
from protem.people.access import OPERATOR
from protem.sources.models import ImportRun

pytestmark = pytest.mark.django_db
API = "repository:acme/api"
BOTH = ["ledger_scan", "ledger_patchevent"]


def looks(first: int, last: int) -> list[ImportRun]:
    """A scan of two repositories every day, with a patch log of one machine beside it."""
    runs = []
    for on in range(first, last):
        patch = Patch(hostname="web-1", patch="openssl", installed_at=day(on))
        log: list[Record] = [scan(on, "log:web-1", tool="dpkg-log"), patch]
        runs += [
            bring(scan(on, target), findings("CVE-1", target=target))[0]
            for target in (WEB, API)
        ]
        runs.append(bring(log)[0])
    return runs


def check() -> None:
    """The frames are the same without what is packed."""
    found = load_facts()
    PackedRows.objects.all().delete()
    plain = load_facts()
    assert plain.scans.height > 0
    assert plain.patches.height > 0
    assert_frame_equal(found.scans, plain.scans)
    assert_frame_equal(found.patches, plain.patches, check_row_order=False)


def test_packed_rows_are_those_that_were_packed() -> None:
    looks(0, 4)
    assert pack_rows(fewest=1) == BOTH
    assert pack_rows(fewest=1) == []
    check()


def test_what_came_later_stands_among_them_in_order() -> None:
    looks(3, 6)
    pack_rows(fewest=1)
    looks(0, 3)
    looks(6, 7)
    check()


def test_what_was_taken_out_is_gone_though_as_much_came_since() -> None:
    runs = looks(0, 3)
    pack_rows(fewest=1)
    for run in runs[:3]:
        services.revert_import(by=OPERATOR, run=run)
    looks(5, 6)
    check()


def test_they_are_packed_anew_when_many_came_or_some_went() -> None:
    runs = looks(0, 3)
    pack_rows(fewest=1)
    looks(3, 4)
    assert pack_rows(fewest=1) == BOTH
    services.revert_import(by=OPERATOR, run=runs[0])
    assert pack_rows(fewest=1) == BOTH[:1]
    check()


def test_few_rows_are_not_packed() -> None:
    looks(0, 2)
    pack_rows(fewest=1)
    assert pack_rows(fewest=100) == []
    assert not PackedRows.objects.exists()
    check()
