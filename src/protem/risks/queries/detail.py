"""One finding with everything it rests on."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from protem.formats.records import Severity
from protem.ledger.models import Episode, Finding, Sighting
from protem.ledger.queries import exploit_scores, exploited
from protem.people.access import Act, Actor, authorise
from protem.risks.models import FindingDecision
from protem.risks.queries.places import place_of


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeView:
    """One span from opened to closed."""

    number: int
    opened_at: datetime
    is_start_known: bool
    last_seen_at: datetime | None
    first_absent_at: datetime | None
    closed_at: datetime | None
    ending: str
    severity: Severity
    critical_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SightingView:
    """A run of scans of one tool that showed the finding with the same particulars."""

    tool: str
    target: str
    first_at: datetime
    last_at: datetime | None
    """None while the newest scan still shows it."""
    severity: Severity
    state: str
    version: str
    fixed_version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldView:
    """What catalogues say of the vulnerability."""

    listed_on: date | None
    listed_as: str
    is_ransomware: bool
    probability: float | None
    percentile: float | None
    scored_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingDetail:
    """One finding: what it is, its history, and the world's word on it."""

    id: int
    vulnerability: str
    title: str
    url: str
    component: str
    location: str
    asset: str
    group: str
    owner: str
    episodes: list[EpisodeView]
    sightings: list[SightingView]
    world: WorldView
    duplicates: list[int]
    """Findings that were marked as the same as this one."""


def finding_detail(by: Actor, finding_id: int) -> FindingDetail | None:
    """One finding, None where there is none."""
    authorise(by, Act.SEE)
    rows = Finding.objects.select_related("record__asset")
    found = rows.filter(pk=finding_id).first()
    if found is None:
        return None
    episodes = list(Episode.objects.filter(finding=found).order_by("number"))
    stated = next((one.owner for one in reversed(episodes) if one.owner), "")
    place = place_of(found.record, stated_owner=stated)
    return FindingDetail(
        id=found.pk,
        vulnerability=found.vulnerability,
        title=found.title,
        url=found.url,
        component=found.component,
        location=found.location,
        asset=place.asset,
        group=place.group,
        owner=place.owner,
        episodes=[_episode(one) for one in episodes],
        sightings=_sightings(found),
        world=world_of(found.vulnerability),
        duplicates=_duplicates(found.pk),
    )


def world_of(vulnerability: str) -> WorldView:
    """What the newest catalogues say of one vulnerability."""
    is_it = pl.col("vulnerability") == vulnerability
    listed = exploited().filter(is_it).to_dicts()
    scores, scored_at = exploit_scores()
    score = scores.filter(is_it).to_dicts()
    entry = listed[0] if listed else {}
    return WorldView(
        listed_on=entry.get("added_on"),
        listed_as=entry.get("name") or "",
        is_ransomware=bool(entry.get("is_ransomware")),
        probability=score[0]["probability"] if score else None,
        percentile=score[0]["percentile"] if score else None,
        scored_at=scored_at,
    )


def _episode(row: Episode) -> EpisodeView:
    return EpisodeView(
        number=row.number,
        opened_at=row.opened_at,
        is_start_known=row.is_start_known,
        last_seen_at=row.last_seen_at,
        first_absent_at=row.first_absent_at,
        closed_at=row.closed_at,
        ending=row.ending,
        severity=Severity(row.severity),
        critical_at=row.critical_at,
    )


def _sightings(finding: Finding) -> list[SightingView]:
    rows = Sighting.objects.filter(finding=finding).select_related("scope")
    return [
        SightingView(
            tool=row.scope.tool,
            target=row.scope.target,
            first_at=row.first_at,
            last_at=row.last_at,
            severity=Severity(row.severity),
            state=row.state,
            version=row.version,
            fixed_version=row.fixed_version,
        )
        for row in rows.order_by("first_at", "pk")
    ]


def _duplicates(finding_id: int) -> list[int]:
    rows = FindingDecision.objects.filter(duplicate_of=finding_id, is_undone=False)
    ids = rows.filter(ended_at=None).values_list("finding_id", flat=True)
    return [one for one in ids if one is not None]
