"""What a machine is called, brought into one form; None for what identifies nothing.

Firmware, virtual machines and default installations fill these fields with values that
thousands of machines share. Such values are dropped here, so that a match can be trusted.
"""

import re

SHORTEST_SERIAL = 4
OCTETS_OF_A_MAC = 6
GROUP_OR_LOCAL = 0b11
"""The two lowest bits of the first octet: a group address, and one made up on the spot."""

PLACEHOLDERS = frozenset(
    {
        "ASSETTAG",
        "BASEBOARDSERIALNUMBER",
        "CHASSISSERIALNUMBER",
        "DEFAULT",
        "DEFAULTSTRING",
        "EMPTY",
        "FILLBYOEM",
        "INVALID",
        "MB1234567890",
        "NA",
        "NIL",
        "NONE",
        "NOSERIAL",
        "NOSERIALNUMBER",
        "NOTAPPLICABLE",
        "NOTAVAILABLE",
        "NOTDEFINED",
        "NOTPRESENT",
        "NOTPROVIDED",
        "NOTSET",
        "NOTSETTABLE",
        "NOTSPECIFIED",
        "NULL",
        "OEM",
        "OEMDEFAULT",
        "QEMU",
        "SERIAL",
        "SERIALNUMBER",
        "SYSTEMPRODUCTNAME",
        "SYSTEMSERIAL",
        "SYSTEMSERIALNUMBER",
        "TBD",
        "TOBEFILLEDBYOEM",
        "UNDEFINED",
        "UNKNOWN",
        "UNSPECIFIED",
        "VIRTUALMACHINE",
        "03000200040005000006000700080009",  # the board maker's example UUID, left in
    }
)
"""Values of serial number and UUID fields that stand for none, letters and digits only."""

NOTHING = frozenset(map(frozenset, ("", "0", "F", "X")))
"""Characters of an id that stands for none; ``7`` or ``11`` may well be a small server's."""

VIRTUAL_MAKERS = (
    "00:03:ff",  # Microsoft Virtual PC
    "00:05:69",  # VMware ESX
    "00:0c:29",  # VMware, generated
    "00:0f:4b",  # Virtual Iron
    "00:15:5d",  # Hyper-V
    "00:16:3e",  # Xen
    "00:1c:14",  # VMware
    "00:1c:42",  # Parallels
    "00:21:f6",  # Oracle VM
    "00:50:56",  # VMware vCenter
    "00:ff:",  # TAP adapters
    "08:00:27",  # VirtualBox
    "58:9c:fc",  # bhyve
)
"""How cards that exist in software begin, besides QEMU's, Docker's and VirtualBox's host-only
ones, which are locally administered."""

SHARED_MACS = frozenset(
    {
        "00:05:9a:3c:78:00",  # Cisco AnyConnect
        "00:05:9a:3c:7a:00",  # Cisco AnyConnect
        "00:09:0f:aa:00:01",  # FortiClient
        "00:09:0f:fe:00:01",  # FortiClient
        "00:53:45:00:00:00",  # Windows dial-up
        "20:41:53:59:4e:ff",  # Windows RAS async
        "50:50:54:50:30:30",  # Windows PPTP
    }
)
"""Addresses that a driver gives to its adapter on every machine."""

GENERIC_HOSTNAMES = frozenset(
    {
        *("admin", "android", "centos", "computer", "debian", "default", "desktop", "fedora"),
        *(
            "host",
            "imac",
            "ip",
            "ipad",
            "iphone",
            "kali",
            "laptop",
            "localhost",
            "localhost4",
            "localhost6",
            "mac",
            "macbook",
        ),
        *(
            "macbook-air",
            "macbook-pro",
            "mac-mini",
            "mac-pro",
            "mac-studio",
            "n/a",
            "na",
            "new-host",
        ),
        *("none", "null", "pc", "raspberrypi", "server", "test", "ubuntu", "unknown", "user"),
        *("windows", "workstation"),
    }
)
"""Short names an installation gives itself."""

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"[-_ ]\(?\d+\)?$")
_NUMBERED_BY_THEMSELVES = re.compile(r"imac|mac-(mini|pro|studio)|macbook(-air|-pro)?")
_BETWEEN_OCTETS = str.maketrans("", "", ":-. ")
_ADDRESS = re.compile(r"(ip-)?\d+([.-]\d+){3}(\..*)?|\d+|.*:.*")


def normalise_serial(text: str | None) -> str | None:
    """A hardware serial in capitals and digits alone; None for a placeholder.

    A virtual machine's serial (``VMware-56 4d …``) is kept: it is as good as any until the
    machine is cloned, and then one source shows it twice.
    """
    serial = _NOT_ALPHANUMERIC.sub("", text or "").upper()
    own = serial.removeprefix("VMWARE")
    if len(own) < SHORTEST_SERIAL or own in PLACEHOLDERS or _is_filler(own):
        return None
    return serial


def normalise_id(text: str | None) -> str | None:
    """A cloud, directory or MDM id in lower case without outer space; None for a placeholder.

    A prefix up to the first colon names the kind of id (``entra:…``) and stays; the
    placeholder is looked for behind it.
    """
    name = (text or "").strip().lower()
    kind, colon, rest = name.partition(":")
    own = _NOT_ALPHANUMERIC.sub("", rest if colon else kind).upper()
    return None if own in PLACEHOLDERS or frozenset(own) in NOTHING else name


def normalise_mac(text: str | None) -> str | None:
    """A hardware address as ``aa:bb:cc:dd:ee:ff``; None where it cannot tell machines apart.

    That is: not 12 hexadecimal digits (with or without ``:``, ``-``, ``.`` or spaces between),
    a group address or broadcast, all zero, locally administered (phones randomise these,
    clouds and containers make them up), a virtual card's maker, or a driver's fixed address.
    """
    try:
        octets = bytes.fromhex((text or "").translate(_BETWEEN_OCTETS))
    except ValueError:
        return None
    if len(octets) != OCTETS_OF_A_MAC or not any(octets) or octets[0] & GROUP_OR_LOCAL:
        return None
    mac = octets.hex(":")
    return None if mac.startswith(VIRTUAL_MAKERS) or mac in SHARED_MACS else mac


def short_hostname(text: str | None) -> str | None:
    """A hostname in lower case up to its first dot; None for a generic name or an address.

    A Windows domain before it and the ``$`` of a computer account behind it are dropped. Names
    made from an address (``ip-10-0-0-5``) count as addresses: those are handed on.
    """
    name = (text or "").strip().lower().rpartition("\\")[2].rstrip("$")
    if _ADDRESS.fullmatch(name):
        return None
    short = name.partition(".")[0].strip()
    plain = _NUMBERED.sub("", short)
    if _NUMBERED_BY_THEMSELVES.fullmatch(plain):
        short = plain
    return None if not short or short in GENERIC_HOSTNAMES else short


def _is_filler(serial: str) -> bool:
    """One character over and over, or the digits in order."""
    return len(set(serial)) == 1 or serial in "01234567890123456789"
