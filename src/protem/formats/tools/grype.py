"""Grype's JSON: images, folders and software bills.

Traps: ``fix.state`` says whether there is a fix, not whether it is installed. Matches set
aside by a rule or a VEX statement stand apart in ``ignoredMatches``; those that only
``--only-fixed`` hides stand there too, and are nobody's decision.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from protem.formats.dates import parse_day, parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import decode, starts_json, text_of
from protem.formats.purl import is_system_type, package_named, package_of
from protem.formats.records import AssetKind, Finding, FindingState, Record, Scan
from protem.formats.severity import highest, severity_of
from protem.formats.skips import Skips
from protem.formats.targets import (
    image_target,
    is_archive,
    is_digest,
    package_location,
    repository_target,
)
from protem.formats.tools._grype_report import (
    Artifact,
    Configuration,
    Cvss,
    Database,
    Descriptor,
    Fix,
    Image,
    Match,
    Related,
    Report,
    Rule,
    Source,
    Vulnerability,
)

TOOL = "grype"

_EXPECTED = "Grype's JSON (grype --output json)"
_MARKS = ('"matchDetails"', '"relatedVulnerabilities"', '"dataSource"')
_NAMED = re.compile(r'"name"\s*:\s*"grype"')
_USUAL_SCOPE = "squashed"
_WITH_CRITICAL = ("3", "4")
_LONGEST_TITLE = 200
_VEX_STATES = {
    "not_affected": FindingState.FALSE_POSITIVE,
    "fixed": FindingState.FIXED,
}


def sniff(head: bytes) -> bool:
    """Whether it is a report: matches as Grype details them, or its own name."""
    if not starts_json(head):
        return False
    text = text_of(head)
    if text.lstrip().startswith("["):
        return False
    is_matched = '"matches"' in text and (
        any(mark in text for mark in _MARKS) or '"descriptor"' in text
    )
    return is_matched or ('"descriptor"' in text and _NAMED.search(text) is not None)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the image or folder, then its findings."""
    report = decode(file, Report, expected=_EXPECTED)
    if report.matches is None and report.descriptor is None:
        raise FormatError("there are no matches", where=file.name, remedy=f"export {_EXPECTED}")
    skips = Skips()
    scan = _scan(report, skips)
    yield scan
    for match in report.matches or ():
        finding = _finding(scan.target, match, skips)
        if finding is not None:
            yield finding
    for match in report.ignored_matches or ():
        rules = [rule for rule in (match and match.applied_ignore_rules) or () if rule]
        if rules and all(_is_mere_filter(rule) for rule in rules):
            skips.add("hidden by a setting such as only-fixed")
            continue
        finding = _finding(scan.target, match, skips, rules)
        if finding is not None:
            yield finding
    yield from skips.records()


def _scan(report: Report, skips: Skips) -> Scan:
    descriptor = report.descriptor or Descriptor()
    configuration = descriptor.configuration or Configuration()
    database = descriptor.db or Database()
    built = database.built or (database.status.built if database.status else None)
    kind, target = _target(report.source or Source())
    hides_unfixed = configuration.only_fixed
    return Scan(
        tool=TOOL,
        target=target,
        kind=kind,
        name=target.partition(":")[2],
        as_of=skips.instant(parse_instant(descriptor.timestamp), "timestamp"),
        settings=_settings(configuration),
        proves_absence=report.source is not None and report.source.target is not None,
        has_scope_evidence=report.source is not None,
        shows_unfixed=_shows_unfixed(report) if hides_unfixed is None else not hides_unfixed,
        database_built_at=skips.instant(parse_instant(built), "db.built"),
    )


def _shows_unfixed(report: Report) -> bool:
    return any(
        not _is_fixable(match.vulnerability.fix)
        for match in report.matches or ()
        if match is not None and match.vulnerability is not None
    )


def _settings(configuration: Configuration) -> str:
    scope = configuration.search.scope if configuration.search else configuration.scope
    parts = {
        "only-fixed": "true" if configuration.only_fixed else "",
        "only-notfixed": "true" if configuration.only_notfixed else "",
        "scope": (scope or _USUAL_SCOPE).lower().replace(_USUAL_SCOPE, ""),
    }
    return ",".join(f"{key}={value}" for key, value in parts.items() if value)


def _target(source: Source) -> tuple[AssetKind, str]:
    if isinstance(source.target, Image):
        image = source.target
        names = [
            name
            for name in (image.user_input, *(image.tags or ()), *(image.repo_digests or ()))
            if name
        ]
        named = (name for name in names if not is_archive(name) and not is_digest(name))
        return AssetKind.IMAGE, image_target(next(named, names[0] if names else ""))
    path = (source.target or ".").strip().strip('"')
    return AssetKind.REPOSITORY, repository_target(path)


def _finding(
    target: str, match: Match | None, skips: Skips, rules: Iterable[Rule] | None = None
) -> Finding | None:
    flaw = match.vulnerability if match else None
    if match is None or flaw is None or not flaw.id:
        skips.add("without an id")
        return None
    artifact = match.artifact or Artifact()
    state, reason = _state(rules)
    own, related = _score(flaw.cvss), _related_score(match)
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
        severity=severity_of(flaw.severity, own if _is_labelled(flaw) else own or related),
        severity_label=flaw.severity or "",
        score=related if own is None else own,
        state=state,
        state_reason=reason,
        is_fixable=_is_fixable(flaw.fix),
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


def _is_mere_filter(rule: Rule) -> bool:
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


def _is_fixable(fix: Fix | None) -> bool:
    if fix is None:
        return False
    return fix.state == "fixed" if fix.state else bool(fix.versions)


def _fix_available_on(fix: Fix | None, skips: Skips) -> date | None:
    days = [
        skips.day(parse_day(entry.date), "fix.available")
        for entry in (fix and fix.available) or ()
        if entry
    ]
    return min((day for day in days if day is not None), default=None)


FORMAT = Format(
    name=TOOL,
    title="Grype (JSON)",
    example="grype registry.example/app:1.2 --output json --file grype.json",
    feeds=(Feeds.MTTR, Feeds.PATCH_CADENCE),
    sniff=sniff,
    parse=parse,
)
