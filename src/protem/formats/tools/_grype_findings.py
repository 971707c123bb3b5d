"""What Grype matched, as findings."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from protem.formats.dates import parse_day
from protem.formats.purl import is_system_type, package_named, package_of
from protem.formats.records import Finding, FindingState
from protem.formats.severity import highest, severity_of
from protem.formats.skips import Skips
from protem.formats.targets import package_location
from protem.formats.tools._grype_report import (
    Artifact,
    Cvss,
    Fix,
    Match,
    Related,
    Rule,
    Vulnerability,
)

_WITH_CRITICAL = ("3", "4")
_LONGEST_TITLE = 200
_day_of = lru_cache(maxsize=4096)(parse_day)
"""Many matches share few days."""
_VEX_STATES = {
    "not_affected": FindingState.FALSE_POSITIVE,
    "fixed": FindingState.FIXED,
}


def finding_of(
    match: Match | None, *, target: str, skips: Skips, rules: Iterable[Rule] | None = None
) -> Finding | None:
    """The match as a finding, or ``None`` (and a count in ``skips``) without an id.

    ``rules`` are those that set the match aside, ``None`` where nothing did.
    """
    flaw = match.vulnerability if match else None
    if match is None or flaw is None or not flaw.id:
        skips.add("without an id")
        return None
    artifact = match.artifact or Artifact()
    state, reason = _state(rules)
    own = _score(flaw.cvss)
    best = _related_score(match) if own is None else own
    return Finding(
        target=target,
        vulnerability=flaw.id,
        aliases=_aliases(flaw.id, match.related_vulnerabilities or ()),
        component=_component(artifact),
        location=_location(artifact),
        version=artifact.version or "",
        fixed_version=", ".join(v for v in (flaw.fix and flaw.fix.versions) or () if v),
        title=_title(flaw, artifact),
        url=flaw.data_source or "",
        severity=severity_of(flaw.severity, own if _is_labelled(flaw) else best),
        severity_label=flaw.severity or "",
        score=best,
        state=state,
        state_reason=reason,
        is_fixable=is_fixable(flaw.fix),
        fix_available_on=_fix_available_on(flaw.fix, skips),
        is_exploited=True if flaw.known_exploited else None,
    )


def _state(rules: Iterable[Rule] | None) -> tuple[FindingState, str]:
    if rules is None:
        return FindingState.OPEN, ""
    said = [
        part
        for rule in rules
        for part in (rule.reason, rule.vex_status, rule.vex_justification)
        if part
    ]
    vex = [_VEX_STATES[part] for part in said if part in _VEX_STATES]
    return (vex[0] if vex else FindingState.ACCEPTED), ", ".join(dict.fromkeys(said))


def is_mere_filter(rule: Rule) -> bool:
    """A rule by fix state alone is how Grype carries out ``--only-fixed``."""
    return bool(rule.fix_state) and not (rule.vulnerability or rule.reason or rule.vex_status)


def _aliases(name: str, related: Iterable[Related | None]) -> tuple[str, ...]:
    """A distribution's advisory that cures several flaws is not the same as any of them."""
    names = {other.id for other in related if other and other.id} - {name}
    return tuple(names) if len(names) == 1 and not name.startswith("CVE-") else ()


def _component(artifact: Artifact) -> str:
    if artifact.purl:
        return package_of(artifact.purl)
    return package_named(artifact.type or "", artifact.name or "")


def _location(artifact: Artifact) -> str:
    if is_system_type(artifact.type):
        return ""
    paths = sorted(place.path for place in artifact.locations or () if place and place.path)
    return package_location(paths[0], artifact.version) if paths else ""


def _title(flaw: Vulnerability, artifact: Artifact) -> str:
    line = (flaw.description or "").strip().partition("\n")[0]
    return line[:_LONGEST_TITLE] or f"{flaw.id} in {artifact.name or 'a package'}"


def _is_labelled(flaw: Vulnerability) -> bool:
    """Only the score of the database that gave the label may overrule it."""
    return (flaw.severity or "").lower() not in {"", "unknown"}


def _score(entries: Iterable[Cvss | None] | None) -> float | None:
    return highest(
        entry.metrics.base_score
        for entry in entries or ()
        if entry and entry.metrics and (entry.version or "").startswith(_WITH_CRITICAL)
    )


def _related_score(match: Match) -> float | None:
    return highest(_score(other.cvss) for other in match.related_vulnerabilities or () if other)


def is_fixable(fix: Fix | None) -> bool:
    """Whether there is a version that cures the flaw."""
    if fix is None:
        return False
    return fix.state == "fixed" if fix.state else bool(fix.versions)


def _fix_available_on(fix: Fix | None, skips: Skips) -> date | None:
    days = [
        skips.day(_day_of(entry.date), "fix.available")
        for entry in (fix and fix.available) or ()
        if entry
    ]
    return min((day for day in days if day is not None), default=None)
