"""What goes into the resolution of machines and what comes out: records, merges, doubts."""

from dataclasses import dataclass
from datetime import datetime

from protem.stats.grouping import Rule


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """One source's record of one machine. Values are as the source gives them.

    Attributes:
        key: The caller's id, unique among the records.
        source: Who says so, such as ``intune``, ``falcon``, ``ec2``.
        cloud_id: Instance id at the cloud provider.
        serial: Hardware serial number.
        device_id: Directory or MDM id. What stands before its first colon names its kind
            (``entra:…``), and two ids of one kind are two devices; without a colon, two of
            one source are.
        macs: Hardware addresses in any notation.
        hostname: Short or fully qualified.
        os_family: Such as ``windows``; None matches any.
        active_from: First sign of life, with time zone; None is unknown and overlaps all.
        active_to: Last sign of life, likewise.
    """

    key: int
    source: str
    cloud_id: str | None = None
    serial: str | None = None
    device_id: str | None = None
    macs: tuple[str, ...] = ()
    hostname: str | None = None
    os_family: str | None = None
    active_from: datetime | None = None
    active_to: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """Two records (by key) whose groups became one, by which rule and on what value."""

    left: int
    right: int
    rule: Rule
    evidence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """Two records (by key) that share a value and yet were not joined, and why not."""

    left: int
    right: int
    rule: Rule
    evidence: str
    vetoed_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """The machines.

    Attributes:
        groups: Keys of the records of each machine, ascending, by first key; every record is
            in exactly one.
        merges: What made them, in the order applied: one less than records, per group.
        conflicts: Doubts for a person to settle with a pin.
        superseded: Older record to the one that lives, by key, where one source has several
            records in a group (a re-imaged machine): the newest sign of life wins, then the
            newest start; an unknown date counts as older than any.
    """

    groups: list[tuple[int, ...]]
    merges: list[Merge]
    conflicts: list[Conflict]
    superseded: dict[int, int]
