"""Nessus scans in the ``.nessus`` form (version 2, also written by Tenable).

A finding is a plugin on a port of a host, as Nessus counts, not a CVE: one plugin often
stands for a dozen. Informational items are left out and counted. Scans with and without
credentials, or by another policy, see different things, so both are part of the settings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import text_of
from protem.formats.machines import mac_addresses, os_family, said, short_name
from protem.formats.records import Finding, Record, Scan, Severity
from protem.formats.skips import Skips
from protem.formats.tools._nessus_items import (
    SCAN_INFORMATION,
    finding_of,
    plugin_of,
    severity_in,
)

TOOL = "nessus"

_ROOT = "NessusClientData_v2"
_TAGS = ("HostProperties", "ReportItem", "ReportHost", "Policy")
_NAMES = ("hostname", "host-fqdn", "netbios-name")
_NO_NAMES = frozenset({"localhost", "localhost4", "localhost6"})
_CLOUD_IDS = ("aws-instance-instanceid", "azure-instance-vmid", "gcp-instance-instanceid")
_CREDENTIALED = re.compile(
    r"^\s*Credentialed checks\s*:\s*(yes|no)", re.MULTILINE | re.IGNORECASE
)
_POLICY = re.compile(r"^\s*Scan policy used\s*:[ \t]*(\S[^\r\n]{0,199})", re.MULTILINE)
_CTIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})", re.ASCII
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 200
_REMEDY = "export the scan again as Nessus (.nessus)"


@dataclass(kw_only=True, slots=True)
class _Host:
    """What is known of the host being read."""

    named: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    target: str = ""
    findings: dict[str, Finding] = field(default_factory=dict)
    information: str = ""
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
    skips, host, policy = Skips(), _Host(), ""
    settings: dict[str, str] = {}
    elements = _elements(file)
    for _, element in elements:
        if element.tag == "Policy":
            policy = (element.findtext("policyName") or "").strip()
        elif element.tag == "HostProperties":
            host.tags = _properties(element)
            _identify(host, element)
        elif element.tag == "ReportItem":
            _take(host, element, skips)
        else:
            host.named = element.get("name") or ""
            yield _scan(host, policy, settings, skips)
            yield from host.findings.values()
            host = _Host()
        _forget(element)
    if elements.root is None or elements.root.tag != _ROOT:
        raise FormatError(f"the root is not <{_ROOT}>", where=file.name, remedy=_REMEDY)
    if not settings:
        skips.add("report without hosts")
    yield from skips.records()


def _elements(file: ExportFile) -> etree.iterparse:
    return etree.iterparse(
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


def _identify(host: _Host, child: etree._Element) -> None:
    """Give ``host`` its target when the first of its children is read."""
    if host.target:
        return
    parent = child.getparent()
    host.named = (parent.get("name") if parent is not None else "") or ""
    address = said(host.tags.get("host-ip")) or _site(host.named)
    host.target = f"host:{(_hostname(host) or address)[:_LONGEST].lower()}"


def _hostname(host: _Host) -> str | None:
    """The short name, best source first.

    NetBIOS cuts names to 15 letters, and reverse DNS often gives the provider's name of an
    address, so these come late.
    """
    texts = [host.tags.get(name, "").rpartition("\\")[2] for name in _NAMES]
    names = map(short_name, [*texts, host.named, host.tags.get("host-rdns")])
    return next((name for name in names if name and name not in _NO_NAMES), None)


def _site(named: str) -> str:
    """Of an address of a web application, the site."""
    return named.partition("://")[2].partition("/")[0] if "://" in named else named


def _take(host: _Host, item: etree._Element, skips: Skips) -> None:
    _identify(host, item)
    host.items += 1
    plugin, severity = plugin_of(item), severity_in(item)
    if plugin == SCAN_INFORMATION:
        host.information = item.findtext("plugin_output") or ""
    if severity is None or not plugin:
        skips.add("item without plugin or severity")
    elif severity is Severity.INFO:
        skips.add("informational")
    else:
        _keep(host, finding_of(item, host.target, severity, skips), skips)


def _keep(host: _Host, finding: Finding, skips: Skips) -> None:
    """Of one plugin's results on one port, the gravest."""
    known = host.findings.get(finding.component)
    if known is not None:
        skips.add("the same plugin on the same port")
    if known is None or known.severity < finding.severity:
        host.findings[finding.component] = finding


def _scan(host: _Host, policy: str, others: dict[str, str], skips: Skips) -> Scan:
    """The look at one host; ``others`` are the settings by target of those before it.

    Two hosts of one name in a file are one thing to everything above, so neither proves
    anything by its silence.
    """
    tags = host.tags
    target = host.target or f"host:{_site(host.named)[:_LONGEST].lower()}"
    problem = _problem(tags)
    if target in others:
        problem = "the file holds more than one host of this name"
    return Scan(
        tool=TOOL,
        target=target,
        name=(host.named or tags.get("host-ip", ""))[:_LONGEST],
        as_of=skips.instant(_moment(tags), "HOST_END"),
        settings=others.setdefault(target, _settings(host, policy)),
        is_complete=not problem,
        problem=problem,
        has_scope_evidence=host.items > 0,
        hostname=_hostname(host),
        macs=mac_addresses(*tags.get("mac-address", "").split()),
        cloud_id=next((tags[name] for name in _CLOUD_IDS if said(tags.get(name))), None),
        os_family=_os_family(tags.get("operating-system") or tags.get("os") or ""),
    )


def _problem(tags: dict[str, str]) -> str:
    has_ended = tags.get("host_end_timestamp") or tags.get("host_end")
    return "" if has_ended else "the scan of this host did not finish"


def _os_family(name: str) -> str | None:
    """The family; Cisco's IOS is not Apple's."""
    return None if "cisco" in name.lower() else os_family(name)


def _settings(host: _Host, policy: str) -> str:
    said_so = _CREDENTIALED.search(host.information)
    word = said_so[1].lower() if said_so else host.tags.get("credentialed_scan", "").lower()
    credentialed = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}.get(word)
    used = _POLICY.search(host.information)
    name = used[1].strip() if used else host.tags.get("policy-used") or policy
    pairs = {"credentialed": credentialed, "policy": name[:_LONGEST]}
    return ",".join(f"{key}={value}" for key, value in pairs.items() if value)


def _moment(tags: dict[str, str]) -> datetime | None:
    for name in ("host_end", "host_start"):
        text = tags.get(name, "")
        moment = parse_instant(tags.get(f"{name}_timestamp")) or parse_instant(text)
        if (moment := moment or _ctime(text)) is not None:
            return moment
    return None


def _ctime(text: str) -> datetime | None:
    """C's ``ctime``, as Nessus writes it without a time zone: taken as UTC."""
    match = _CTIME.fullmatch(text)
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
    feeds=(Feeds.MTTR, Feeds.PATCH_CADENCE),
    sniff=sniff,
    parse=parse,
    identity=("vulnerability", "component"),
)
