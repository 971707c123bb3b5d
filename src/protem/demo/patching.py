"""When Tidemark's machines were patched: every week or two, a few of them hardly ever."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from protem.demo.chance import happens
from protem.demo.company import Company
from protem.demo.machines import Machine
from protem.demo.story import BETTER_PATCHING, Story

NEGLECTED = frozenset({17, 34, 52})
"""The numbers of the servers that nobody patches regularly."""
_TUESDAY = 1
_SECOND_TUESDAY = range(8, 15)
_MAC_EVERY_DAYS = 38
_UNSTARTED_DAYS = 4
_BUILD = "10.0.22631"
_FIRST_VERSIONS = {
    "macOS": "12.6.9", "Windows": f"{_BUILD}.2861", "iOS": "18.3", "Android": "15",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """One update on one machine."""

    machine: Machine
    day: float
    patch: str
    version: str
    released_on: date
    is_reboot_pending: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Patching:
    """All that was installed at Tidemark."""

    days: dict[str, list[float]]
    """Per Linux server, by hostname, the days on which packages were upgraded."""
    windows: list[Installed]
    macs: list[Installed]
    versions: dict[str, list[tuple[float, str]]]
    """Per Windows or macOS machine, by hostname, since when it ran which version."""

    def version_of(self, machine: Machine, day: float) -> str:
        """The version of the operating system that a machine ran on a day."""
        known = self.versions.get(machine.hostname, [])
        at = bisect_right(known, (day, "~")) - 1
        return known[at][1] if at >= 0 else _FIRST_VERSIONS[machine.os]

    def newest_upgrade(self, hostname: str, day: float) -> float | None:
        """The last day by then on which a Linux server was upgraded."""
        done = self.days[hostname]
        at = bisect_right(done, day) - 1
        return done[at] if at >= 0 else None


def build_patching(rng: np.random.Generator, story: Story, company: Company) -> Patching:
    """Draws when everything was patched."""
    days = server_patch_days(rng, story, company)
    windows = windows_updates(rng, story, company)
    macs = mac_updates(rng, story, company)
    versions: dict[str, list[tuple[float, str]]] = {}
    for item in sorted([*windows, *macs], key=lambda item: item.day):
        known = versions.setdefault(item.machine.hostname, [])
        if not known or newer(item.version, known[-1][1]):
            known.append((item.day, item.version))
    return Patching(days=days, windows=windows, macs=macs, versions=versions)


def newer(version: str, other: str) -> bool:
    """Whether a version of dotted numbers comes after another."""
    one, two = (tuple(map(int, text.split("."))) for text in (version, other))
    return one > two


def server_patch_days(
    rng: np.random.Generator, story: Story, company: Company
) -> dict[str, list[float]]:
    """Per Linux server the days on which packages were upgraded."""
    days: dict[str, list[float]] = {}
    for number, server in enumerate(company.servers):
        if server.os != "Linux":
            continue
        day, found = max(0.0, server.created) - float(rng.uniform(0, 10)), []
        while True:
            is_better = story.days_left(day) < BETTER_PATCHING
            usual = 70.0 if number in NEGLECTED else (8.0 if is_better else 10.5)
            day += max(1.0, usual * float(rng.lognormal(0, 0.35)))
            if day > story.end_day:
                break
            found.append(round(day) + 0.02 + number / 10_000)
        days[server.hostname] = [when for when in found if 0 <= when <= story.end_day]
    return days


def windows_updates(
    rng: np.random.Generator, story: Story, company: Company
) -> list[Installed]:
    """The monthly cumulative updates on Windows laptops and servers."""
    machines = [m for m in [*company.laptops, *company.servers] if m.os == "Windows"]
    installed = []
    for number, released in enumerate(patch_tuesdays(story)):
        released_day = (released - story.day_on(0)).days
        for machine in machines:
            usual = 12.0 if machine.is_server else 6.0
            if story.days_left(released_day) < BETTER_PATCHING:
                usual *= 0.8
            day = released_day + 0.5 + usual * float(rng.lognormal(0, 0.6))
            if machine.is_alive(day) and 0 <= day <= story.end_day:
                installed.append(
                    Installed(
                        machine=machine,
                        day=day,
                        patch=f"KB{5_030_000 + 1_700 * number}",
                        version=windows_version(number),
                        released_on=released,
                    )
                )
    return installed


def mac_updates(rng: np.random.Generator, story: Story, company: Company) -> list[Installed]:
    """The releases of macOS on the Macs; a few wait for a restart at first."""
    macs = [laptop for laptop in company.laptops if laptop.os == "macOS"]
    installed = []
    for number, released in enumerate(range(-20, int(story.end_day), _MAC_EVERY_DAYS)):
        version = f"{13 + number // 10}.{number % 10 // 2}.{number % 2}"
        for mac in macs:
            day = released + 0.7 + 8.0 * float(rng.lognormal(0, 0.7))
            if mac.is_alive(day) and 0 <= day <= story.end_day:
                installed.append(
                    Installed(
                        machine=mac,
                        day=day,
                        patch="macOS",
                        version=version,
                        released_on=story.day_on(released),
                        is_reboot_pending=story.days_left(day) < _UNSTARTED_DAYS
                        and happens(rng, 0.3),
                    )
                )
    return installed


def windows_version(number: int) -> str:
    """The version that the update of the patch Tuesday of that number leads to."""
    return f"{_BUILD}.{3_000 + 137 * number}"


def patch_tuesdays(story: Story) -> list[date]:
    """The second Tuesdays of all months from a month before the first export."""
    day, found = story.day_on(-40), []
    while day <= story.day_on(story.end_day):
        if day.weekday() == _TUESDAY and day.day in _SECOND_TUESDAY:
            found.append(day)
        day += timedelta(days=1)
    return found
