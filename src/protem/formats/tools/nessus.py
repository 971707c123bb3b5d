"""Nessus scans in the ``.nessus`` form (version 2, also written by Tenable).

A finding is a plugin on a port of a host, as Nessus counts, not a CVE: one plugin often
stands for a dozen. Informational items are left out and counted. Scans with and without
credentials see different things, so that is part of the scan's settings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from protem.formats.dates import parse_day, parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import text_of
from protem.formats.machines import mac_addresses, os_family, said, short_name
from protem.formats.records import AssetKind, Finding, Record, Scan, Severity
from protem.formats.severity import score_of, severity_of
from protem.formats.skips import Skips

TOOL = "nessus"

_ROOT = "NessusClientData_v2"
_TAGS = ("HostProperties", "ReportItem", "ReportHost", "Policy")
_SCAN_INFORMATION = "19506"
_SEVERITIES = {
    "0": Severity.INFO,
    "1": Severity.LOW,
    "2": Severity.MEDIUM,
    "3": Severity.HIGH,
    "4": Severity.CRITICAL,
}
_NAMES = ("hostname", "netbios-name", "host-fqdn", "host-rdns")
_CLOUD_IDS = ("aws-instance-instanceid", "azure-instance-vmid", "gcp-instance-instanceid")
_CREDENTIALED = re.compile(
    r"^\s*Credentialed checks\s*:\s*(yes|no)", re.MULTILINE | re.IGNORECASE
)
_POLICY = re.compile(r"^\s*Scan policy used\s*:[ \t]*(\S[^\r\n]{0,199})", re.MULTILINE)
_CTIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})", re.ASCII
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_REMEDY = "export the scan again as Nessus (.nessus)"


@dataclass(kw_only=True, slots=True)
class _Host:
    """What is known of the host being read."""

    tags: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    information: str = ""
    """The output of the plugin that tells of the scan itself."""
    items: int = 0


def sniff(head: bytes) -> bool:
    """Whether the root element is Nessus's."""
    text = text_of(head).lstrip()
    return text.startswith("<") and re.search(rf"<{_ROOT}[\s>]", text) is not None


def parse(file: ExportFile) -> Iterator[Record]:
    """Host by host a ``Scan``, then its findings."""
    try:
        yield from _records(file)
    except (etree.LxmlError, SyntaxError, ValueError, LookupError, OSError) as error:
        raise FormatError(
            f"not a complete XML file: {error}", where=file.name, remedy=_REMEDY
        ) from None


