"""Spelling of what identifies a machine: names, MAC addresses, operating systems."""

import re
from collections.abc import Iterable, Mapping

from protem.formats.records import AssetKind

_UNSAID = frozenset({"", "-", "--", "n/a", "na", "none", "null", "unknown", "not available"})
_HOSTNAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_ADDRESS = re.compile(r"[0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
_MAC = re.compile(r"[0-9a-f]{12}", re.ASCII)
_NO_MACS = frozenset({"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})
_NO_GUID = "00000000-0000-0000-0000-000000000000"
_FAMILIES = (
    ("windows", "windows"),
    ("ipados", "ios"),
    ("ios", "ios"),
    ("android", "android"),
    ("chrome", "chromeos"),
    ("mac", "macos"),
    ("os x", "macos"),
    ("darwin", "macos"),
    ("linux", "linux"),
    ("ubuntu", "linux"),
    ("debian", "linux"),
    ("red hat", "linux"),
    ("rhel", "linux"),
    ("centos", "linux"),
    ("fedora", "linux"),
    ("suse", "linux"),
)
_MOBILE = frozenset({"ios", "android"})


def said(text: str | None) -> str | None:
    """``text`` trimmed, or ``None`` where it only says that nothing is known."""
    trimmed = (text or "").strip()
    return None if trimmed.lower() in _UNSAID else trimmed


def short_name(text: str | None) -> str | None:
    """The host name in lower case without its domain, or ``None`` for anything else.

    Owners name their devices freely ("Ada's MacBook"): such a name identifies nothing, nor
    does an address.
    """
    name = (said(text) or "").lower()
    if _ADDRESS.fullmatch(name):
        return None
    short = name.partition(".")[0]
    return short if _HOSTNAME.fullmatch(short) else None


def mac_addresses(*texts: str | None) -> tuple[str, ...]:
    """The MAC addresses among ``texts``: lower case, with colons, each once, in order."""
    found: dict[str, None] = {}
    for text in texts:
        digits = re.sub(r"[-:.\s]", "", (text or "").lower())
        if _MAC.fullmatch(digits):
            mac = ":".join(digits[at : at + 2] for at in range(0, 12, 2))
            if mac not in _NO_MACS:
                found[mac] = None
    return tuple(found)


def guid(text: str | None) -> str | None:
    """An id in lower case, or ``None`` for an empty or all-zero one."""
    trimmed = (said(text) or "").lower()
    return None if trimmed in {"", _NO_GUID} else trimmed


def os_family(text: str | None) -> str | None:
    """The family of an operating system's name, or ``None`` when it is not known."""
    name = (text or "").lower()
    return next((family for part, family in _FAMILIES if part in name), None)


def device_kind(family: str | None) -> AssetKind:
    """What an end user's device is by its operating system; servers are not told apart."""
    if family is None:
        return AssetKind.OTHER
    return AssetKind.MOBILE if family in _MOBILE else AssetKind.LAPTOP


def tag_list(
    pairs: Mapping[str, str | None] | None = None, words: Iterable[str | None] = ()
) -> tuple[str, ...]:
    """Labels as ``key=value`` and bare words, trimmed, each once and sorted.

    A key without a value is a word.
    """
    named = (
        f"{key.strip()}={value.strip()}" if value and value.strip() else key.strip()
        for key, value in (pairs or {}).items()
    )
    return tuple(sorted({*named, *((word or "").strip() for word in words)} - {""}))


def hardware_id(text: str | None) -> str | None:
    """The machine's own UUID (SMBIOS, Apple's UDID) as a device id of its own kind.

    Inventories of different makers read it from the hardware, so it joins them; it says
    nothing against a directory's device id.
    """
    own = guid(text)
    return None if own is None else f"hardware:{own}"


def software_list(
    pairs: Iterable[tuple[str | None, str | None]],
) -> tuple[tuple[str, str], ...]:
    """Programs and their versions, sorted; what lacks either is left out."""
    told = ((said(name), said(version)) for name, version in pairs)
    return tuple(sorted({(name, version) for name, version in told if name and version}))
