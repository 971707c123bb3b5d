"""Samples enlarged to any size, as an export of a larger company would be.

What grows is copied many times over, and what tells one thing from another (ids, names,
serial numbers) differs from copy to copy, so that no parser can fold the copies together.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LISTS: dict[str, tuple[str | int, ...]] = {
    "aws-ec2/instances.json": ("Reservations",),
    "aws-ssm/instances.json": ("InstanceInformationList",),
    "aws-ssm-patches/i-0a41c2d8e9f00b317.patches.json": ("Patches",),
    "aws-ssm-states/patch-states.json": ("InstancePatchStates",),
    "azure-vms/graph.json": ("data",),
    "cisa-kev/catalogue.json": ("vulnerabilities",),
    "crowdstrike-falcon/hosts.json": ("resources",),
    "cyclonedx-vex/link.json": ("vulnerabilities",),
    "cyclonedx-vex/vdr.json": ("vulnerabilities",),
    "cyclonedx-vex/vex.json": ("vulnerabilities",),
    "defender/machines.json": ("value",),
    "fleet/hosts.json": ("hosts",),
    "fleet/hosts-software.json": ("hosts",),
    "github-dependabot/graphql.json": ("data", "repository", "vulnerabilityAlerts", "nodes"),
    "google-workspace/chromeos.json": ("chromeosdevices",),
    "google-workspace/endpoints.json": ("devices",),
    "google-workspace/mobile.json": ("mobiledevices",),
    "grype/image.json": ("matches",),
    "grype/only-fixed.json": ("ignoredMatches",),
    "intune/devices.json": ("value",),
    "intune-updates/update-states.json": ("value",),
    "jamf/computers.json": ("results",),
    "jamf/computers-updates.json": ("results",),
    "jamf/mobiles.json": ("results",),
    "openvex/supplier.json": ("statements",),
    "osv-scanner/checkout.json": ("results", 0, "packages"),
    "sarif/codeql.sarif": ("runs", 0, "results"),
    "sentinelone/agents.json": ("data",),
    "trivy/checkout.json": ("Results",),
    "trivy/cluster.json": ("Resources",),
    "trivy/image.json": ("Results", 0, "Vulnerabilities"),
    "wazuh/agents.json": ("data", "affected_items"),
}
"""Where the list is that grows; a file that is not named here is one itself."""

_TELLING = re.compile(
    r"(?:.*[^a-z])?(?:id|name|host_?name|(?:device|computer|display)_?name|computerDnsName"
    r"|serial_?(?:number)?|hardware_serial|.*Id|KBId|cveID|cve_id|ghsa_id|uuid|udid|number"
    r"|asset|vulnerability|patch|csname|hotfixid|host_id|VulnerabilityID|PkgName|uri|nevra|cve)",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"account_?id|owner_?id|cid|baseline_?id|subscription_?id|team_?id|group_?id|policy_?id"
    r"|(?:group|rule|team|full|site|account|manager|node|platform|os|pkg|blueprint|system)_?name",
    re.IGNORECASE,
)
_COUNTED = "\N{SYMBOL FOR NULL}" * 6
_ENDING = re.compile(r"[0-9a-f]{7,}$", re.IGNORECASE)
_PLACE = "\N{SYMBOL FOR SUBSTITUTE}"


def enlarged(path: Path, size: int) -> bytes:
    """The sample at ``path`` with its list grown to ``size`` bytes or a little more."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix in {".json", ".sarif"}:
        steps = LISTS.get(f"{path.parent.name}/{path.name}", ())
        return grown_json(_documents(text)[0], steps, size)
    if path.suffix == ".csv":
        return _grown_table(text, size)
    if path.suffix == ".nessus":
        return _grown_between(text, "<ReportHost", "</Report>", size)
    if path.suffix == ".ics":
        return _grown_between(text, "BEGIN:VEVENT", "END:VCALENDAR", size)
    return "".join(_copies(_in_lines(text), len(text), size)).encode()


def grown_json(document: Any, steps: tuple[str | int, ...], size: int) -> bytes:
    """``document`` with copies of what the list at ``steps`` holds."""
    inner = document
    for step in steps:
        inner = inner[step]
    part = ", ".join(json.dumps(_marked(element)) for element in inner)
    part = part.replace(json.dumps(_COUNTED)[1:-1], _COUNTED)
    inner[:] = [_PLACE]
    before, after = json.dumps(document, indent=1).split(json.dumps(_PLACE))
    copies = ",\n".join(_copies(part, len(part), size))
    return f"{before}{copies}{after}".encode()


def _documents(text: str) -> list[Any]:
    found, place, decoder = [], 0, json.JSONDecoder()
    while place < len(text.rstrip()):
        document, place = decoder.raw_decode(text, place)
        found.append(document)
        while text[place : place + 1].isspace():
            place += 1
    return found


def _copies(part: str, length: int, size: int) -> Iterator[str]:
    for number in range(1 + size // length):
        yield part.replace(_COUNTED, f"{number:06d}")


def _marked(value: Any, key: str = "") -> Any:
    """``value`` with a place for the copy's number at the end of what tells things apart."""
    if isinstance(value, dict):
        return {name: _marked(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_marked(each, key) for each in value]
    if isinstance(value, str) and value:
        return _numbered(value) if _tells(key) else value
    return value


def _tells(name: str) -> bool:
    return bool(_TELLING.fullmatch(name)) and not _SHARED.fullmatch(name)


def _numbered(value: str) -> str:
    """``value`` with a number: within a long id, which must keep its length, else behind."""
    ending = _ENDING.search(value)
    if ending is None:
        return value + _COUNTED
    start, digits = ending.start(), ending[0]
    return f"{value[:start]}{digits[:-7]}{_COUNTED}{digits[-1]}"


def _grown_table(text: str, size: int) -> bytes:
    lines = text.splitlines(keepends=True)
    start = 1 if lines[0].startswith("#") else 0
    top, header = "".join(lines[: start + 1]), lines[start]
    delimiter = max(",;", key=header.count)
    names = next(csv.reader([header.strip()], delimiter=delimiter))
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    for row in csv.reader(io.StringIO("".join(lines[start + 1 :])), delimiter=delimiter):
        pairs = zip(names, row, strict=False)
        writer.writerow(
            [
                _numbered(cell) if cell and _tells(name.replace(" ", "_")) else cell
                for name, cell in pairs
            ]
        )
    part = written.getvalue()
    return (top + "".join(_copies(part, len(part), size))).encode()


_WORDS = re.compile(
    r"\b(?:openssl|libssl3t64|libssl3|nginx|nginx-common|curl|jq|zlib1g|weekly-risk)\b"
    r"|(?<=^UID:)[\w-]+|(?<=Transaction ID : )\d+|(?<=<ReportHost name=\")[\d.]+"
    r"|(?<=\"host-(?:fqdn)\">)[\w-]+|(?<=\"host-ip\">)[\d.]+",
    re.MULTILINE,
)


def _in_lines(text: str) -> str:
    return _WORDS.sub(lambda match: _numbered(match[0]), text)


def _grown_between(text: str, begin: str, end: str, size: int) -> bytes:
    start, stop = text.index(begin), text.rindex(end)
    part = _in_lines(text[start:stop])
    copies = "".join(_copies(part, len(part), size))
    return f"{text[:start]}{copies}{text[stop:]}".encode()
