"""Fleets with known truth: which records of which sources are one machine.

Every trap of real inventories at a rate that a bad year would have: re-images, re-issued
devices of leavers, renamed and duplicate hostnames, docking stations, placeholder serials,
cloned virtual machines, virtual desktops that register anew. Deterministic by seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from protem.stats.identity import Identity

START = datetime(2024, 1, 1, tzinfo=UTC)
HORIZON_DAYS = 730.0
PLACEHOLDERS = ("To be filled by O.E.M.", "Default string", "System Serial Number", "None", "0")
DOCKED = 0.3
REIMAGED = 0.08
REISSUED = 0.06
RENAMED = 0.05
NAMESAKE = 0.02
WITHOUT_SERIAL = 0.03
CLONED = 0.1
GENERIC_NAME = 0.03
RECORDS_PER_MACHINE = 3.7


@dataclass(kw_only=True, slots=True)
class Machine:
    """One machine and what can be read from it; ``lives`` are its installations in turn."""

    kind: str
    serial: str | None
    uuid: str | None
    macs: tuple[str, ...]
    lives: list["Life"] = field(default_factory=list)
    cloud_id: str | None = None
    family: str = "windows"


@dataclass(kw_only=True, slots=True)
class Life:
    """One installation: a name, a directory id, and from which day to which."""

    hostname: str
    directory_id: str
    first: float
    last: float
    mdm_name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """The records in random order, and the true machine of each by key."""

    records: list[Identity]
    truth: dict[int, int]


def generate(records: int, *, seed: int) -> Fleet:
    """A fleet of about so many records."""
    random = Random(seed)  # noqa: S311 - the same every time
    machines = _machines(random, round(records / RECORDS_PER_MACHINE))
    found = [
        (number, record)
        for number, machine in enumerate(machines)
        for record in _records_of(machine, random)
    ]
    random.shuffle(found)
    keys = random.sample(range(10 * len(found)), len(found))
    return Fleet(
        records=[
            replace(record, key=key) for key, (_, record) in zip(keys, found, strict=True)
        ],
        truth={key: number for key, (number, _) in zip(keys, found, strict=True)},
    )


def _machines(random: Random, count: int) -> list[Machine]:
    docks = [_mac(random, "a4:83:e7") for _ in range(max(1, count // 60))]
    laptops = [_laptop(random, number, docks) for number in range(round(0.5 * count))]
    for laptop in random.sample(laptops, round(NAMESAKE * len(laptops))):
        other = random.choice(laptops)
        laptop.lives[-1].hostname = other.lives[-1].hostname
    servers = [_server(random, number) for number in range(round(0.3 * count))]
    virtual = [_virtual(random, number) for number in range(round(0.12 * count))]
    for clone in random.sample(virtual, round(CLONED * len(virtual))):
        original = random.choice(virtual)
        clone.serial, clone.uuid = original.serial, original.uuid
    return [*laptops, *servers, *virtual, *_desktops(random, round(0.08 * count))]


def _laptop(random: Random, number: int, docks: list[str]) -> Machine:
    is_mac = random.random() < 0.4
    serial: str | None = f"{'C02' if is_mac else '5CG'}{number:05d}{random.randrange(36**2):X}"
    if not is_mac and random.random() < WITHOUT_SERIAL:
        serial = random.choice(PLACEHOLDERS)
    macs = [_mac(random, "3c:22:fb" if is_mac else "8c:ec:4b")]
    if random.random() < DOCKED:
        macs.insert(0, random.choice(docks))
    machine = Machine(
        kind="laptop",
        serial=serial,
        uuid=_uuid(random),
        macs=tuple(macs),
        family="macos" if is_mac else "windows",
    )
    machine.lives = list(_lives(random, f"{'mb' if is_mac else 'lt'}-{number:05d}"))
    if is_mac and random.random() < GENERIC_NAME:
        machine.lives[-1].hostname = "macbook-pro"
    return machine


def _lives(random: Random, name: str) -> Iterator[Life]:
    first, last = random.uniform(0, 500), HORIZON_DAYS
    if random.random() < 0.1:
        last = random.uniform(first + 30, HORIZON_DAYS)
    chance = random.random()
    if chance < REIMAGED + REISSUED:
        cut = random.uniform(first + 10, last - 5)
        yield Life(hostname=name, directory_id=_uuid(random), first=first, last=cut)
        is_reissued = chance < REISSUED
        if is_reissued or random.random() < 0.4:
            name = f"{name}-{random.choice('abcd')}"
        first = cut + random.uniform(0.2, 60 if is_reissued else 3)
    life = Life(
        hostname=name, directory_id=_uuid(random), first=min(first, last - 1), last=last
    )
    if random.random() < RENAMED:
        life.mdm_name = f"new-{name}"
    yield life


def _server(random: Random, number: int) -> Machine:
    """In the cloud: addresses made up by the hypervisor, a name or only an address."""
    is_aws = random.random() < 0.6
    named = random.random() < 0.7
    name = f"srv-{number:05d}" if named else f"ip-10-{number >> 8 & 255}-{number & 255}-7"
    machine = Machine(
        kind="aws" if is_aws else "azure",
        serial=f"ec2{_uuid(random)[3:]}" if is_aws else _serial_of_azure(random),
        uuid=_uuid(random),
        macs=(_mac(random, "0a:11:22"),),
        cloud_id=f"i-{random.randrange(16**17):017x}" if is_aws else _uuid(random),
        family=random.choice(("linux", "linux", "linux", "windows")),
    )
    first = random.uniform(0, 700)
    last = random.choice((HORIZON_DAYS, random.uniform(first, HORIZON_DAYS)))
    machine.lives = [Life(hostname=name, directory_id=_uuid(random), first=first, last=last)]
    return machine


def _virtual(random: Random, number: int) -> Machine:
    """On VMware: serial and UUID are the virtual machine's, until it is cloned."""
    uuid = _uuid(random)
    machine = Machine(
        kind="virtual",
        serial=f"VMware-{uuid.replace('-', ' ')}",
        uuid=uuid,
        macs=(_mac(random, "00:50:56"),),
        family=random.choice(("linux", "windows")),
    )
    first = random.uniform(0, 600)
    life = Life(
        hostname=f"vm-{number:05d}", directory_id=_uuid(random), first=first, last=HORIZON_DAYS
    )
    machine.lives = [life]
    return machine


