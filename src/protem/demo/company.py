"""What Tidemark owns: laptops, servers, repositories and images, with their lifetimes."""

from dataclasses import dataclass

import numpy as np

from protem.demo import names
from protem.demo.chance import happens
from protem.demo.machines import Agent, Machine
from protem.demo.story import AGENTS_SLIP, Story

HEADCOUNT_START = 120
HEADCOUNT_END = 152
BARE_HIRES = (58.0, 20.0)
"""Days before today at which people joined whose laptops still have no agent."""
LATE_ONE = 7
"""Of thirty laptops, the number of the one that gets its agent weeks late."""
NEW_ONE = 5
"""Of eight servers, the number of the one that was built within the three years."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """All of it, retired machines included."""

    laptops: list[Machine]
    phones: list[Machine]
    servers: list[Machine]
    """The 60 standing servers."""
    workers: list[Machine]
    """The instances of the autoscaling group, a few weeks each."""
    repositories: tuple[str, ...]
    images: tuple[str, ...]


def build_company(rng: np.random.Generator, story: Story) -> Company:
    """The company over the whole time, the same for the same generator."""
    people = _People(rng)
    laptops = _laptops(rng, story, people)
    _place_laptop_traps(rng, story, laptops)
    servers = _servers(rng, story)
    _place_server_traps(story, servers)
    return Company(
        laptops=laptops,
        phones=_phones(rng, story, people),
        servers=servers,
        workers=_workers(rng, story),
        repositories=tuple(names.REPOSITORIES),
        images=tuple(names.IMAGES),
    )


class _People:
    """Invented names, each once."""

    def __init__(self, rng: np.random.Generator) -> None:
        pairs = [(first, last) for first in names.FIRST for last in names.LAST]
        rng.shuffle(pairs)
        self._pairs = iter(pairs)

    def next(self) -> str:
        first, last = next(self._pairs)
        return f"{first}.{last}@tidemark.example"


def _laptops(rng: np.random.Generator, story: Story, people: _People) -> list[Machine]:
    """Starters until the headcount's end, and leavers replaced by their successors."""
    starts = [-float(days) for days in rng.integers(30, 900, HEADCOUNT_START)]
    growth = HEADCOUNT_END - HEADCOUNT_START - len(BARE_HIRES)
    starts += sorted(rng.uniform(0, story.before_today(AGENTS_SLIP), growth))
    starts += [story.before_today(ago) for ago in BARE_HIRES]
    laptops = [_laptop(rng, people.next(), start) for start in starts]
    for laptop in list(laptops[:HEADCOUNT_START]):
        if happens(rng, 0.42):
            leaves = float(rng.uniform(20, story.before_today(AGENTS_SLIP + 20)))
            laptop.retired = leaves
            laptops.append(_laptop(rng, people.next(), leaves + float(rng.uniform(2, 20))))
    for number, laptop in enumerate(laptops):
        is_old = laptop.created < story.before_today(200)
        _install_agent(rng, laptop, is_late=is_old and number % 30 == LATE_ONE)
    return laptops


def _laptop(rng: np.random.Generator, owner: str, created: float) -> Machine:
    is_mac = happens(rng, 0.62)
    short = owner.partition("@")[0].replace(".", "-")
    serial = names.serial(rng, 10 if is_mac else 7)
    return Machine(
        hostname=f"TM-MBP-{short}" if is_mac else f"TM-W11-{serial}",
        os="macOS" if is_mac else "Windows",
        is_server=False,
        serial=serial,
        mac=names.mac_address(rng, "3C:06:30" if is_mac else "F4:A4:75"),
        device_id=names.guid(rng),
        owner=owner,
        created=created,
    )


def _install_agent(rng: np.random.Generator, machine: Machine, *, is_late: bool) -> None:
    wait = float(rng.uniform(20, 60)) if is_late else float(rng.uniform(0.1, 1.5))
    aid = names.hexadecimal(rng, 32)
    machine.agents.append(Agent(aid=aid, installed=machine.created + wait))


