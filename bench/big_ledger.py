"""A ledger of any size, written straight into the tables: what to measure speed on.

Two years of a company's facts, as imports would have left them: weekly scans of every server,
image and repository, findings with their sightings and episodes, weekly inventories and agent
lists, patch logs. The numbers follow from ``episodes``: 20,000 assets to the million, 50,000
at most. The same size and seed give the same ledger.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

WEEKS = 104
NEWEST = datetime(2026, 11, 22, 6, tzinfo=UTC)
OLDEST = NEWEST - timedelta(weeks=WEEKS - 1)
ASSETS_PER_EPISODE = 0.02
MOST_ASSETS = 50_000
INSTANCES_PER_FLAW = 40
CRITICAL, EXPLOITED, OPEN_BEFORE = 0.08, 0.01, 0.05
SHARES = {"laptop": 0.3, "server": 0.45, "image": 0.2, "repository": 0.05}
SCANNERS = {"server": "nessus", "image": "trivy", "repository": "github-dependabot"}
GROUPS = 60
WEEK = timedelta(weeks=1) // timedelta(microseconds=1)
DAY = timedelta(days=1) // timedelta(microseconds=1)
START = (OLDEST - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
MIXER = 0x9E3779B97F4A7C15 >> 1 | 1

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """The assets, shape (assets,), and where each kind's begin."""

    ids: Ints
    kind: list[str]
    group: list[str]
    os_family: list[str]

    def of(self, *kinds: str) -> Ints:
        """The places of the assets of these kinds."""
        return np.flatnonzero(np.isin(np.array(self.kind), kinds))


def write(episodes: int, *, seed: int = 7) -> None:
    """Fill an empty, migrated database."""
    from django.db import transaction

    from protem.ledger.assets.services import note_exports

    rng = np.random.default_rng(seed)
    fleet = _fleet(min(MOST_ASSETS, max(50, round(episodes * ASSETS_PER_EPISODE))))
    with transaction.atomic():
        _runs()
        _assets(fleet)
        _inventories(fleet, rng)
        scanned = _scans(fleet)
        _findings(fleet, scanned, rng, episodes=episodes)
        _patches(fleet, rng)
        note_exports()


def hashed(numbers: Ints, salt: int) -> Ints:
    """Numbers as different ones that lie all over the place, as the ids of facts do."""
    spread = (numbers.astype(np.uint64) + np.uint64(salt << 40)) * np.uint64(MIXER)
    return (spread >> np.uint64(2)).astype(np.int64)


def _instants(micros: npt.ArrayLike, known: npt.ArrayLike | None = None) -> pl.Series:
    """Microseconds since 1970 as instants, null where ``known`` is false."""
    column = pl.Series(np.asarray(micros, dtype=np.int64))
    if known is not None:
        column = pl.select(pl.when(pl.Series(np.asarray(known))).then(column)).to_series()
    return column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _fleet(size: int) -> Fleet:
    counts = {kind: round(share * size) for kind, share in SHARES.items()}
    kind = [name for name, count in counts.items() for _ in range(count)]
    systems = {"laptop": ("macos", "windows"), "server": ("linux", "windows")}
    return Fleet(
        ids=hashed(np.arange(len(kind)), 1),
        kind=kind,
        group=[f"team-{at % GROUPS:02}" for at in range(len(kind))],
        os_family=[systems.get(name, ("",))[at % len(systems.get(name, ("",)))]
                   for at, name in enumerate(kind)],
    )  # fmt: skip


def _runs() -> None:
    """One import a week for each tool."""
    from protem.sources.models import ImportRun, RunState

    tools = (*SCANNERS.values(), "intune", "crowdstrike-falcon", "dpkg-log")
    ImportRun.objects.bulk_create(
        ImportRun(
            name=f"{tool}-{week}.json",
            content_hash=f"{tool}-{week}",
            size=1_000_000,
            format=tool,
            state=RunState.DONE,
            file_modified_at=OLDEST + timedelta(weeks=week),
            arrived_at=OLDEST + timedelta(weeks=week),
            finished_at=OLDEST + timedelta(weeks=week),
            as_of=OLDEST + timedelta(weeks=week),
            touched_on=(OLDEST + timedelta(weeks=week)).date(),
            read=10_000,
            unchanged=9_900,
            new=100,
            seconds=4.0,
        )
        for week in range(WEEKS)
        for tool in tools
    )


