"""The findings of a file as rows, ready to be compared with those known. Knows no database."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from protem.formats.records import Finding
from protem.formats.vulnerability import canonical
from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.keys import key_of

DETAILS: dict[str, Any] = {
    "severity": pl.Int64,
    "state": pl.String,
    "is_fixable": pl.Boolean,
    "found_at": INSTANT,
    "ended_at": INSTANT,
    "fix_available_on": pl.Date,
    "is_exploited": pl.Boolean,
    "owner": pl.String,
    "version": pl.String,
    "fixed_version": pl.String,
}
"""What may change of a finding from one look to the next, and begins a new sighting then."""
SHOWN: dict[str, Any] = {
    "scan": pl.Int64,
    "finding_id": pl.Int64,
    "record_id": pl.Int64,
    "particulars": pl.Int64,
    "vulnerability": pl.String,
    "component": pl.String,
    "location": pl.String,
    "title": pl.String,
    "url": pl.String,
    "found_by": pl.String,
    **DETAILS,
}
"""One row a finding: ``scan`` is the place of its scan in the file, ``particulars`` the
fingerprint of its details."""


def rows_of(
    findings: Iterable[tuple[int, int, Sequence[Finding]]], identity: Sequence[str]
) -> pl.DataFrame:
    """Findings as rows of ``SHOWN``.

    Args:
        findings: the place of a scan in its file, the record it looked at, what it showed.
        identity: the fields that make two findings of one target one, as the format has it;
            of a vulnerability's aliases the canonical one counts.
    """
    has_component, has_location = "component" in identity, "location" in identity
    rows = []
    for scan, record_id, shown in findings:
        record = str(record_id)
        for finding in shown:
            vulnerability = canonical(finding.vulnerability, finding.aliases)
            component = finding.component if has_component else ""
            location = finding.location if has_location else ""
            details = _details_of(finding)
            rows.append(
                (
                    scan,
                    key_of("finding", record, vulnerability, component, location),
                    record_id,
                    key_of(*map(str, details)),
                    vulnerability[:200],
                    component[:500],
                    location[:500],
                    finding.title[:300],
                    finding.url[:500],
                    finding.found_by[:16],
                    *details,
                )
            )
    return bulk.frame(rows, SHOWN)


def _details_of(finding: Finding) -> tuple[object, ...]:
    return (
        int(finding.severity),
        finding.state.value,
        finding.is_fixable,
        finding.found_at,
        finding.ended_at,
        finding.fix_available_on,
        finding.is_exploited,
        finding.owner[:200],
        finding.version[:200],
        finding.fixed_version[:200],
    )
