"""Patch logs, monthly: dpkg and apt of Linux servers, Windows hotfixes, macOS updates."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from protem.demo.export import Export, csv_bytes
from protem.demo.packages import SERVER_PACKAGES, Package
from protem.demo.patching import Installed, Patching
from protem.demo.story import Story, iso

_APT_HOSTS = 2
_RAW_LOG_HOSTS = 4
"""How many servers send their own dpkg.log."""
_UNATTENDED_HOSTS = 2
"""How many more upgrade themselves; the others' upgrades come from Ansible as a CSV."""
_HOTFIX_COLUMNS = "CSName,HotFixID,Description,InstalledBy,InstalledOn"
_UPGRADE_COLUMNS = "hostname,patch,version,installed_at,os"
_MAC_COLUMNS = "hostname,patch,version,installed_at,released_on,automatic,reboot_pending,os"
_HOTFIX_MEMORY = 100.0
"""Days after which a cumulative update has been superseded and vanishes from the list."""


def write_patches(export: Export, patching: Patching) -> None:
    """Five kinds of log for every four weeks."""
    story, days = export.story, patching.days
    windows, macs = patching.windows, patching.macs
    ends = story.month_days()
    for month, (begin, end) in enumerate(pairwise([min(-7.0, ends[0] - 28.0), *ends])):
        logs, histories, unattended = {}, {}, {}
        collected: list[tuple[object, ...]] = []
        for number, (host, patched) in enumerate(days.items()):
            recent = [day for day in patched if begin < day <= end]
            if number < _RAW_LOG_HOSTS:
                logs[f"{host}/dpkg.log"] = _dpkg(story, number, recent, end=end)
            elif number < _RAW_LOG_HOSTS + _UNATTENDED_HOSTS:
                name = f"{host}/unattended-upgrades.log"
                unattended[name] = _unattended(story, number, recent, end=end)
            else:
                collected += _upgrades(story, host, number, recent)
            if number < _APT_HOSTS and recent:
                histories[f"{host}/history.log"] = _apt(story, number, recent)
        export.write_zip("dpkg-log", end, "dpkg-logs.zip", members=logs)
        export.write_zip("unattended-upgrades", end, "unattended.zip", members=unattended)
        export.write(
            "protem-patches",
            end,
            "ansible-upgrades.csv",
            content=csv_bytes(_UPGRADE_COLUMNS, collected),
        )
        if histories and month % 2:
            export.write_zip("apt-history", end, "apt-history.zip", members=histories)
        hotfixes = [i for i in windows if end - _HOTFIX_MEMORY < i.day <= end]
        export.write("windows-hotfix", end, "hotfixes.csv", content=_hotfixes(story, hotfixes))
        export.write(
            "protem-patches",
            end,
            "macos-updates.csv",
            content=_macs(story, (i for i in macs if begin < i.day <= end)),
        )


def _packages(number: int, day: float) -> list[tuple[Package, int]]:
    """Which packages that patch day upgraded, and to which step."""
    first = (number * 7 + int(day) * 3) % len(SERVER_PACKAGES)
    count = 3 + (number + int(day)) % 4
    step = max(0, int(day) // 40)
    return [
        (SERVER_PACKAGES[(first + 5 * place) % len(SERVER_PACKAGES)], step)
        for place in range(count)
    ]


def _upgrades(
    story: Story, host: str, number: int, patched: list[float]
) -> list[tuple[object, ...]]:
    return [
        (host, package.name, package.fixed_in(step), iso(story.at(day)), "linux")
        for day in patched
        for package, step in _packages(number, day)
    ]


def _dpkg(story: Story, number: int, patched: list[float], *, end: float) -> bytes:
    lines = []
    for day in patched:
        moment = story.at(day)
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S} startup archives unpack")
        for package, step in _packages(number, day):
            old, new = package.affected(step), package.fixed_in(step)
            for binary in package.binaries:
                moment += timedelta(seconds=2)
                stamp = f"{moment:%Y-%m-%d %H:%M:%S}"
                lines.append(f"{stamp} upgrade {binary}:amd64 {old} {new}")
                lines.append(f"{stamp} status half-configured {binary}:amd64 {new}")
                lines.append(f"{stamp} status installed {binary}:amd64 {new}")
    lines.append(
        f"{story.at(end) - timedelta(minutes=30):%Y-%m-%d %H:%M:%S} startup packages configure"
    )
    return ("\n".join(lines) + "\n").encode()


def _unattended(story: Story, number: int, patched: list[float], *, end: float) -> bytes:
    lines: list[str] = []
    for day in patched:
        names = " ".join(
            binary for package, _ in _packages(number, day) for binary in package.binaries
        )
        lines += _run(story.at(day), f"Packages that will be upgraded: {names}")
        lines.append(
            f"{_stamp(story.at(day) + timedelta(seconds=40))} INFO All upgrades installed"
        )
    nothing = "No packages found that can be upgraded unattended and no pending auto-removals"
    lines += _run(story.at(end) - timedelta(minutes=20, seconds=7 * number), nothing)
    return ("\n".join(lines) + "\n").encode()


def _run(moment: datetime, outcome: str) -> list[str]:
    begin = f"{_stamp(moment)} INFO Starting unattended upgrades script"
    return [begin, f"{_stamp(moment + timedelta(seconds=6))} INFO {outcome}"]


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03}"


def _apt(story: Story, number: int, patched: list[float]) -> bytes:
    stanzas = []
    for day in patched:
        moment = story.at(day)
        upgrades = ", ".join(
            f"{binary}:amd64 ({package.affected(step)}, {package.fixed_in(step)})"
            for package, step in _packages(number, day)
            for binary in package.binaries
        )
        stanzas.append(
            f"\nStart-Date: {moment:%Y-%m-%d  %H:%M:%S}\n"
            "Commandline: /usr/bin/unattended-upgrade\n"
            f"Upgrade: {upgrades}\n"
            f"End-Date: {moment + timedelta(seconds=90):%Y-%m-%d  %H:%M:%S}\n"
        )
    return "".join(stanzas).encode()


def _hotfixes(story: Story, installed: Iterable[Installed]) -> bytes:
    rows = []
    for item in installed:
        on = story.day_on(item.day)
        when = f"{on.month}/{on.day}/{on.year} 12:00:00 AM"
        rows.append((item.machine.hostname, item.patch, "Security Update", "SYSTEM", when))
    return csv_bytes(_HOTFIX_COLUMNS, rows)


def _macs(story: Story, installed: Iterable[Installed]) -> bytes:
    rows = [
        (
            item.machine.hostname,
            item.patch,
            item.version,
            iso(story.at(item.day)),
            item.released_on,
            True,
            item.is_reboot_pending,
            "macOS",
        )
        for item in installed
    ]
    return csv_bytes(_MAC_COLUMNS, rows)
