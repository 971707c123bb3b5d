"""What Trivy found in one result, as findings."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from protem.formats.format import ExportFile
from protem.formats.jsonviews import ElementOf, elements
from protem.formats.purl import package_named, package_of
from protem.formats.records import Finding
from protem.formats.severity import severity_of
from protem.formats.skips import Skips
from protem.formats.targets import package_location, without_system
from protem.formats.tools._trivy_report import (
    EXPECTED,
    Fixability,
    Misconfiguration,
    Result,
    Secret,
    Vulnerability,
)

_FLAW: ElementOf[Vulnerability | None] = ElementOf(Vulnerability | None)
_FIX: ElementOf[Fixability | None] = ElementOf(Fixability | None)
_FAULT: ElementOf[Misconfiguration | None] = ElementOf(Misconfiguration | None)
_SECRET: ElementOf[Secret | None] = ElementOf(Secret | None)
_LICENCE: ElementOf[msgspec.Raw] = ElementOf(msgspec.Raw)
"""A licence is only counted."""
_OS_PACKAGES = "os-pkgs"
_FIX_EXISTS = "fixed"
_NO_FIX = frozenset({"will_not_fix", "fix_deferred", "end_of_life"})
_NOT_AFFECTED = "not_affected"
_PASSED = frozenset({"PASS", "EXCEPTION"})
_NO_ID = "without an id"
_ALIAS = "GHSA-"
"""Other vendor ids (DSA, RHSA…) are of updates that cure many flaws."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The target, the object of a cluster in it if any, and the path in that."""

    file: str
    target: str
    within: str
    path: str


def findings_of(
    result: Result, *, file: ExportFile, target: str, within: str, skips: Skips
) -> Iterator[Finding]:
    """Flaws, failed checks and secrets; what is left out is counted in ``skips``.

    ``within`` names the object of a cluster that the result belongs to.
    """
    place = _Place(
        file.name, target, within, package_location(without_system(result.target or ""))
    )
    yield from _flaws(place, result, skips)
    yield from _faults(place, result, skips)
    where = f"{place.file}, {result.target or ''} Secrets"
    for secret in elements(result.secrets, _SECRET, where=where, expected=EXPECTED) or ():
        if secret is None or not secret.rule_id:
            skips.add(_NO_ID)
        else:
            yield _exposed(place, secret)
    licences = elements(result.licenses, _LICENCE, where=place.file, expected=EXPECTED)
    if licences:
        skips.add("licences", len(licences))


def shows_unfixed(result: Result, file: ExportFile) -> bool:
    """Whether a flaw without a fix is among the result's."""
    flaws = elements(result.vulnerabilities, _FIX, where=file.name, expected=EXPECTED)
    return any(flaw is not None and not _is_fixable(flaw) for flaw in flaws or ())


def _is_fixable(flaw: Vulnerability | Fixability) -> bool:
    return flaw.status == _FIX_EXISTS or (
        bool(flaw.fixed_version) and flaw.status not in _NO_FIX
    )


def _flaws(place: _Place, result: Result, skips: Skips) -> Iterator[Finding]:
    where = f"{place.file}, {result.target or ''} Vulnerabilities"
    flaws = elements(result.vulnerabilities, _FLAW, where=where, expected=EXPECTED)
    for flaw in flaws or ():
        if flaw is None or not flaw.id:
            skips.add(_NO_ID)
        elif flaw.status == _NOT_AFFECTED:
            skips.add("not affected")
        else:
            yield _flaw(place, flaw, result)


def _faults(place: _Place, result: Result, skips: Skips) -> Iterator[Finding]:
    where = f"{place.file}, {result.target or ''} Misconfigurations"
    faults = elements(result.misconfigurations, _FAULT, where=where, expected=EXPECTED)
    for fault in faults or ():
        if fault is None or not fault.id:
            skips.add(_NO_ID)
        elif fault.status in _PASSED:
            skips.add("passed checks")
        else:
            yield _fault(place, fault, result)


def _joined(within: str, path: str) -> str:
    if not within or not path:
        return within or path
    return within if within.endswith(path) else f"{within}/{path}"


def _package_place(place: _Place, flaw: Vulnerability, result: Result) -> str:
    if flaw.pkg_path:
        path = package_location(flaw.pkg_path, flaw.installed_version)
    else:
        path = "" if _is_of_system(result) else place.path
    return _joined(place.within, path)


def _is_of_system(result: Result) -> bool:
    """Reports before 0.20 have no class, but only systems carry their version in brackets."""
    return result.kind == _OS_PACKAGES or (
        not result.kind and without_system(result.target or "") != result.target
    )


def _flaw(place: _Place, flaw: Vulnerability, result: Result) -> Finding:
    purl = flaw.pkg_identifier.purl if flaw.pkg_identifier else None
    name = flaw.pkg_name or ""
    own, score = _scores(flaw)
    return Finding(
        target=place.target,
        vulnerability=flaw.id or "",
        aliases=tuple(
            alias for alias in flaw.vendor_ids or () if alias and alias.startswith(_ALIAS)
        ),
        component=package_of(purl) if purl else package_named(result.type or "", name),
        location=_package_place(place, flaw, result),
        version=flaw.installed_version or "",
        fixed_version=flaw.fixed_version or "",
        title=flaw.title or f"{flaw.id} in {name}",
        url=flaw.url or "",
        severity=severity_of(flaw.severity, own),
        severity_label=flaw.severity or "",
        score=score,
        is_fixable=_is_fixable(flaw),
    )


def _scores(flaw: Vulnerability) -> tuple[float | None, float | None]:
    """The score of the source that gave the severity, and the best known one."""
    known = {
        source: best
        for source, score in (flaw.scores or {}).items()
        if score is not None
        and (best := score.v3 if score.v4 is None else score.v4) is not None
    }
    if not known:
        return None, None
    general = known["nvd"] if "nvd" in known else max(known.values())
    if flaw.severity_source and flaw.severity not in {None, "", "UNKNOWN"}:
        own = known.get(flaw.severity_source)
        return own, general if own is None else own
    return general, general


def _fault(place: _Place, fault: Misconfiguration, result: Result) -> Finding:
    cause = fault.cause_metadata.resource if fault.cause_metadata else None
    return Finding(
        target=place.target,
        vulnerability=fault.id or "",
        component=cause or result.type or "",
        location=_joined(place.within, place.path),
        title=fault.title or "",
        url=fault.url or "",
        severity=severity_of(fault.severity),
        severity_label=fault.severity or "",
    )


def _exposed(place: _Place, secret: Secret) -> Finding:
    return Finding(
        target=place.target,
        vulnerability=secret.rule_id or "",
        component="secret",
        location=_joined(place.within, place.path),
        title=secret.title or "",
        severity=severity_of(secret.severity),
        severity_label=secret.severity or "",
    )
