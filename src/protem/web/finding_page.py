"""One finding as its page shows it."""

from dataclasses import dataclass
from datetime import datetime

from protem.measure.wording import day, percent
from protem.people.access import Actor
from protem.risks import queries as decided
from protem.risks.queries import DecisionView
from protem.risks.queries.detail import FindingDetail, WorldView, finding_detail
from protem.ui.tables import Column
from protem.web.errors import NoSuchThingError

EPISODES = [
    Column(key="number", label="Episode"),
    Column(key="opened_at", label="Opened"),
    Column(key="closed_at", label="Closed"),
    Column(key="ending", label="How it ended"),
    Column(key="severity", label="Severity"),
    Column(key="seen", label="Last seen and first absent"),
]
SIGHTINGS = [
    Column(key="tool", label="Tool"),
    Column(key="target", label="Target"),
    Column(key="first_at", label="First scan"),
    Column(key="last_at", label="Last scan"),
    Column(key="severity", label="Severity"),
    Column(key="state", label="State"),
    Column(key="version", label="Version"),
    Column(key="fixed_version", label="Fixed in"),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingPage:
    """Everything the page shows."""

    finding: FindingDetail
    state: str
    pairs: list[tuple[str, object]]
    world: list[tuple[str, object]]
    episodes: list[dict[str, object]]
    sightings: list[dict[str, object]]
    decisions: list[DecisionView]
    cover: DecisionView | None
    claims: list[DecisionView]
    """What suppliers say is fixed; shown, and believed once a scan agrees."""
    episode_columns: list[Column]
    sighting_columns: list[Column]


def finding_page(by: Actor, finding_id: int, now: datetime) -> FindingPage:
    """One finding; raises ``NoSuchThingError`` where there is none."""
    found = finding_detail(by, finding_id)
    if found is None:
        raise NoSuchThingError(
            f"there is no finding {finding_id}", remedy="it may be gone with its import"
        )
    about = decided.decisions(by, at=now, finding_id=finding_id)
    rulings = [one for one in about if one.kind != "claimed_fixed"]
    cover = next((one for one in rulings if one.state == "in force"), None)
    newest = found.sightings[-1] if found.sightings else None
    return FindingPage(
        finding=found,
        state=_state(found, cover),
        pairs=[
            ("Asset", found.asset),
            ("Asset group", found.group),
            ("Owner", found.owner),
            ("Component", found.component),
            ("Version", newest.version if newest else ""),
            ("Fixed in", newest.fixed_version if newest else ""),
            ("Where", found.location),
            ("Number", str(found.id)),
        ],
        world=_world(found.world),
        episodes=[_episode_row(found, at) for at in range(len(found.episodes))],
        sightings=[_sighting_row(found, at) for at in range(len(found.sightings))],
        decisions=rulings,
        cover=cover,
        claims=[one for one in about if one.kind == "claimed_fixed"],
        episode_columns=EPISODES,
        sighting_columns=SIGHTINGS,
    )


def _state(found: FindingDetail, cover: DecisionView | None) -> str:
    last = found.episodes[-1] if found.episodes else None
    if cover is not None:
        until = f" until {day(cover.expires_on)}" if cover.expires_on else ""
        return f"{cover.kind_label}{until}".capitalize()
    if last is None:
        return "Not reported"
    if last.closed_at is None:
        return "Open"
    return f"Closed: {last.ending.replace('_', ' ') or 'gone'}"


def _world(world: WorldView) -> list[tuple[str, object]]:
    listed = "not listed"
    if world.listed_on is not None:
        listed = f"since {world.listed_on.isoformat()}: {world.listed_as}"
        listed += "; used by ransomware" if world.is_ransomware else ""
    score: object = None
    if world.probability is not None and world.percentile is not None:
        likelier = percent(1 - world.percentile)
        score = f"{percent(world.probability)} within 30 days; {likelier} of all are likelier"
    return [
        ("Known to be exploited (KEV)", listed),
        ("Likely to be exploited (EPSS)", score),
    ]


def _episode_row(found: FindingDetail, at: int) -> dict[str, object]:
    one = found.episodes[at]
    seen = [day(at) for at in (one.last_seen_at, one.first_absent_at) if at is not None]
    return {
        "number": one.number,
        "opened_at": one.opened_at,
        "closed_at": one.closed_at,
        "ending": one.ending.replace("_", " ") if one.closed_at else "open",
        "severity": one.severity.name.lower(),
        "seen": " · ".join(seen),
    }


def _sighting_row(found: FindingDetail, at: int) -> dict[str, object]:
    one = found.sightings[at]
    return {
        "tool": one.tool,
        "target": one.target,
        "first_at": one.first_at,
        "last_at": one.last_at or "the newest",
        "severity": one.severity.name.lower(),
        "state": one.state.replace("_", " "),
        "version": one.version,
        "fixed_version": one.fixed_version,
    }
