"""What a ``.nessus`` file says of one host, apart from its results."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from protem.formats.dates import parse_instant
from protem.formats.machines import os_family, said, short_name
from protem.formats.records import Finding

LONGEST = 200

_NAMES = ("hostname", "host-fqdn", "netbios-name")
_NO_NAMES = frozenset({"localhost", "localhost4", "localhost6"})
_CLOUD_IDS = ("aws-instance-instanceid", "azure-instance-vmid", "gcp-instance-instanceid")
_CREDENTIALED = re.compile(
    r"^[ \t]*Credentialed checks[ \t]*:[ \t]*(yes|no)", re.MULTILINE | re.IGNORECASE
)
_POLICY = re.compile(r"^[ \t]*Scan policy used[ \t]*:[ \t]*(\S[^\r\n]{0,199})", re.MULTILINE)
_CTIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})", re.ASCII
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(kw_only=True, slots=True)
class Host:
    """What is known of the host being read."""

    named: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    target: str = ""
    findings: dict[str, Finding] = field(default_factory=dict)
    information: str = ""
    items: int = 0


def properties_of(element: etree._Element) -> dict[str, str]:
    """The tags of ``HostProperties``, names in lower case."""
    return {
        (tag.get("name") or "").lower(): (tag.text or "").strip() for tag in element.iter("tag")
    }


def hostname_of(host: Host) -> str | None:
    """The short name, best source first.

    NetBIOS cuts names to 15 letters, and reverse DNS often gives the provider's name of an
    address, so these come late.
    """
    texts = [host.tags.get(name, "").rpartition("\\")[2] for name in _NAMES]
    names = map(short_name, [*texts, host.named, host.tags.get("host-rdns")])
    return next((name for name in names if name and name not in _NO_NAMES), None)


def site_of(named: str) -> str:
    """Of an address of a web application, the site."""
    return named.partition("://")[2].partition("/")[0] if "://" in named else named


def os_family_of(name: str) -> str | None:
    """The family; Cisco's IOS is not Apple's."""
    return None if "cisco" in name.lower() else os_family(name)


def settings_of(host: Host, policy: str) -> str:
    """What changes what the scan can see: credentials and policy."""
    said_so = _CREDENTIALED.search(host.information)
    word = said_so[1].lower() if said_so else host.tags.get("credentialed_scan", "").lower()
    credentialed = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}.get(word)
    used = _POLICY.search(host.information)
    name = used[1].strip() if used else host.tags.get("policy-used") or policy
    pairs = {"credentialed": credentialed, "policy": name[:LONGEST]}
    return ",".join(f"{key}={value}" for key, value in pairs.items() if value)


def moment_of(tags: dict[str, str]) -> datetime | None:
    """When the look at the host ended, else when it began."""
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


def cloud_id_of(tags: dict[str, str]) -> str | None:
    """The instance's id at its cloud provider."""
    return next((tags[name] for name in _CLOUD_IDS if said(tags.get(name))), None)
