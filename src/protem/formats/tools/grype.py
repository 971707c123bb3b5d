"""Grype's JSON: images, folders and software bills.

Traps: ``fix.state`` says whether there is a fix, not whether it is installed. Matches set
aside by a rule or a VEX statement stand apart in ``ignoredMatches``; those that only
``--only-fixed`` hides stand there too, and are nobody's decision.
"""

import re
from collections.abc import Iterator

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ElementOf, Elements, decode_views, elements
from protem.formats.records import AssetKind, Record, Scan
from protem.formats.skips import Skips
from protem.formats.targets import (
    image_target,
    is_archive,
    is_digest,
    is_named,
    repository_target,
)
from protem.formats.tools._grype_findings import finding_of, is_fixable, is_mere_filter
from protem.formats.tools._grype_report import (
    Configuration,
    Database,
    Descriptor,
    Image,
    Match,
    MatchOfFix,
    Report,
    Source,
)

TOOL = "grype"

_EXPECTED = "Grype's JSON (grype --output json)"
_MARKS = ('"matchDetails"', '"relatedVulnerabilities"', '"dataSource"')
_MATCH: ElementOf[Match | None] = ElementOf(Match | None)
_FIX: ElementOf[MatchOfFix | None] = ElementOf(MatchOfFix | None)
_NAMED = re.compile(r'"name"\s*:\s*"grype"')
_USUAL_SCOPE = "squashed"


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
    report = decode_views(file, Report, expected=_EXPECTED)
    matches = _matches(report.matches, file)
    if matches is None and report.descriptor is None:
        raise FormatError("there are no matches", where=file.name, remedy=f"export {_EXPECTED}")
    skips = Skips()
    scan = _scan(report, file, skips)
    yield scan
    for match in matches or ():
        finding = finding_of(match, target=scan.target, skips=skips)
        if finding is not None:
            yield finding
    for match in _matches(report.ignored_matches, file, "ignoredMatches") or ():
        rules = [rule for rule in (match and match.applied_ignore_rules) or () if rule]
        if rules and all(is_mere_filter(rule) for rule in rules):
            skips.add("hidden by a setting such as only-fixed")
            continue
        finding = finding_of(match, target=scan.target, skips=skips, rules=rules)
        if finding is not None:
            yield finding
    yield from skips.records()


def _scan(report: Report, file: ExportFile, skips: Skips) -> Scan:
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
        is_target_known=is_named(target),
        has_scope_evidence=report.source is not None,
        shows_unfixed=_shows_unfixed(report, file)
        if hides_unfixed is None
        else not hides_unfixed,
        database_built_at=skips.instant(parse_instant(built), "db.built"),
    )


def _matches(
    part: msgspec.Raw, file: ExportFile, key: str = "matches"
) -> Elements[Match | None] | None:
    return elements(part, _MATCH, where=f"{file.name}, {key}", expected=_EXPECTED)


def _shows_unfixed(report: Report, file: ExportFile) -> bool:
    where = f"{file.name}, matches"
    matches = elements(report.matches, _FIX, where=where, expected=_EXPECTED)
    return any(
        not is_fixable(match.vulnerability.fix)
        for match in matches or ()
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


FORMAT = Format(
    name=TOOL,
    title="Grype (JSON)",
    example="grype registry.example/app:1.2 --output json --file grype.json",
    feeds=(Feeds.MTTR, Feeds.PATCH_CADENCE),
    sniff=sniff,
    parse=parse,
)
