"""SARIF 2.1.0: results of static analysis, and of anything else that speaks it.

Traps: many results of one report may share rule and place, so they are told apart by an
ordinal, or re-importing the same file would close some. ``level`` has no word for critical;
only the rule's ``security-severity`` has. Suppressed results are decisions, not fixes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import decode, starts_json, text_of
from protem.formats.records import AssetKind, Finding, FindingState, Record, Scan
from protem.formats.severity import score_of, severity_of, severity_of_score
from protem.formats.skips import Skips
from protem.formats.targets import location_of, repository_target
from protem.formats.tools._sarif_report import Report, Result, Rule, Run

_EXPECTED = "SARIF 2.1.0"
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}", re.IGNORECASE)
_LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
_NOT_PROBLEMS = frozenset({"pass", "notapplicable", "informational"})
_MARK = re.compile(r'"(?:\$schema|version)"\s*:\s*"[^"]*(?:sarif|2\.[01]\.0)', re.IGNORECASE)


def sniff(head: bytes) -> bool:
    """Whether it names the SARIF schema, or the version and runs of tools."""
    if not starts_json(head):
        return False
    text = text_of(head)
    named = '"runs"' in text and _MARK.search(text) is not None
    return named or ("sarif" in text[:2000].lower() and '"$schema"' in text[:2000])


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` a target and tool, then its results."""
    report = decode(file, Report, expected=_EXPECTED)
    if report.runs is None:
        raise FormatError("there are no runs", where=file.name, remedy=f"export {_EXPECTED}")
    skips = Skips()
    seen: set[tuple[str, str]] = set()
    shared: Counter[tuple[str, ...]] = Counter()
    for run in report.runs:
        if run is None:
            continue
        scan = _scan(run, skips)
        if (scan.target, scan.settings) not in seen:
            seen.add((scan.target, scan.settings))
            yield scan
        rules = run.rules()
        for result in run.results or ():
            finding = _finding(run, scan, result or Result(), rules, skips)
            if finding is not None:
                yield _told_apart(finding, shared)
    yield from skips.records()


def _scan(run: Run, skips: Skips) -> Scan:
    invocations = [one for one in run.invocations or () if one is not None]
    failed = any(one.execution_successful is False for one in invocations)
    ended = [parse_instant(one.end_time_utc) for one in invocations if one.end_time_utc]
    category = run.category()
    settings = f"category={category};tool={run.tool_name()}" if category else ""
    target = _target(run)
    return Scan(
        tool=f"sarif:{run.tool_name()}",
        target=target,
        kind=AssetKind.REPOSITORY,
        name=target.partition(":")[2],
        as_of=max(
            (m for one in ended if (m := skips.instant(one, "endTimeUtc"))), default=None
        ),
        settings=settings,
        is_complete=not failed,
        problem="the tool says that it failed" if failed else "",
    )


def _target(run: Run) -> str:
    for origin in run.version_control_provenance or ():
        if origin is not None and origin.repository_uri:
            return repository_target(origin.repository_uri)
    return f"repository:{run.category() or run.tool_name()}"[:300]


def _finding(
    run: Run, scan: Scan, result: Result, rules: dict[str, Rule], skips: Skips
) -> Finding | None:
    if (result.kind or "fail").lower() in _NOT_PROBLEMS:
        skips.add(f"results of kind {str(result.kind)[:40]}")
        return None
    if result.baseline_state == "absent":
        skips.add("results that the tool says are gone")
        return None
    rule_id = run.rule_id(result)
    rule = rules.get(rule_id, Rule())
    cves = {cve.upper() for cve in _CVE.findall(f"{rule_id} {' '.join(rule.tags())}")}
    score = score_of(rule.security_severity())
    level = (result.level or rule.level() or "warning").lower()
    place, path = _place(result)
    return Finding(
        target=scan.target,
        vulnerability=cves.pop() if len(cves) == 1 else f"{run.tool_name()}:{rule_id}",
        component=rule_id[:300],
        location=place,
        title=result.text()[:300] or rule.text()[:300],
        url=rule.help_uri or "",
        severity=severity_of_score(score)
        if score is not None
        else severity_of(_LEVELS.get(level)),
        severity_label=level,
        score=score,
        state=FindingState.ACCEPTED if result.is_suppressed() else FindingState.OPEN,
        state_reason="suppressed" if result.is_suppressed() else "",
        version=path[:200],
    )


def _place(result: Result) -> tuple[str, str]:
    """What tells this place from others in every scan, and the path for people."""
    path = location_of(result.uri())
    prints = {**(result.fingerprints or {}), **(result.partial_fingerprints or {})}
    told = sorted((key, str(value)) for key, value in prints.items() if value)
    if told:
        return f"{path}#{told[0][1][:100]}", path
    snippet = " ".join(result.snippet().split())
    if not snippet:
        return path, path
    digest = blake2b(snippet.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{path}#{digest}", path


def _told_apart(finding: Finding, shared: Counter[tuple[str, ...]]) -> Finding:
    key = (finding.target, finding.vulnerability, finding.component, finding.location)
    shared[key] += 1
    if shared[key] == 1:
        return finding
    return msgspec.structs.replace(finding, location=f"{finding.location}#{shared[key]}")


FORMAT = Format(
    name="sarif",
    title="SARIF 2.1.0: static analysis (CodeQL, Semgrep and others)",
    example="codeql database analyze --format=sarif-latest --output=codeql.sarif",
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)