def _assets(fleet: Fleet) -> None:
    from protem.ledger import bulk
    from protem.ledger.models import Asset, AssetRecord

    size = len(fleet.kind)
    names = [f"{kind}-{at:05}" for at, kind in enumerate(fleet.kind)]
    common = {
        "kind": fleet.kind,
        "name": names,
        "os_family": fleet.os_family,
        "owner": [""] * size,
        "group": fleet.group,
        "is_company_owned": [True] * size,
        "is_ephemeral": [False] * size,
        "template": [""] * size,
        "created_at": _instants(np.full(size, START - 90 * DAY)),
        "tags": [f'["team={group}"]' for group in fleet.group],
    }
    labels = {
        "criticality": ["normal"] * size,
        "is_owner_ruled": [False] * size,
        "stated_owner": [""] * size,
        "stated_group": fleet.group,
        "is_in_use": [False] * size,
        "agent": [""] * size,
    }
    bulk.insert(Asset, pl.DataFrame({"id": fleet.ids, **common, **labels}).sort("id"))
    machines = np.isin(np.array(fleet.kind), ("laptop", "server"))
    roles = (
        ("intune", "inventory", 2, machines),
        ("crowdstrike-falcon", "agent", 3, machines),
        ("nessus", "target", 4, np.array(fleet.kind) != "laptop"),
    )
    for source, role, salt, wanted in roles:
        frame = pl.DataFrame(
            {
                "id": hashed(np.arange(size), salt),
                "source": [source] * size,
                "external_id": names,
                "role": [role] * size,
                "asset_id": fleet.ids,
                **common,
                "hostname": names,
                "serial": [f"SN{at:08}" for at in range(size)],
                "cloud_id": [""] * size,
                "device_id": [""] * size,
                "macs": ["[]"] * size,
                "described_at": _instants(np.full(size, START)),
                "is_superseded": [False] * size,
            }
        )
        bulk.insert(AssetRecord, frame.filter(pl.Series(wanted)).sort("id"))


def _weekly_scans(scopes: Ints, count: Ints, first_run: int) -> pl.DataFrame:
    size = scopes.size * WEEKS
    week = np.tile(np.arange(WEEKS), scopes.size)
    return pl.DataFrame(
        {
            "scope_id": np.repeat(scopes, WEEKS),
            "at": _instants(START + week * WEEK),
            "run_id": first_run + week * 6,
            "count": np.repeat(count, WEEKS),
            "is_complete": [True] * size,
            "proves_absence": [True] * size,
            "has_scope_evidence": [True] * size,
            "shows_unfixed": [True] * size,
            "problem": [""] * size,
            "is_confirmed": [False] * size,
            "is_trusted": [True] * size,
            "doubt": [""] * size,
            "asks_for_confirmation": [False] * size,
        }
    )


def _scope(ids: Ints, tool: str, targets: list[str], records: Ints | None) -> None:
    from protem.ledger import bulk
    from protem.ledger.models import Scope

    frame = pl.DataFrame(
        {
            "id": ids,
            "tool": [tool] * ids.size,
            "target": targets,
            "settings": [""] * ids.size,
            "record_id": records if records is not None else [None] * ids.size,
        },
        schema_overrides={"record_id": pl.Int64},
    )
    bulk.insert(Scope, frame.sort("id"))


def _scans(fleet: Fleet) -> Ints:
    """Weekly scans of all but laptops; returns each asset's scope, 0 where it has none."""
    from protem.ledger import bulk
    from protem.ledger.models import Scan
    from protem.sources.models import ImportRun

    scopes, records = np.zeros(fleet.ids.size, np.int64), hashed(np.arange(fleet.ids.size), 4)
    first = ImportRun.objects.order_by("id").values_list("id", flat=True)[0]
    for number, (kind, tool) in enumerate(SCANNERS.items()):
        places = fleet.of(kind)
        scopes[places] = hashed(places, 5)
        _scope(scopes[places], tool, [f"{kind}:{at:05}" for at in places], records[places])
        bulk.insert(
            Scan,
            _weekly_scans(np.sort(scopes[places]), np.full(places.size, 40), first + number),
        )
    return scopes


