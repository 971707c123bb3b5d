"""Nessus scans in the ``.nessus`` form (version 2, also written by Tenable).

A finding is a plugin on a port of a host, as Nessus counts, not a CVE: one plugin often
stands for a dozen. Informational items are left out and counted. Scans with and without
credentials, or by another policy, see different things, so both are part of the settings.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import text_of
from protem.formats.machines import mac_addresses, said
from protem.formats.records import Finding, Record, Scan, Severity
from protem.formats.skips import Skips
from protem.formats.tools._nessus_host import (
    LONGEST,
    Host,
    cloud_id_of,
    hostname_of,
    moment_of,
    os_family_of,
    properties_of,
    settings_of,
    site_of,
)
from protem.formats.tools._nessus_items import (
    SCAN_INFORMATION,
    finding_of,
    plugin_of,
    severity_in,
)

TOOL = "nessus"

_ROOT = "NessusClientData_v2"
_TAGS = ("HostProperties", "ReportItem", "ReportHost", "Policy")
_REMEDY = "export the scan again as Nessus (.nessus)"


def sniff(head: bytes) -> bool:
    """Whether the root element is Nessus's."""
    text = text_of(head).lstrip()
    return text.startswith("<") and re.search(rf"<{_ROOT}[\s>]", text) is not None


def parse(file: ExportFile) -> Iterator[Record]:
    """Host by host a ``Scan``, then its findings."""
    try:
        with file.path.open("rb") as stream:
            yield from _records(file, _elements(stream))
    except (etree.LxmlError, SyntaxError, ValueError, LookupError, OSError) as error:
        what = getattr(error, "msg", None) or error
        raise FormatError(
            f"not a complete XML file: {what}", where=file.name, remedy=_REMEDY
        ) from None


def _records(file: ExportFile, elements: etree.iterparse) -> Iterator[Record]:
    skips, host, policy = Skips(), Host(), ""
    settings: dict[str, str] = {}
    for _, element in elements:
        if element.tag == "Policy":
            policy = (element.findtext("policyName") or "").strip()
        elif element.tag == "HostProperties":
            host.tags = properties_of(element)
            _identify(host, element)
        elif element.tag == "ReportItem":
            _take(host, element, skips)
        else:
            _refuse_dtd(element, file)
            host.named = element.get("name") or ""
            yield _scan(host, policy, settings, skips)
            yield from host.findings.values()
            host = Host()
        _forget(element)
    if elements.root is None or elements.root.tag != _ROOT:
        raise FormatError(f"the root is not <{_ROOT}>", where=file.name, remedy=_REMEDY)
    if not settings:
        skips.add("report without hosts")
    yield from skips.records()


def _refuse_dtd(element: etree._Element, file: ExportFile) -> None:
    if getattr(element.getroottree().docinfo, "doctype", ""):
        raise FormatError("it declares a DTD", where=file.name, remedy=_REMEDY)


def _elements(stream: BinaryIO) -> etree.iterparse:
    return etree.iterparse(
        stream,
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
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _identify(host: Host, child: etree._Element) -> None:
    """Give ``host`` its target when the first of its children is read."""
    if host.target:
        return
    parent = child.getparent()
    host.named = (parent.get("name") if parent is not None else "") or ""
    address = said(host.tags.get("host-ip")) or site_of(host.named)
    host.target = f"host:{(hostname_of(host) or address)[:LONGEST].lower()}"


def _take(host: Host, item: etree._Element, skips: Skips) -> None:
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


def _keep(host: Host, finding: Finding, skips: Skips) -> None:
    """Of one plugin's results on one port, the gravest."""
    known = host.findings.get(finding.component)
    if known is not None:
        skips.add("the same plugin on the same port")
    if known is None or known.severity < finding.severity:
        host.findings[finding.component] = finding


def _scan(host: Host, policy: str, others: dict[str, str], skips: Skips) -> Scan:
    """The look at one host; ``others`` are the settings by target of those before it.

    Two hosts of one name in a file are one thing to everything above, so neither proves
    anything by its silence.
    """
    tags = host.tags
    target = host.target or f"host:{site_of(host.named)[:LONGEST].lower()}"
    problem = _problem(tags)
    if target in others:
        problem = "the file holds more than one host of this name"
    return Scan(
        tool=TOOL,
        target=target,
        name=(host.named or tags.get("host-ip", ""))[:LONGEST],
        as_of=skips.instant(moment_of(tags), "HOST_END"),
        settings=others.setdefault(target, settings_of(host, policy)),
        is_complete=not problem,
        problem=problem,
        has_scope_evidence=host.items > 0,
        hostname=hostname_of(host),
        macs=mac_addresses(*tags.get("mac-address", "").split()),
        cloud_id=cloud_id_of(tags),
        os_family=os_family_of(tags.get("operating-system") or tags.get("os") or ""),
    )


def _problem(tags: dict[str, str]) -> str:
    has_ended = tags.get("host_end_timestamp") or tags.get("host_end")
    return "" if has_ended else "the scan of this host did not finish"


FORMAT = Format(
    name=TOOL,
    title="Nessus (.nessus)",
    example="in Nessus: Scans, the scan, Export, Nessus",
    feeds=(Feeds.MTTR, Feeds.PATCH_CADENCE),
    sniff=sniff,
    parse=parse,
    identity=("vulnerability", "component"),
)
