"""GitHub's Dependabot alerts as the REST API gives them, with their real dates.

Traps: fixed and dismissed alerts stay in the list, so a missing one means nothing. The API
gives pages of 30 (or 100): a naive export stops there. ``dismissed`` is a decision and never
a fix. ``created_at`` is when the alert was raised, which for a repository enabled today is
today. ``gh api --paginate`` writes one list after another.
"""

from collections.abc import Iterator

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.purl import package_named
from protem.formats.records import AssetKind, Finding, FindingState, Record, Scan
from protem.formats.severity import highest, score_of, severity_of
from protem.formats.skips import Skips

TOOL = "github-dependabot"
PAGES = (30, 100)
"""Lengths of a page: a file of just so many alerts is probably one of several."""

_EXPECTED = "gh api --paginate repos/OWNER/NAME/dependabot/alerts?per_page=100"
_DISMISSED = {"inaccurate": FindingState.FALSE_POSITIVE}


class _Package(msgspec.Struct, gc=False):
    ecosystem: str | None = None
    name: str | None = None


class _Dependency(msgspec.Struct, gc=False):
    package: _Package | None = None
    manifest_path: str | None = None
    scope: str | None = None


class _Cvss(msgspec.Struct, gc=False):
    score: float | str | None = None


class _Severities(msgspec.Struct, gc=False):
    cvss_v3: _Cvss | None = None
    cvss_v4: _Cvss | None = None


class _Advisory(msgspec.Struct, gc=False):
    ghsa_id: str | None = None
    cve_id: str | None = None
    summary: str | None = None
    severity: str | None = None
    withdrawn_at: str | None = None
    cvss: _Cvss | None = None
    cvss_severities: _Severities | None = None


class _Version(msgspec.Struct, gc=False):
    identifier: str | None = None


class _Vulnerability(msgspec.Struct, gc=False):
    package: _Package | None = None
    severity: str | None = None
    first_patched_version: _Version | None = None


class _Repository(msgspec.Struct, gc=False):
    full_name: str | None = None


class _Alert(msgspec.Struct, gc=False):
    number: int | None = None
    state: str | None = None
    dependency: _Dependency | None = None
    security_advisory: _Advisory | None = None
    security_vulnerability: _Vulnerability | None = None
    url: str | None = None
    html_url: str | None = None
    created_at: str | None = None
    fixed_at: str | None = None
    dismissed_at: str | None = None
    dismissed_reason: str | None = None
    auto_dismissed_at: str | None = None
    repository: _Repository | None = None


class _Wrapped(msgspec.Struct, gc=False):
    alerts: list[_Alert | None] | None = None


_LISTS = msgspec.json.Decoder(list[_Alert | None])
_ONE = msgspec.json.Decoder(_Alert)
_WRAPPED = msgspec.json.Decoder(_Wrapped)


def sniff(head: bytes) -> bool:
    """Whether it speaks of advisories and dependencies as alerts do; an empty list doesn't."""
    if not starts_json(head):
        return False
    text = text_of(head)
    return '"security_advisory"' in text and '"dependency"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` a repository, then its alerts whatever their state."""
    skips = Skips()
    alerts = _alerts(file)
    is_page = len(alerts) in PAGES
    by_repository: dict[str, list[_Alert]] = {}
    for alert in alerts:
        name = _repository_of(alert)
        if name:
            by_repository.setdefault(name, []).append(alert)
        else:
            skips.add("an alert that names no repository")
    for name, found in sorted(by_repository.items()):
        yield Scan(
            tool=TOOL,
            target=f"repository:{name}",
            kind=AssetKind.REPOSITORY,
            name=name,
            is_complete=not is_page,
            problem=f"{len(alerts)} alerts look like one page of several" if is_page else "",
            proves_absence=False,
        )
        for alert in found:
            finding = _finding(name, alert, skips)
            if finding is not None:
                yield finding
    yield from skips.records()