def _inventories(fleet: Fleet, rng: np.random.Generator) -> None:
    """Weekly lists of device management and of agents; an agent is silent now and then."""
    from protem.ledger import bulk
    from protem.ledger.models import Presence, Scan
    from protem.sources.models import ImportRun

    first = ImportRun.objects.order_by("id").values_list("id", flat=True)[0]
    machines = fleet.of("laptop", "server")
    for number, (tool, salt, runs) in enumerate(
        (("intune", 2, 4), ("crowdstrike-falcon", 3, 12))
    ):
        scope = hashed(np.array([number]), 6)
        _scope(scope, tool, ["inventory:acme"], None)
        bulk.insert(Scan, _weekly_scans(scope, np.array([machines.size]), first + 3 + number))
        starts = np.sort(rng.integers(0, WEEKS, (machines.size, runs)), axis=1, kind="stable")
        starts[:, 0] = 0
        ends = np.concatenate((starts[:, 1:], np.full((machines.size, 1), WEEKS)), axis=1)
        keep = (ends > starts).ravel()
        is_last = (ends == WEEKS).ravel()[keep]
        agent = tool != "intune"
        size = int(keep.sum())
        silent = rng.choice([1, 2, 7, 14], size, p=[0.8, 0.1, 0.07, 0.03])
        frame = pl.DataFrame(
            {
                "record_id": np.repeat(hashed(machines, salt), runs)[keep],
                "scope_id": np.full(size, scope[0]),
                "first_at": _instants(START + starts.ravel()[keep] * WEEK),
                "last_at": _instants(START + (ends.ravel()[keep] - 1) * WEEK, ~is_last),
                "state": rng.choice(["protecting", "reduced"], size, p=[0.97, 0.03])
                if agent else np.full(size, "running"),
                "silent_days": silent,
            }
        )  # fmt: skip
        bulk.insert(Presence, frame)


