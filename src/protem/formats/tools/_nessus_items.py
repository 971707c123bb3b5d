"""One plugin's result on one port of a host, as a finding."""

import re
from collections.abc import Mapping

from lxml import etree

from protem.formats.dates import parse_day
from protem.formats.records import Finding, Severity
from protem.formats.severity import highest, score_of, severity_of
from protem.formats.skips import Skips

SCAN_INFORMATION = "19506"
"""The plugin whose output tells of the scan itself."""

_SEVERITIES = {
    "0": Severity.INFO,
    "1": Severity.LOW,
    "2": Severity.MEDIUM,
    "3": Severity.HIGH,
    "4": Severity.CRITICAL,
}
_SCORES = ("cvss3_base_score", "cvss4_base_score", "cvssv3", "cvssv4")
"""The last two are what Web Application Scanning writes."""
_PLUGIN = re.compile(r"[\w.-]{1,40}", re.ASCII)
_PORT = re.compile(r"\d{1,5}", re.ASCII)
_PROTOCOL = re.compile(r"[a-z0-9]{1,16}", re.ASCII)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_EXPLOITED = "CISA-KNOWN-EXPLOITED"
_NO_SOLUTION = frozenset({"", "n/a", "none"})


def plugin_of(item: etree._Element) -> str:
    """The plugin's id, or nothing where there is no proper one."""
    plugin = item.get("pluginID") or ""
    return plugin if _PLUGIN.fullmatch(plugin) else ""


def severity_in(item: etree._Element) -> Severity | None:
    """The severity that Nessus shows: with recasting, not that of ``risk_factor``."""
    return _SEVERITIES.get(item.get("severity") or "")


def component_of(item: etree._Element) -> str:
    """The plugin and the port it spoke with, such as ``19506 443/tcp``."""
    port, protocol = item.get("port") or "", (item.get("protocol") or "").lower()
    return (
        f"{plugin_of(item)} {port if _PORT.fullmatch(port) else '0'}"
        f"/{protocol if _PROTOCOL.fullmatch(protocol) else 'tcp'}"
    )


def finding_of(item: etree._Element, target: str, severity: Severity, skips: Skips) -> Finding:
    """The finding of one ``ReportItem``.

    A plugin that names several CVEs stands for all of them, so it goes by its own id.
    """
    cells = _cells(item)
    plugin = plugin_of(item)
    score = highest(score_of(text) for name in _SCORES for text in cells.get(name, ()))
    patched_on = parse_day(_first(cells, "patch_publication_date").replace("/", "-"))
    return Finding(
        target=target,
        vulnerability=_only_cve(cells) or f"NESSUS-{plugin}",
        component=component_of(item),
        title=item.get("pluginName") or _first(cells, "synopsis"),
        url=f"https://www.tenable.com/plugins/nessus/{plugin}" if plugin.isdecimal() else "",
        severity=severity_of(severity.name, score),
        severity_label=severity.name.capitalize(),
        score=score,
        is_fixable=_is_fixable(_first(cells, "solution")),
        fix_available_on=skips.day(patched_on, "patch_publication_date"),
        is_exploited=True if _is_exploited(cells) else None,
    )


def _cells(item: etree._Element) -> dict[str, list[str]]:
    cells: dict[str, list[str]] = {}
    for child in item:
        cells.setdefault(child.tag, []).append((child.text or "").strip())
    return cells


def _first(cells: Mapping[str, list[str]], name: str) -> str:
    return cells[name][0] if name in cells else ""


def _only_cve(cells: Mapping[str, list[str]]) -> str:
    names = {name for text in cells.get("cve", ()) if _CVE.fullmatch(name := text.upper())}
    return names.pop() if len(names) == 1 else ""


def _is_fixable(solution: str) -> bool:
    plain = solution.lower()
    return plain not in _NO_SOLUTION and "no known solution" not in plain


def _is_exploited(cells: Mapping[str, list[str]]) -> bool:
    return "cisa-known-exploited" in cells or any(
        text.upper().startswith(_EXPLOITED) for text in cells.get("xref", ())
    )
