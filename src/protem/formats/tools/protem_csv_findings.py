"""Protem's own table of findings: for tools without a format, pen tests and manual lists.

Each row says its own state and dates. With ``scanned_at`` an asset's rows are the whole of
what the tool found on it, so an absent row is a finding that is gone; without it absence
means nothing. A row with ``scanned_at`` and no vulnerability says that nothing was found.
"""

from collections.abc import Iterator
from datetime import datetime

from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.machines import short_name
from protem.formats.newest import NewestOf
from protem.formats.records import AssetKind, Finding, FindingState, Record, Scan, Severity
from protem.formats.sheets import Cell, Column, Sheet, is_sheet, read_sheet
from protem.formats.skips import IMPOSSIBLE, Skips
from protem.formats.tables import Row

TOOL = "protem-findings"

_KINDS = {kind.value: kind for kind in AssetKind}
_STATES = {state.value: state for state in FindingState}
_SEVERITIES = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.INFO,
    "informational": Severity.INFO,
    "none": Severity.INFO,
    "unknown": Severity.UNKNOWN,
}
_FINDERS = {name: name for name in ("internal", "commissioned", "outside")}
_BANDS = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
_MOST_TOOLS = 50
_HOSTS = frozenset({AssetKind.LAPTOP, AssetKind.SERVER, AssetKind.CLOUD, AssetKind.MOBILE})

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="asset", required=True, meaning="Host, repository or image concerned."),
        Column(
            name="asset_kind",
            type=Cell.CHOICE,
            choices=tuple(_KINDS),
            meaning="What sort of thing it is.",
        ),
        Column(
            name="vulnerability",
            required=True,
            may_be_blank=True,
            meaning="CVE, GHSA or your own id; empty: looked at, nothing found.",
        ),
        Column(
            name="severity",
            type=Cell.CHOICE,
            choices=tuple(_SEVERITIES),
            meaning="The tool's word; without it the band of cvss.",
        ),
        Column(name="cvss", type=Cell.NUMBER, meaning="CVSS base score, 0 to 10."),
        Column(name="component", meaning="Package or part concerned, without version."),
        Column(name="location", meaning="Where in the asset, without line number."),
        Column(name="title", meaning="In words."),
        Column(
            name="state",
            type=Cell.CHOICE,
            choices=tuple(_STATES),
            meaning="Open when empty, fixed when fixed_on is filled.",
        ),
        Column(name="found_on", type=Cell.INSTANT, meaning="When it was first found."),
        Column(name="fixed_on", type=Cell.INSTANT, meaning="When it was fixed or decided."),
        Column(name="fix_available_on", type=Cell.DAY, meaning="Since when there is a fix."),
        Column(name="exploited", type=Cell.FLAG, meaning="Known to be exploited."),
        Column(
            name="found_by",
            type=Cell.CHOICE,
            choices=tuple(_FINDERS),
            meaning="Who found it: we, somebody we paid, or somebody else.",
        ),
        Column(name="owner", meaning="Person or team that fixes it."),
        Column(name="scanned_at", type=Cell.INSTANT, meaning="When the asset was looked at."),
        Column(name="tool", meaning="The tool that found it; this table when empty."),
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """Tool by tool its findings; before an asset's first one, its ``Scan``."""
    tools: dict[str, None] = {}
    newest = NewestOf(file.modified_at)
    for row in read_sheet(SHEET, file, Skips()):
        newest.add(_look(_scan(row)), row.instant("scanned_at"))
        tools[_tool(row)] = None
        if len(tools) > _MOST_TOOLS:
            raise FormatError(
                f"more than {_MOST_TOOLS} tools", where=file.name, remedy="split the file"
            )
    skips = Skips()
    for number, tool in enumerate(tools or (TOOL,)):
        for row in read_sheet(SHEET, file, Skips() if number else skips):
            if _tool(row) == tool:
                scan = _scan(row)
                if (look := _look(scan)) in newest:
                    yield _dated(scan, newest.pop(look))
                if (finding := _finding(row, skips)) is not None:
                    yield finding
    yield from skips.records()


def _look(scan: Scan) -> str:
    return f"{scan.tool} {scan.target}"


def _tool(row: Row) -> str:
    return row.text("tool") or TOOL


def _scan(row: Row) -> Scan:
    kind = row.choice("asset_kind", _KINDS) or AssetKind.OTHER
    name = row.text("asset")
    return Scan(
        tool=_tool(row),
        target=_target(kind, name),
        kind=kind,
        name=name,
        hostname=short_name(name) if kind in _HOSTS else None,
    )


def _dated(scan: Scan, scanned_at: datetime | None) -> Scan:
    return Scan(
        tool=scan.tool,
        target=scan.target,
        kind=scan.kind,
        name=scan.name,
        as_of=scanned_at,
        proves_absence=scanned_at is not None,
        hostname=scan.hostname,
    )


def _target(kind: AssetKind, name: str) -> str:
    if kind in {AssetKind.REPOSITORY, AssetKind.IMAGE}:
        return f"{kind.value}:{name}"
    short = short_name(name) if kind in _HOSTS else None
    return f"host:{short or name.lower()}"


def _finding(row: Row, skips: Skips) -> Finding | None:
    vulnerability = row.text("vulnerability")
    if not vulnerability:
        if row.instant("scanned_at") is None:
            raise row.refuse(
                "vulnerability",
                "the cell is empty",
                "name the flaw, or fill scanned_at to say that nothing was found",
            )
        return None
    found_at = skips.instant(row.instant("found_on"), "found_on")
    ended_at = skips.instant(row.instant("fixed_on"), "fixed_on")
    if found_at is not None and ended_at is not None and ended_at < found_at:
        skips.add(f"{IMPOSSIBLE}: fixed before it was found")
        ended_at = None
    score = row.number_in("cvss", 10)
    label = row.text("severity")
    severity = row.choice("severity", _SEVERITIES)
    available_on = skips.day(row.day("fix_available_on"), "fix_available_on")
    return Finding(
        target=_scan(row).target,
        vulnerability=vulnerability,
        component=row.text("component"),
        location=row.text("location"),
        title=row.text("title"),
        severity=_band(score) if severity is None else severity,
        severity_label=label,
        score=score,
        state=_state(row),
        found_at=found_at,
        ended_at=ended_at,
        fix_available_on=available_on,
        is_exploited=row.flag("exploited"),
        found_by=row.choice("found_by", _FINDERS) or "",
        owner=row.text("owner"),
    )


def _state(row: Row) -> FindingState:
    state, is_dated = row.choice("state", _STATES), bool(row.text("fixed_on"))
    if state is FindingState.OPEN and is_dated:
        raise row.refuse(
            "state", "open, and yet fixed_on is filled", "write fixed or empty fixed_on"
        )
    return state or (FindingState.FIXED if is_dated else FindingState.OPEN)


def _band(score: float | None) -> Severity:
    """CVSS v3.1 and v4.0, qualitative severity rating scale."""
    if score is None:
        return Severity.UNKNOWN
    for least, severity in _BANDS:
        if score >= least:
            return severity
    return Severity.LOW if score > 0 else Severity.INFO


FORMAT = Format(
    name=TOOL,
    title="Protem findings (CSV)",
    example="a spreadsheet with the columns asset, vulnerability, severity, found_on, fixed_on",
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)
