"""GitHub's Dependabot alerts as its REST or GraphQL interface gives them, with real dates.

Traps: fixed and dismissed alerts stay in the list, so a missing one means nothing. The API
gives pages of 30 (or 100): a naive export stops there. ``dismissed`` is a decision and never
a fix. ``created_at`` is when the alert was raised, which for a repository enabled today is
today. A flaw that returns gets a new alert beside the old, fixed one.
"""

from collections.abc import Iterator
from datetime import datetime

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.packing import Packer
from protem.formats.purl import package_named
from protem.formats.records import AssetKind, Finding, FindingState, Record, Scan
from protem.formats.severity import highest, score_of, score_of_vector, severity_of
from protem.formats.skips import IMPOSSIBLE, Skips
from protem.formats.targets import repository_target
from protem.formats.tools._github_alerts import (
    Advisory,
    Alert,
    Dependency,
    Fixed,
    Package,
    Scores,
    Weakness,
)
from protem.formats.tools._github_pages import EXPECTED, Alerts, read_alerts

TOOL = "github-dependabot"
PAGES = (30, 100)
"""Lengths of a page: a file of just so many alerts is probably one of several."""

_PACKER = Packer(Finding)
_DISMISSED = {"inaccurate": FindingState.FALSE_POSITIVE}


def sniff(head: bytes) -> bool:
    """Whether it speaks of advisories and dependencies as alerts do; an empty list doesn't."""
    if not starts_json(head):
        return False
    text = text_of(head)
    is_rest = '"security_advisory"' in text and '"dependency"' in text
    return is_rest or ('"vulnerabilityAlerts"' in text and '"data"' in text)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` a repository, then its alerts whatever their state."""
    found: dict[str, _Kept] = {}
    skips = Skips()

    def take(alert: Alert, repository: str) -> None:
        if (kept := found.get(repository)) is None:
            kept = found[repository] = _Kept(repository_target(repository))
        if (finding := _finding(kept.target, alert, skips)) is not None:
            kept.add(finding)

    alerts = read_alerts(file, take)
    problem = _problem(alerts)
    for name in sorted(alerts.repositories):
        kept = found.pop(name, None) or _Kept(repository_target(name))
        yield Scan(
            tool=TOOL,
            target=kept.target,
            kind=AssetKind.REPOSITORY,
            name=name,
            is_complete=not problem,
            problem=problem,
            proves_absence=False,
        )
        yield from kept.current(skips)
    yield from skips.records()


def _problem(alerts: Alerts) -> str:
    if alerts.count in PAGES:
        return f"{alerts.count} alerts: this looks like one page of several"
    return "GitHub says that more pages follow" if alerts.has_more else ""


class _Kept:
    """The alerts of one repository until all of them are known."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._first: dict[int, bytes] = {}
        """The first alert of each flaw, package and manifest, by their hash."""
        self._later: dict[int, list[bytes]] = {}

    def add(self, finding: Finding) -> None:
        key = hash((finding.vulnerability, finding.component, finding.location))
        packed = _PACKER.pack(finding)
        if self._first.setdefault(key, packed) is not packed:
            self._later.setdefault(key, []).append(packed)

    def current(self, skips: Skips) -> Iterator[Finding]:
        """Of several alerts of one flaw those that tell how it stands now."""
        for key, first in self._first.items():
            if key not in self._later:
                yield _PACKER.unpack(first)
                continue
            twins = [_PACKER.unpack(each) for each in (first, *self._later[key])]
            current = [each for each in twins if each.state is FindingState.OPEN]
            current = current or [max(twins, key=_ended)]
            if len(current) < len(twins):
                skips.add("an earlier alert of the same flaw", len(twins) - len(current))
            yield from current


def _ended(finding: Finding) -> float:
    moment = finding.ended_at or finding.found_at
    return moment.timestamp() if moment else 0.0


def _finding(target: str, alert: Alert, skips: Skips) -> Finding | None:
    advisory = alert.security_advisory or Advisory()
    flaw = alert.security_vulnerability or Weakness()
    dependency = alert.dependency or Dependency()
    names = _names(advisory)
    if not names:
        skips.add("an alert without a name for its flaw")
        return None
    package = dependency.package or flaw.package or Package()
    score = _score(advisory)
    label = flaw.severity or advisory.severity or ""
    fixed_version = _fixed_version(flaw)
    state, reason, ended_at = _ending(alert, advisory, skips)
    found_at = skips.instant(parse_instant(alert.created_at), "created_at")
    if found_at and ended_at and ended_at < found_at:
        skips.add(f"{IMPOSSIBLE}: ended before it was found")
        ended_at = None
    return Finding(
        target=target,
        vulnerability=names[0],
        aliases=names,
        component=package_named(package.ecosystem or "", package.name or ""),
        location=(dependency.manifest_path or "").lstrip("/"),
        fixed_version=fixed_version,
        title=advisory.summary or "",
        url=alert.html_url or "",
        severity=severity_of(label, score),
        severity_label=label,
        score=score,
        state=state,
        state_reason=reason,
        found_at=found_at,
        ended_at=ended_at,
        is_fixable=bool(fixed_version),
    )


def _names(advisory: Advisory) -> tuple[str, ...]:
    """The CVE, the GitHub advisory and, without either, whatever it is called."""
    named = [each.value for each in advisory.identifiers or () if each and each.value]
    cves = [advisory.cve_id, *(name for name in named if name.startswith("CVE-"))]
    ghsas = [advisory.ghsa_id, *(name for name in named if name.startswith("GHSA-"))]
    first = (next(filter(None, names), None) for names in (cves, ghsas))
    return tuple(name for name in first if name) or tuple(named[:1])


def _score(advisory: Advisory) -> float | None:
    given = advisory.cvss_severities or Scores()
    scores = [one for one in (advisory.cvss, given.cvss_v3, given.cvss_v4) if one is not None]
    known = highest(score_of(one.score) or None for one in scores)
    return known or highest(score_of_vector(one.vector) for one in scores if one.vector)


def _fixed_version(flaw: Weakness) -> str:
    first = flaw.first_patched_version
    return (first.identifier if isinstance(first, Fixed) else first) or ""


def _ending(
    alert: Alert, advisory: Advisory, skips: Skips
) -> tuple[FindingState, str, datetime | None]:
    """The state, the tool's word for it, and its own date of it.

    What was fixed before its advisory was withdrawn stays fixed.
    """
    state, reason, ended = _state(alert)
    ended_at = skips.instant(parse_instant(ended), "the end of an alert")
    if not advisory.withdrawn_at:
        return state, reason, ended_at
    withdrawn_at = skips.instant(parse_instant(advisory.withdrawn_at), "withdrawn_at")
    is_earlier = ended_at and withdrawn_at and ended_at < withdrawn_at
    if state is FindingState.FIXED and is_earlier:
        return state, reason, ended_at
    return FindingState.WITHDRAWN, "advisory withdrawn", withdrawn_at


def _state(alert: Alert) -> tuple[FindingState, str, str | None]:
    if alert.state == "fixed":
        return FindingState.FIXED, "", alert.fixed_at
    if alert.state == "auto_dismissed":
        return FindingState.ACCEPTED, alert.state, alert.auto_dismissed_at
    if alert.state == "dismissed":
        reason = (alert.dismissed_reason or "").lower()
        return _DISMISSED.get(reason, FindingState.ACCEPTED), reason, alert.dismissed_at
    return FindingState.OPEN, "", None


FORMAT = Format(
    name=TOOL,
    title="GitHub Dependabot alerts (JSON), with real dates",
    example=EXPECTED,
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)
