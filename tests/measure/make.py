"""A small company in frames: plain functions with defaults, everything else by keyword."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from protem.ledger.facts import (
    ASSETS,
    EPISODES,
    PATCH_STATES,
    PATCHES,
    PRESENCES,
    RECORDS,
    SCANS,
    VERSIONS,
    CertificateFact,
    Facts,
)

AS_OF = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)


def ago(days: float, of: datetime = AS_OF) -> datetime:
    return of - timedelta(days=days)


def episode(
    finding: int, opened_days_ago: float, closed_days_ago: float | None = None, **given: Any
) -> dict[str, Any]:
    opened = ago(opened_days_ago)
    closed = None if closed_days_ago is None else ago(closed_days_ago)
    row = {
        "finding_id": finding,
        "record_id": 1,
        "asset_id": None,
        "asset_name": f"web-{finding}",
        "asset_kind": "server",
        "asset_group": "",
        "owner": "platform",
        "vulnerability": f"CVE-2026-{finding}",
        "component": "pkg:deb/openssl",
        "location": "",
        "title": "",
        "fixed_version": "",
        "found_by": "",
        "is_exploited": False,
        "fix_available_on": None,
        "number": 1,
        "opened_at": opened,
        "is_start_known": True,
        "last_seen_at": closed,
        "first_absent_at": closed,
        "closed_at": closed,
        "ending": "fixed" if closed else "",
        "severity": 5,
        "critical_at": opened,
        "critical_until": None,
        "reporters": 1,
        "scope_ids": [1],
    }
    return row | given


def scans(  # noqa: PLR0913 -- a scan's fields
          scope: int = 1, *, tool: str = "trivy", target: str = "repository:acme/web",
          settings: str = "", every: float = 7, first: float = 400, last: float = 0,
          partial: Sequence[float] = (), record: int | None = None, proof: str | None = None,
          covered: float | None = None) -> list[dict[str, Any]]:  # fmt: skip
    count = int((first - last) // every) + 1
    ages = [last + every * at for at in range(count)] + list(partial)
    return [
        {
            "scope_id": scope, "tool": tool, "target": target, "settings": settings,
            "record_id": scope if record is None else record, "at": ago(age), "count": 5,
            "is_trusted": True, "is_complete": age not in partial, "doubt": "", "run_id": 1,
            "covered_from": None if covered is None else ago(covered), "patch_proof": proof,
        }
        for age in ages
    ]  # fmt: skip


def asset(number: int, **given: Any) -> dict[str, Any]:
    row = {
        "asset_id": number, "kind": "laptop", "name": f"laptop-{number}", "os_family": "macos",
        "owner": "", "group": "engineering", "is_company_owned": True, "is_ephemeral": False,
        "template": "", "created_at": ago(1000),
    }  # fmt: skip
    return row | given


def record(number: int, asset_id: int, role: str, *, source: str = "jamf") -> dict[str, Any]:
    return {
        "record_id": number, "asset_id": asset_id, "source": source,
        "external_id": str(number), "role": role, "kind": "laptop", "name": "", "hostname": "",
        "os_family": "", "owner": "", "group": "", "is_company_owned": None,
        "is_ephemeral": False, "template": "", "created_at": None,
    }  # fmt: skip


def presence(record_id: int, scope: int, *, first: float = 400, last: float | None = None,
             state: str = "running", silent: int | None = 1) -> dict[str, Any]:  # fmt: skip
    return {
        "record_id": record_id, "scope_id": scope, "first_at": ago(first),
        "last_at": None if last is None else ago(last), "state": state, "silent_days": silent,
    }  # fmt: skip


def patch(  # noqa: PLR0913 -- an event's fields
          asset_id: int, installed: float, *, released: float | None = None,
          pending: bool = False, known: float | None = None, name: str = "KB1",
          inferred: bool = False) -> dict[str, Any]:  # fmt: skip
    return {
        "record_id": asset_id, "asset_id": asset_id, "patch": name, "version": "",
        "installed_at": ago(installed),
        "released_on": None if released is None else ago(released).date(),
        "is_release_inferred": inferred, "is_automatic": None, "is_reboot_pending": pending,
        "known_at": ago(installed if known is None else known),
    }  # fmt: skip


def patch_state(  # noqa: PLR0913 -- a run's fields
                record_id: int, scope: int, condition: str, *, first: float = 400,
                last: float | None = None, missing: int | None = None, silent: int | None = 1
                ) -> dict[str, Any]:  # fmt: skip
    return {
        "record_id": record_id, "asset_id": record_id, "scope_id": scope,
        "first_at": ago(first), "last_at": None if last is None else ago(last),
        "condition": condition, "missing": missing, "silent_days": silent,
    }  # fmt: skip


def version(record_id: int, scope: int, text: str, *, product: str = "macos",
            first: float = 400, last: float | None = None) -> dict[str, Any]:  # fmt: skip
    return {
        "record_id": record_id, "asset_id": record_id, "scope_id": scope,
        "first_at": ago(first), "last_at": None if last is None else ago(last),
        "product": product, "version": text,
    }  # fmt: skip


def certificate(name: str = "soc2-2025", **given: Any) -> CertificateFact:
    fields: dict[str, Any] = {
        "external_id": name, "framework": "SOC 2", "level": "Type II", "scope": "",
        "auditor": "", "stage": "issued", "is_required": True,
        "period_start": date(2025, 7, 1), "period_end": date(2026, 6, 30),
        "issued_on": date(2026, 7, 31), "expires_on": None, "bridge_until": None,
        "next_due_on": None, "opinion": "unqualified", "is_removed": False,
        "known_at": datetime(2026, 8, 1, tzinfo=UTC),
    }  # fmt: skip
    return CertificateFact(**(fields | given))


def facts(  # noqa: PLR0913 -- the frames
    *,
    episodes: Iterable[dict[str, Any]] = (),
    scan_rows: Iterable[dict[str, Any]] | None = None,
    assets: Iterable[dict[str, Any]] = (),
    records: Iterable[dict[str, Any]] = (),
    presences: Iterable[dict[str, Any]] = (),
    patches: Iterable[dict[str, Any]] = (),
    patch_states: Iterable[dict[str, Any]] = (),
    versions: Iterable[dict[str, Any]] = (),
    certificates: Iterable[CertificateFact] = (),
) -> Facts:
    return Facts(
        episodes=pl.DataFrame(list(episodes), schema=EPISODES),
        scans=pl.DataFrame(list(scans() if scan_rows is None else scan_rows), schema=SCANS),
        records=pl.DataFrame(list(records), schema=RECORDS),
        presences=pl.DataFrame(list(presences), schema=PRESENCES),
        patches=pl.DataFrame(list(patches), schema=PATCHES),
        patch_states=pl.DataFrame(list(patch_states), schema=PATCH_STATES),
        versions=pl.DataFrame(list(versions), schema=VERSIONS),
        assets=pl.DataFrame(list(assets), schema=ASSETS),
        certificates=list(certificates),
    )


def fleet(size: int, *, covered: int, was_covered: int | None = None) -> Facts:
    """``size`` laptops of Jamf (scope 10) of which Falcon (scope 11) shows the first ones."""
    before = covered if was_covered is None else was_covered
    agents = []
    for at in range(size):
        if at < before:
            agents.append(presence(1000 + at, 11, state="protecting",
                                   last=None if at < covered else 40))  # fmt: skip
        elif at < covered:
            agents.append(presence(1000 + at, 11, first=40, state="protecting"))
    return facts(
        scan_rows=[
            *scans(10, tool="jamf", target="inventory:acme"),
            *scans(11, tool="falcon", target="inventory:"),
        ],
        assets=[asset(at) for at in range(size)],
        records=[
            *(record(at, at, "inventory") for at in range(size)),
            *(record(1000 + at, at, "agent", source="falcon") for at in range(size)),
        ],
        presences=[*(presence(at, 10) for at in range(size)), *agents],
    )