def _desktops(random: Random, count: int) -> Iterator[Machine]:
    """Virtual desktops: pools of one golden image, each seat registering anew now and then."""
    serial, uuid = "", ""
    for number in range(count):
        if number % 40 == 0:
            uuid = _uuid(random)
            serial = f"VMware-{uuid.replace('-', ' ')}"
        machine = Machine(
            kind="desktop",
            serial=serial,
            uuid=uuid,
            macs=(_mac(random, "00:50:56"),),
        )
        day, name = random.uniform(0, 300), f"vdi-{number:05d}"
        for _ in range(random.randint(1, 3)):
            end = day + random.uniform(20, 140)
            machine.lives.append(
                Life(hostname=name, directory_id=_uuid(random), first=day, last=end)
            )
            day = end + random.uniform(0.1, 2)
        yield machine


def _records_of(machine: Machine, random: Random) -> Iterator[Identity]:
    for life in machine.lives:
        is_newest = life is machine.lives[-1]
        for source, share in _SOURCES[machine.kind]:
            keeps_old = source not in {"mdm", "okta"} or random.random() < 0.7
            if random.random() < share and (is_newest or keeps_old):
                yield _record(machine, life, source, random)


_SOURCES = {
    "laptop": (
        ("mdm", 0.97),
        ("falcon", 0.94),
        ("okta", 0.8),
        ("fleet", 0.6),
        ("defender", 0.3),
    ),
    "aws": (("ec2", 1.0), ("ssm", 0.85), ("falcon", 0.92), ("fleet", 0.3), ("nessus", 0.7)),
    "azure": (("azure", 1.0), ("falcon", 0.9), ("defender", 0.6), ("nessus", 0.7)),
    "virtual": (("falcon", 0.9), ("fleet", 0.8), ("nessus", 0.9)),
    "desktop": (("falcon", 1.0), ("fleet", 0.5)),
}
"""Which sources list a kind of machine, and how much of it."""


def _record(machine: Machine, life: Life, source: str, random: Random) -> Identity:
    """What this source says of it: each reads other fields."""
    late = random.choice((0.0, 1.0, 7.0)) if life.last < HORIZON_DAYS else 0.0
    knows_cloud = source in {"ec2", "ssm", "azure", "falcon"} or (
        source in {"defender", "nessus"} and random.random() < 0.8
    )
    is_mdm = source == "mdm"
    directory = f"directory:{life.directory_id}"
    return Identity(
        key=0,
        source="jamf" if is_mdm and machine.family == "macos" else source,
        cloud_id=machine.cloud_id if knows_cloud else None,
        serial=machine.serial if source in {"mdm", "falcon", "okta", "fleet"} else None,
        device_id=_device_id(machine, directory, source),
        macs=_macs(machine, source, random),
        hostname=(life.mdm_name or life.hostname) if is_mdm else _spelt(life.hostname, random),
        os_family=machine.family if random.random() < 0.95 else None,
        active_from=START + timedelta(days=life.first + random.uniform(0, 2)),
        active_to=START + timedelta(days=max(life.first + 2, life.last + late)),
    )


def _device_id(machine: Machine, directory: str, source: str) -> str | None:
    if source == "fleet" or (source in {"okta", "mdm"} and machine.family == "macos"):
        return f"hardware:{machine.uuid}"
    is_joined = source in {"mdm", "defender"} and machine.family == "windows"
    return directory if is_joined else None


def _macs(machine: Machine, source: str, random: Random) -> tuple[str, ...]:
    """MDM knows the machine's own; agents report the card in use, which may be a dock's."""
    if source in {"mdm", "ec2", "azure", "nessus", "defender"}:
        return machine.macs[-1:]
    return (random.choice(machine.macs),) if source in {"falcon", "fleet"} else ()


def _spelt(hostname: str, random: Random) -> str:
    return random.choice((hostname, hostname.upper(), f"{hostname}.corp.example"))


def _mac(random: Random, maker: str) -> str:
    return f"{maker}:" + ":".join(f"{random.randrange(256):02x}" for _ in range(3))


def _uuid(random: Random) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _serial_of_azure(random: Random) -> str:
    return "-".join(f"{random.randrange(10**4):04d}" for _ in range(6))