def _alerts(file: ExportFile) -> list[_Alert]:
    """All alerts of one list, of several lists one after another, or of one object."""
    content = file.path.read_bytes().removeprefix(b"\xef\xbb\xbf").strip()
    try:
        if content[:1] == b"[":
            return [alert for part in _lists(content) for alert in _LISTS.decode(part) if alert]
        wrapped = _WRAPPED.decode(content)
        if wrapped.alerts is not None:
            return [alert for alert in wrapped.alerts if alert]
        return [_ONE.decode(content)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(
            str(error), where=file.name, remedy=f"export it again with {_EXPECTED}"
        ) from None


def _lists(content: bytes) -> Iterator[bytes]:
    """The lists that ``gh api --paginate`` writes one after another."""
    start = 0
    while True:
        end = content.find(b"][", start)
        if end < 0 or not _is_between_pages(content, end):
            yield content[start:]
            return
        yield content[start : end + 1]
        start = end + 1


def _is_between_pages(content: bytes, place: int) -> bool:
    """Whether ``][`` stands between two lists and not inside a text."""
    return content[place + 2 : place + 3] in {b"{", b"]"} and content[place - 1 : place] == b"}"


def _repository_of(alert: _Alert) -> str:
    if alert.repository and alert.repository.full_name:
        return alert.repository.full_name.lower()
    for address in (alert.html_url, alert.url):
        parts = (address or "").split("/")
        for place, part in enumerate(parts[:-2]):
            if part in {"github.com", "repos"} and parts[place + 2]:
                return f"{parts[place + 1]}/{parts[place + 2]}".lower()
    return ""


def _finding(repository: str, alert: _Alert, skips: Skips) -> Finding | None:
    advisory = alert.security_advisory or _Advisory()
    flaw = alert.security_vulnerability or _Vulnerability()
    dependency = alert.dependency or _Dependency()
    names = [name for name in (advisory.cve_id, advisory.ghsa_id) if name]
    if not names:
        skips.add("an alert without CVE or GHSA id")
        return None
    package = dependency.package or flaw.package or _Package()
    score = _score(advisory)
    label = flaw.severity or advisory.severity or ""
    state, ended = _state(alert, advisory)
    found_at = skips.instant(parse_instant(alert.created_at), "created_at")
    ended_at = skips.instant(parse_instant(ended), "the date of its end")
    if found_at and ended_at and ended_at < found_at:
        skips.add("impossible date: ended before it was found")
        ended_at = None
    fixed_in = flaw.first_patched_version.identifier if flaw.first_patched_version else None
    return Finding(
        target=f"repository:{repository}",
        vulnerability=names[0],
        aliases=tuple(names),
        component=package_named(package.ecosystem or "", package.name or ""),
        location=(dependency.manifest_path or "").lstrip("/"),
        fixed_version=fixed_in or "",
        title=advisory.summary or "",
        url=alert.html_url or "",
        severity=severity_of(label, score),
        severity_label=label,
        score=score,
        state=state,
        state_reason=alert.dismissed_reason or "",
        found_at=found_at,
        ended_at=ended_at,
        is_fixable=bool(fixed_in),
    )


def _score(advisory: _Advisory) -> float | None:
    given = advisory.cvss_severities or _Severities()
    scores = (advisory.cvss, given.cvss_v3, given.cvss_v4)
    return highest(score_of(one.score) or None for one in scores if one is not None)


def _state(alert: _Alert, advisory: _Advisory) -> tuple[FindingState, str | None]:
    """The state in our words, and the tool's own date of it."""
    if advisory.withdrawn_at:
        return FindingState.WITHDRAWN, advisory.withdrawn_at
    if alert.state == "fixed":
        return FindingState.FIXED, alert.fixed_at
    if alert.state == "auto_dismissed":
        return FindingState.ACCEPTED, alert.auto_dismissed_at
    if alert.state == "dismissed":
        reason = alert.dismissed_reason or ""
        return _DISMISSED.get(reason, FindingState.ACCEPTED), alert.dismissed_at
    return FindingState.OPEN, None


FORMAT = Format(
    name=TOOL,
    title="GitHub Dependabot alerts (REST JSON), with real dates",
    example=_EXPECTED,
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)