def _records(file: ExportFile) -> Iterator[Record]:
    skips, host, policy, hosts = Skips(), _Host(), "", 0
    elements = etree.iterparse(
        str(file.path),
        events=("end",),
        tag=_TAGS,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in elements:
        if element.tag == "Policy":
            policy = _text(element, "policyName")
        elif element.tag == "HostProperties":
            host.tags = _properties(element)
        elif element.tag == "ReportItem":
            _take(host, element, skips)
        else:
            hosts += 1
            yield from _host_records(host, element.get("name") or "", policy, skips)
            host = _Host()
        _forget(element)
    if elements.root is None or elements.root.tag != _ROOT:
        raise FormatError(f"the root is not <{_ROOT}>", where=file.name, remedy=_REMEDY)
    if not hosts:
        skips.add("report without hosts")
    yield from skips.records()


def _forget(element: etree._Element) -> None:
    element.clear()
    while (before := element.getprevious()) is not None:
        parent = before.getparent()
        if parent is None:
            return
        parent.remove(before)


def _properties(element: etree._Element) -> dict[str, str]:
    return {
        (tag.get("name") or "").lower(): (tag.text or "").strip() for tag in element.iter("tag")
    }


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _take(host: _Host, item: etree._Element, skips: Skips) -> None:
    host.items += 1
    plugin = item.get("pluginID") or ""
    if plugin == _SCAN_INFORMATION:
        host.information = _text(item, "plugin_output")
    severity = _SEVERITIES.get(item.get("severity") or "")
    if severity is None or not plugin:
        skips.add("item without plugin or severity")
    elif severity is Severity.INFO:
        skips.add("informational")
    else:
        host.findings.append(_finding(item, plugin, severity, skips))


def _finding(item: etree._Element, plugin: str, severity: Severity, skips: Skips) -> Finding:
    """The finding, its target still to be filled in."""
    names = {(cve.text or "").strip().upper() for cve in item.iterfind("cve")}
    cves = tuple(sorted(name for name in names if _CVE.fullmatch(name)))
    score = score_of(_text(item, "cvss4_base_score")) or score_of(
        _text(item, "cvss3_base_score")
    )
    patched_on = parse_day(_text(item, "patch_publication_date").replace("/", "-"))
    return Finding(
        target="",
        vulnerability=f"nessus:{plugin}",
        aliases=cves if len(cves) == 1 else (),
        component=f"{item.get('port') or 0}/{item.get('protocol') or 'tcp'}",
        title=item.get("pluginName") or _text(item, "synopsis"),
        url=f"https://www.tenable.com/plugins/nessus/{plugin}" if plugin.isdigit() else "",
        severity=severity_of(severity.name, score),
        severity_label=_text(item, "risk_factor") or severity.name.capitalize(),
        score=score,
        is_fixable="no known solution" not in _text(item, "solution").lower(),
        fix_available_on=skips.day(patched_on, "patch_publication_date"),
        is_exploited=True if _is_exploited(item) else None,
    )


def _is_exploited(item: etree._Element) -> bool:
    if item.find("cisa-known-exploited") is not None:
        return True
    return any(
        (xref.text or "").upper().startswith("CISA-KNOWN-EXPLOITED")
        for xref in item.iterfind("xref")
    )


def _host_records(host: _Host, named: str, policy: str, skips: Skips) -> Iterator[Record]:
    scan = _scan(host, named, policy, skips)
    yield scan
    for finding in host.findings:
        yield _placed(finding, scan.target)


def _placed(finding: Finding, target: str) -> Finding:
    fields = {name: getattr(finding, name) for name in finding.__struct_fields__}
    return Finding(**{**fields, "target": target})


def _scan(host: _Host, named: str, policy: str, skips: Skips) -> Scan:
    tags = host.tags
    names = [*(tags.get(name, "").rpartition("\\")[2] for name in _NAMES), named]
    hostname = next(filter(None, map(short_name, names)), None)
    has_ended = bool(tags.get("host_end_timestamp") or tags.get("host_end"))
    return Scan(
        tool=TOOL,
        target=f"host:{hostname or (tags.get('host-ip') or named).lower()}",
        kind=AssetKind.OTHER,
        name=named or tags.get("host-ip", ""),
        as_of=skips.instant(_moment(tags), "HOST_END"),
        settings=_settings(host, policy),
        is_complete=has_ended,
        problem="" if has_ended else "the scan of this host did not finish",
        has_scope_evidence=host.items > 0,
        hostname=hostname,
        macs=mac_addresses(*tags.get("mac-address", "").split()),
        cloud_id=next((tags[name] for name in _CLOUD_IDS if said(tags.get(name))), None),
        os_family=os_family(tags.get("operating-system") or tags.get("os")),
    )


def _settings(host: _Host, policy: str) -> str:
    said_so = _CREDENTIALED.search(host.information)
    word = said_so[1].lower() if said_so else host.tags.get("credentialed_scan", "").lower()
    credentialed = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}.get(word)
    used = _POLICY.search(host.information)
    name = used[1].strip() if used else host.tags.get("policy-used") or policy
    pairs = {"credentialed": credentialed, "policy": name[:200]}
    return "; ".join(f"{key}={value}" for key, value in pairs.items() if value)


def _moment(tags: dict[str, str]) -> datetime | None:
    for name in ("host_end", "host_start"):
        moment = parse_instant(tags.get(f"{name}_timestamp")) or _ctime(tags.get(name, ""))
        if moment is not None:
            return moment
    return None


def _ctime(text: str) -> datetime | None:
    """C's ``ctime``, as Nessus writes it without a time zone: taken as UTC."""
    match = _CTIME.fullmatch(text.strip())
    if match is None or match[1] not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(part) for part in match.groups()[1:])
    month = _MONTHS.index(match[1]) + 1
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


FORMAT = Format(
    name=TOOL,
    title="Nessus (.nessus)",
    example="in Nessus: Scans, the scan, Export, Nessus",
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
    identity=("vulnerability", "component"),
)
