"""SARIF 2.1.0: results of static analysis, and of anything else that speaks it.

Traps: many results of one report may share rule and place, so they are told apart by an
ordinal, or re-importing the same file would close some. ``level`` has no word for critical;
only the rule's ``security-severity`` has. Suppressed results are decisions, not fixes.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ElementOf, Elements, decode_views, elements
from protem.formats.numbertable import NumberTable
from protem.formats.records import AssetKind, Finding, FindingState, Record, Scan, Severity
from protem.formats.severity import score_of, severity_of, severity_of_score
from protem.formats.skips import Skips
from protem.formats.targets import location_of, repository_target
from protem.formats.tools._sarif_report import Report, Result, Rule, Run

_EXPECTED = "SARIF 2.1.0"
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}", re.IGNORECASE)
_LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
_NOT_PROBLEMS = frozenset({"pass", "notapplicable", "informational", "open"})
_NO_PRINT = frozenset({"", "requires login"})
"""Semgrep writes the latter into every fingerprint for those who are not signed in."""
_MARK = re.compile(r'"(?:\$schema|version)"\s*:\s*"[^"]*(?:sarif|2\.[01]\.0)', re.IGNORECASE)
_LONGEST = 300
_RESULT: ElementOf[Result | None] = ElementOf(Result | None)


def sniff(head: bytes) -> bool:
    """Whether it names the SARIF schema, or the version and runs of tools."""
    if not starts_json(head):
        return False
    text = text_of(head)
    named = '"runs"' in text and _MARK.search(text) is not None
    return named or ("sarif" in text[:2000].lower() and '"$schema"' in text[:2000])


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` a target and tool, then its results."""
    report = decode_views(file, Report, expected=_EXPECTED)
    if report.runs is None:
        raise FormatError("there are no runs", where=file.name, remedy=f"export {_EXPECTED}")
    skips = Skips()
    together: dict[tuple[str, str], list[Run]] = {}
    for run in report.runs:
        if run is not None:
            together.setdefault((_tool(run), _target(run)), []).append(run)
    for (tool, target), runs in together.items():
        yield _scan(file, tool, runs, skips)
        yield from _findings(file, target, runs, skips)
    yield from skips.records()


def _tool(run: Run) -> str:
    return f"sarif:{run.tool_name()}"


def _target(run: Run) -> str:
    for origin in run.version_control_provenance or ():
        if origin is not None and origin.repository_uri:
            return repository_target(origin.repository_uri)
    return f"repository:{run.category() or run.tool_name()}"[:_LONGEST]


def _is_named(run: Run) -> bool:
    """Whether the file says what was scanned; else any two projects look like one."""
    return bool(run.category()) or _target(run) != f"repository:{run.tool_name()}"


def _scan(file: ExportFile, tool: str, runs: list[Run], skips: Skips) -> Scan:
    target = _target(runs[0])
    calls = [call for run in runs for call in run.invocations or () if call is not None]
    has_failed = any(call.execution_successful is False for call in calls)
    ends = (skips.instant(parse_instant(call.end_time_utc), "endTimeUtc") for call in calls)
    return Scan(
        tool=tool,
        target=target,
        kind=AssetKind.REPOSITORY,
        name=target.partition(":")[2],
        as_of=_newest(ends),
        settings=_settings(runs),
        is_complete=not has_failed,
        problem="the tool says that it failed" if has_failed else "",
        is_target_known=any(_is_named(run) for run in runs),
        has_scope_evidence=any(_results(run, file) is not None for run in runs),
    )


def _newest(moments: Iterator[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _settings(runs: list[Run]) -> str:
    categories = sorted({run.category() for run in runs} - {""})
    pairs = {"category": "+".join(categories)[:_LONGEST], "tool": runs[0].tool_name()}
    return ",".join(f"{key}={value}" for key, value in pairs.items() if value)


def _findings(
    file: ExportFile, target: str, runs: list[Run], skips: Skips
) -> Iterator[Finding]:
    shared = NumberTable()
    for run in runs:
        rules = run.rules(where=f"{file.name}: rules", expected=_EXPECTED)
        tool = run.tool_name()
        for result in _results(run, file) or ():
            if result is None or not _is_problem(result, skips):
                continue
            rule_id, rule = rules.of(result)
            finding = _finding(target, result, rule, (tool, rule_id[:_LONGEST]))
            yield _told_apart(finding, shared)


def _results(run: Run, file: ExportFile) -> Elements[Result | None] | None:
    return elements(run.results, _RESULT, where=f"{file.name}: results", expected=_EXPECTED)


def _is_problem(result: Result, skips: Skips) -> bool:
    if (result.kind or "fail").lower() in _NOT_PROBLEMS:
        skips.add(f"results of kind {str(result.kind)[:40]}")
        return False
    if (result.baseline_state or "").lower() == "absent":
        skips.add("results that the tool says are gone")
        return False
    return True


def _finding(target: str, result: Result, rule: Rule, named: tuple[str, str]) -> Finding:
    """The finding of one result; ``named`` is the tool and the rule's id."""
    tool, rule_id = named
    cves = {cve.upper() for cve in _CVE.findall(f"{rule_id} {' '.join(rule.tags())}")}
    score = score_of(rule.security_severity()) or None
    level = (result.level or rule.level() or "warning").lower()
    is_suppressed = result.is_suppressed()
    return Finding(
        target=target,
        vulnerability=cves.pop() if len(cves) == 1 else f"{tool}:{rule_id}",
        component=rule_id,
        location=_place(result),
        title=result.text()[:_LONGEST] or rule.text()[:_LONGEST],
        url=rule.help_uri or "",
        severity=_severity(level, score),
        severity_label=level,
        score=score,
        state=FindingState.ACCEPTED if is_suppressed else FindingState.OPEN,
        state_reason="suppressed" if is_suppressed else "",
    )


def _severity(level: str, score: float | None) -> Severity:
    return severity_of(_LEVELS.get(level)) if score is None else severity_of_score(score)


def _place(result: Result) -> str:
    """Where it is, with the tool's fingerprint, else the code itself: no line, it moves."""
    path = location_of(result.uri()) or result.logical_name()[:_LONGEST]
    prints = {**(result.fingerprints or {}), **(result.partial_fingerprints or {})}
    told = sorted((key, str(value)) for key, value in prints.items())
    for _, value in told:
        if value.strip() not in _NO_PRINT:
            return f"{path}#{value[:100]}"
    snippet = " ".join(result.snippet().split())
    if not snippet:
        return path
    digest = blake2b(snippet.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{path}#{digest}"


def _told_apart(finding: Finding, shared: NumberTable) -> Finding:
    """With an ordinal where an earlier result has the same rule and place.

    ``shared`` counts by hash: the names themselves would take as much as the file.
    """
    key = hash((finding.vulnerability, finding.component, finding.location))
    number = (shared.get(key) or 0) + 1
    shared[key] = number
    if number == 1:
        return finding
    return msgspec.structs.replace(finding, location=f"{finding.location}#{number}")


FORMAT = Format(
    name="sarif",
    title="SARIF 2.1.0: static analysis (CodeQL, Semgrep and others)",
    example="codeql database analyze --format=sarif-latest --output=codeql.sarif",
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)
