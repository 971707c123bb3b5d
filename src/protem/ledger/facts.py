"""The facts that measures are computed from: frames with agreed columns, loaded once.

Nothing here has been looked at from a moment yet: whoever measures passes ``as_of`` and
leaves out what came later. All instants are ``Datetime("us", "UTC")``; all ids ``Int64``.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from protem.ledger.definition import Definition

INSTANT = pl.Datetime("us", "UTC")

EPISODES: dict[str, Any] = {
    "finding_id": pl.Int64,
    "record_id": pl.Int64,
    "asset_id": pl.Int64,
    "asset_name": pl.String,
    "asset_kind": pl.String,
    "asset_group": pl.String,
    "owner": pl.String,
    "vulnerability": pl.String,
    "component": pl.String,
    "location": pl.String,
    "title": pl.String,
    "fixed_version": pl.String,
    "found_by": pl.String,
    "is_exploited": pl.Boolean,
    "exploited_at": INSTANT,
    "fix_available_on": pl.Date,
    "number": pl.Int16,
    "opened_at": INSTANT,
    "is_start_known": pl.Boolean,
    "last_seen_at": INSTANT,
    "first_absent_at": INSTANT,
    "closed_at": INSTANT,
    "ending": pl.String,
    "severity": pl.Int16,
    "critical_at": INSTANT,
    "critical_until": INSTANT,
    "reporters": pl.Int16,
    "scope_ids": pl.List(pl.Int64),
    "known_at": INSTANT,
    "superseded_at": INSTANT,
}
"""One row an episode that is critical at some time or known to be exploited: no metric looks at
others. ``closed_at`` null: not known to be over (``last_seen_at`` null: the newest scan still
shows it). ``ending`` is '' or null while open, else ``fixed``,
``accepted``, ``false_positive``, ``duplicate``, ``withdrawn``. ``asset_id`` may be null.
``critical_at`` is when it became critical (null: never), ``critical_until`` when it stopped
being so while open. ``is_exploited``: the tool or a catalogue says so; ``exploited_at`` is
the day a catalogue listed it, null where only the tool says so. Who looks from a moment
before ``known_at``, or not before ``superseded_at``, does not see the row (null: no bound);
decisions on findings set them."""

SCANS: dict[str, Any] = {
    "scope_id": pl.Int64,
    "tool": pl.String,
    "target": pl.String,
    "settings": pl.String,
    "record_id": pl.Int64,
    "at": INSTANT,
    "is_complete": pl.Boolean,
    "covered_from": INSTANT,
    "patch_proof": pl.String,
}
"""One row a scan or export. Targets of inventories and agent lists start ``inventory:``, of
patch logs ``log:``, of lists of patch states ``patches:``, of registers ``register:``, of
calendars ``calendar:``. A log's ``record_id`` is its host; ``covered_from`` is since when it
holds everything. ``patch_proof`` is what the tool can prove of patches, a ``PatchProof``;
null where it does not speak of them."""

RECORDS: dict[str, Any] = {
    "record_id": pl.Int64,
    "asset_id": pl.Int64,
    "source": pl.String,
    "external_id": pl.String,
    "role": pl.String,
    "kind": pl.String,
    "name": pl.String,
    "hostname": pl.String,
    "os_family": pl.String,
    "owner": pl.String,
    "group": pl.String,
    "is_company_owned": pl.Boolean,
    "is_ephemeral": pl.Boolean,
    "template": pl.String,
    "created_at": INSTANT,
}
"""One row a source's record of an asset; ``role`` is ``inventory``, ``agent`` or ``target``.
Several records share one ``asset_id`` when they are one machine."""

PRESENCES: dict[str, Any] = {
    "record_id": pl.Int64,
    "scope_id": pl.Int64,
    "first_at": INSTANT,
    "last_at": INSTANT,
    "state": pl.String,
    "silent_days": pl.Int16,
}
"""One row a run of exports that listed a record in one condition. As of T a record's row is
the one with ``first_at <= T`` and (``last_at`` null or ``>=`` the scope's newest export at or
before T). ``state``: for agents ``protecting``, ``reduced``, ``detect_only``, ``no_policy``,
``hidden``, ``decommissioned``, ``discovered``; for inventories ``running`` or ``stopped``.
``silent_days``: contact age at the export, rounded up to 1, 2, 7, 14, 30, 90 or 999; null
when the export does not say."""

PATCHES: dict[str, Any] = {
    "record_id": pl.Int64,
    "asset_id": pl.Int64,
    "patch": pl.String,
    "version": pl.String,
    "installed_at": INSTANT,
    "released_on": pl.Date,
    "is_release_inferred": pl.Boolean,
    "is_automatic": pl.Boolean,
    "is_reboot_pending": pl.Boolean,
    "known_at": INSTANT,
}
"""One row a patch installed; the same event may stand in several files."""

PATCH_STATES: dict[str, Any] = {
    "record_id": pl.Int64,
    "asset_id": pl.Int64,
    "scope_id": pl.Int64,
    "first_at": INSTANT,
    "last_at": INSTANT,
    "condition": pl.String,
    "missing": pl.Int32,
    "silent_days": pl.Int16,
}
"""One row a run of exports that found one machine in one state of patching; spans as in
``PRESENCES``. ``condition`` is a ``PatchCondition``; ``missing`` null where not counted;
``silent_days`` is the age of the finding at the export, rounded up as there."""

VERSIONS: dict[str, Any] = {
    "record_id": pl.Int64,
    "asset_id": pl.Int64,
    "scope_id": pl.Int64,
    "first_at": INSTANT,
    "last_at": INSTANT,
    "product": pl.String,
    "version": pl.String,
}
"""One row a run of exports that showed one product in one version on one machine."""

ASSETS: dict[str, Any] = {
    "asset_id": pl.Int64,
    "kind": pl.String,
    "name": pl.String,
    "os_family": pl.String,
    "owner": pl.String,
    "group": pl.String,
    "is_company_owned": pl.Boolean,
    "is_ephemeral": pl.Boolean,
    "template": pl.String,
    "created_at": INSTANT,
    "criticality": pl.String,
    "is_internet_exposed": pl.Boolean,
}
"""One row an asset; group, owner and criticality by people's rules, else as sources say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateFact:
    """One version of one certificate, as known from ``known_at`` on."""

    external_id: str
    framework: str
    level: str
    scope: str
    auditor: str
    stage: str
    is_required: bool
    period_start: date | None
    period_end: date | None
    issued_on: date | None
    expires_on: date | None
    bridge_until: date | None
    next_due_on: date | None
    opinion: str
    is_removed: bool
    known_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Everything the metrics may look at."""

    episodes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EPISODES))
    scans: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCANS))
    records: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RECORDS))
    presences: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PRESENCES))
    patches: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PATCHES))
    patch_states: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=PATCH_STATES)
    )
    versions: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=VERSIONS))
    assets: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ASSETS))
    certificates: list[CertificateFact] = field(default_factory=list)
    targets: dict[str, list[tuple[date, float]]] = field(default_factory=dict)
    """Per metric the targets set, as (since, value), oldest first."""
    definition: Definition = field(default_factory=Definition)
    """How to measure: deadlines, windows, what counts as a change."""
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What a metric works out once for all moments it is asked about, under its own name."""

    def only(self, asset_ids: Collection[int]) -> "Facts":
        """The facts about these assets, for a metric of one group: a cut.

        What is of no asset goes, but for looks at no asset in particular (an inventory lists
        all). Certificates and targets are of the company and stay. It costs a filter of each
        frame, so load the facts once and cut them as often as there are groups.
        """
        wanted = pl.Series(list(asset_ids), dtype=pl.Int64).implode()
        is_wanted = pl.col("asset_id").is_in(wanted)
        others = self.records.filter(~is_wanted.fill_null(value=False))["record_id"].implode()
        is_other = pl.col("record_id").is_in(others)
        return replace(
            self,
            episodes=self.episodes.filter(is_wanted),
            scans=self.scans.filter(~is_other.fill_null(value=False)),
            records=self.records.filter(is_wanted),
            presences=self.presences.filter(~is_other),
            patches=self.patches.filter(is_wanted),
            patch_states=self.patch_states.filter(is_wanted),
            versions=self.versions.filter(is_wanted),
            assets=self.assets.filter(is_wanted),
            memo={},
        )