def _place_laptop_traps(rng: np.random.Generator, story: Story, laptops: list[Machine]) -> None:
    """Re-imaged, in drawers, hidden, without policy; then the slide of the last quarter."""
    old = [
        laptop
        for laptop in laptops
        if laptop.retired is None and laptop.created < story.before_today(2 * AGENTS_SLIP)
    ]
    picked = [old[int(index)] for index in rng.choice(len(old), 14, replace=False)]
    for laptop, ago in zip(picked[:4], (400, 230, 70, 24), strict=True):
        reimaged = max(story.before_today(ago), laptop.created + 5)
        laptop.agents[-1].last_contact = reimaged
        again = Agent(aid=names.hexadecimal(rng, 32), installed=reimaged + 0.2)
        laptop.agents.append(again)
    for laptop, ago in zip(picked[4:6], (12, 19), strict=True):
        laptop.quiet_since = story.before_today(ago)
    for laptop, ago in zip(picked[6:9], (78, 59, 22), strict=True):
        laptop.agents[-1].last_contact = story.before_today(ago)
    picked[10].agents[-1].has_policy = False
    picked[11].agents.append(
        Agent(aid=names.hexadecimal(rng, 32), installed=picked[11].created, is_hidden=True)
    )
    for laptop in picked[12:]:
        laptop.agents.clear()
    for laptop in laptops:
        if laptop.created in {story.before_today(ago) for ago in BARE_HIRES}:
            laptop.agents.clear()


def _phones(rng: np.random.Generator, story: Story, people: _People) -> list[Machine]:
    """Two private phones and one company phone that only Intune knows."""
    return [
        Machine(
            hostname=f"{owner.partition('.')[0].title()}s {model}",
            os=system,
            is_server=False,
            serial=names.serial(rng, 12),
            mac=names.mac_address(rng, "A4:83:E7"),
            device_id=names.guid(rng),
            owner=owner,
            created=story.before_today(ago),
            is_personal=is_personal,
        )
        for model, system, ago, is_personal in (
            ("iPhone", "iOS", 700, True),
            ("Pixel", "Android", 300, True),
            ("iPhone", "iOS", 500, False),
        )
        for owner in [people.next()]
    ]


def _servers(rng: np.random.Generator, story: Story) -> list[Machine]:
    """60 instances: 20 platform, 16 payments, 18 data on Debian, 6 corporate on Windows."""
    plan = [("platform", "Linux")] * 20 + [("payments", "Linux")] * 16
    plan += [("data", "Linux")] * 18 + [("corporate-it", "Windows")] * 6
    servers = []
    for number, (team, system) in enumerate(plan):
        is_new = number % 8 == NEW_ONE
        created = float(rng.uniform(30, story.end_day - 200)) if is_new else -400.0
        prefix = {"Linux": team, "Windows": "win"}[system]
        servers.append(
            _instance(rng, f"{prefix}-{number + 1:02d}", team, system=system, created=created)
        )
        _install_agent(rng, servers[-1], is_late=False)
    return servers


def _instance(
    rng: np.random.Generator, name: str, team: str, *, system: str, created: float
) -> Machine:
    return Machine(
        hostname=name,
        os=system,
        is_server=True,
        serial=f"ec2{names.hexadecimal(rng, 5)}-{names.guid(rng)[9:]}",
        mac=names.mac_address(rng, "0E:5B:1C"),
        device_id="",
        owner=f"team-{team}",
        team=team,
        created=created,
        instance_id="i-0" + names.hexadecimal(rng, 16),
        address=f"10.20.{rng.integers(1, 16)}.{rng.integers(4, 250)}",
    )


def _place_server_traps(story: Story, servers: list[Machine]) -> None:
    """Reduced after a kernel update, one agent silent for good, one never installed."""
    for index, ago in ((3, 500), (22, 260), (41, 33)):
        begun = story.before_today(ago)
        servers[index].agents[-1].reduced = (begun, begun + 21)
    servers[30].agents[-1].last_contact = story.before_today(26)
    servers[8].agents[-1].last_contact = story.before_today(51)
    servers[50].agents[-1].reduced = (story.before_today(16), story.before_today(-9))
    servers[57].agents.clear()


def _workers(rng: np.random.Generator, story: Story) -> list[Machine]:
    """Four autoscaled web workers, each replaced after about three weeks."""
    workers = []
    for _slot in range(4):
        day = -float(rng.uniform(1, 10))
        while day < story.end_day:
            lives = float(rng.uniform(14, 30))
            name = f"ip-10-20-{rng.integers(30, 60)}-{rng.integers(4, 250)}"
            worker = _instance(rng, name, "platform", system="Linux", created=day)
            worker.template, worker.retired = "web-workers", day + lives
            worker.address = name.removeprefix("ip-").replace("-", ".")
            worker.agents.append(
                Agent(
                    aid=names.hexadecimal(rng, 32),
                    installed=day + 0.02,
                    last_contact=day + lives,
                )
            )
            workers.append(worker)
            day += lives
    return workers