def _findings(fleet: Fleet, scopes: Ints, rng: np.random.Generator, *, episodes: int) -> None:
    """Findings with a sighting and an episode each; a twentieth has a second episode."""
    from protem.ledger import bulk
    from protem.ledger.models import Episode, Finding, Sighting

    findings = round(episodes / 1.05)
    flaws = max(20, findings // INSTANCES_PER_FLAW)
    asset = rng.choice(fleet.of(*SCANNERS), findings)
    flaw = rng.integers(0, flaws, findings)
    is_exploited = rng.random(flaws) < EXPLOITED
    severity = np.where(rng.random(flaws) < CRITICAL, 5, rng.integers(1, 5, flaws))
    published = rng.integers(-30, WEEKS * 7, flaws)
    opened = published[flaw] + rng.exponential(10, findings)
    is_known = opened > 0
    lasted = rng.lognormal(3.2, 1.1, findings)
    first = np.minimum(np.maximum(np.ceil(opened / 7), 0), WEEKS - 1).astype(np.int64)
    last = first + (lasted // 7).astype(np.int64)
    is_open = last >= WEEKS - 1
    ids = hashed(np.arange(findings), 7)
    names = np.array([f"CVE-2025-{at:06}" for at in range(flaws)])
    packages = np.array([f"pkg:deb/debian/package-{at % 5000}" for at in range(flaws)])
    size = findings
    text = pl.Series(names[flaw])
    bulk.insert(
        Finding,
        pl.DataFrame(
            {
                "id": ids,
                "record_id": hashed(asset, 4),
                "vulnerability": text,
                "component": packages[flaw],
                "location": [""] * size,
                "title": "Flaw " + text,
                "url": "https://example.org/" + text,
                "found_by": [""] * size,
                "described_at": _instants(START + first * WEEK),
            }
        ).sort("id"),
    )
    shared = {
        "severity": severity[flaw],
        "fix_available_on": (START + published[flaw] * DAY)
        .astype("datetime64[us]")
        .astype("datetime64[D]"),
        "is_exploited": is_exploited[flaw],
        "owner": [""] * size,
        "version": ["1.2.3"] * size,
        "fixed_version": ["1.2.4"] * size,
    }
    sightings = pl.DataFrame(
        {
            "finding_id": ids,
            "scope_id": scopes[asset],
            "first_at": _instants(START + first * WEEK),
            "last_at": _instants(START + last * WEEK, ~is_open),
            "particulars": hashed(np.arange(size), 8),
            "state": ["open"] * size,
            "is_fixable": [True] * size,
            **shared,
        }
    )
    bulk.insert(Sighting, sightings.sort("finding_id"))
    frame = pl.DataFrame(
        {
            "finding_id": ids,
            "number": np.ones(size, np.int64),
            "opened_at": _instants(START + first * WEEK),
            "is_start_known": is_known,
            "last_seen_at": _instants(START + last * WEEK, ~is_open),
            "first_absent_at": _instants(START + (last + 1) * WEEK, ~is_open),
            "closed_at": _instants(START + last * WEEK + WEEK // 2, ~is_open),
            "ending": np.where(is_open, "", rng.choice(
                ["fixed", "accepted", "false_positive"], size, p=[0.95, 0.03, 0.02])),
            "critical_at": _instants(START + first * WEEK, severity[flaw] == 5),
            "reporters": np.ones(size, np.int64),
            "is_pending": [False] * size,
            **shared,
        }
    )  # fmt: skip
    again = _second(frame, episodes - findings)
    bulk.insert(Episode, pl.concat((frame, again)).sort("finding_id", "number"))


def _second(frame: pl.DataFrame, count: int) -> pl.DataFrame:
    """Findings that were fixed and came back eight weeks later, open ever since."""
    later = pl.col("closed_at") + timedelta(weeks=8, days=3.5)
    nothing = pl.lit(None, pl.Datetime("us", "UTC"))
    return (
        frame.filter((pl.col("ending") == "fixed") & (later < NEWEST))
        .head(count)
        .with_columns(
            number=pl.lit(2, pl.Int64),
            opened_at=later,
            is_start_known=pl.lit(value=True),
            last_seen_at=nothing,
            first_absent_at=nothing,
            closed_at=nothing,
            ending=pl.lit(""),
            critical_at=pl.when(pl.col("critical_at").is_not_null()).then(later),
        )
    )


def _patches(fleet: Fleet, rng: np.random.Generator) -> None:
    """Windows: a release a month with its date; Linux: packages every other week."""
    from protem.ledger import bulk
    from protem.ledger.models import PatchEvent
    from protem.sources.models import ImportRun

    first = ImportRun.objects.order_by("id").values_list("id", flat=True)[0]
    system = np.array(fleet.os_family)
    kinds = (("windows", 4, 1), ("linux", 2, 2))
    for name, weeks, packages in kinds:
        places = np.flatnonzero(system == name)
        times = WEEKS // weeks
        size = places.size * times * packages
        round_ = np.tile(np.repeat(np.arange(times), packages), places.size)
        released = START + round_ * weeks * WEEK
        delay = rng.lognormal(2.0, 0.8, size) * DAY
        installed = np.minimum(released + delay.astype(np.int64), START + WEEKS * WEEK)
        known = START + (np.ceil((installed - START) / WEEK) * WEEK).astype(np.int64)
        keep = known <= START + (WEEKS - 1) * WEEK
        frame = pl.DataFrame(
            {
                "run_id": first + 5 + 6 * ((known - START) // WEEK),
                "known_at": _instants(known),
                "record_id": np.repeat(hashed(places, 2), times * packages),
                "patch": (name + "-") + pl.Series(
                    round_ if name == "windows" else rng.integers(0, 300, size)
                ).cast(pl.String),
                "version": pl.Series(round_).cast(pl.String),
                "installed_at": _instants(installed),
                "released_on": pl.Series((released.astype("datetime64[us]")).astype(
                    "datetime64[D]")) if name == "windows"
                    else pl.Series([None] * size, dtype=pl.Date),
                "is_automatic": [True] * size,
                "is_reboot_pending": [False] * size,
                "is_release_inferred": [False] * size,
            }
        ).filter(pl.Series(keep))  # fmt: skip
        bulk.insert(PatchEvent, frame)
