"""unattended-upgrades' own log: what its runs installed, and that nothing was left to do.

Times are the machine's local time without an offset and are read as UTC. The log names no
host: the file's name or folder must. A run that ends with "No packages found" proves that all
updates from the allowed origins were in place, which a log of installations alone cannot. It
does not say whether a reboot followed, unless it made one itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.hostlogs import LogSpan, believable, first_lines, host_of, lines_of
from protem.formats.records import Patch, PatchCondition, PatchState, Record
from protem.formats.skips import Skips

TOOL = "unattended-upgrades"

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (DEBUG|INFO|WARNING|ERROR|CRITICAL) ?(.*)",
    re.ASCII,
)
_MARKS = re.compile(
    r"unattended[ -]upgrade|Allowed origins|Packages that will be upgraded|No packages found",
    re.IGNORECASE,
)
_STARTS = "starting unattended upgrades script"
_WILL_UPGRADE = "packages that will be upgraded:"
_DONE = "all upgrades installed"
_NOTHING = "no packages found that can be upgraded"
_FAILED = "installing the upgrades failed"
_HELD = re.compile(r"conffile prompt|kept back", re.IGNORECASE)


@dataclass(kw_only=True, slots=True)
class _Run:
    """One run of the script, as far as it was logged."""

    packages: list[str] = field(default_factory=list)
    held: int = 0
    ended_at: datetime | None = None
    is_failed: bool = False

    @property
    def condition(self) -> PatchCondition:
        if self.is_failed:
            return PatchCondition.FAILED
        return PatchCondition.MISSING if self.held else PatchCondition.CURRENT


def sniff(head: bytes) -> bool:
    """Whether most of the first lines are the script's; the first may be cut."""
    lines = [line for line in first_lines(head) if line.strip()]
    matching = [match for line in lines if (match := _LINE.fullmatch(line))]
    speaks = any(_MARKS.search(match[3]) for match in matching)
    return speaks and 2 * len(matching) >= len(lines)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan``, a ``Patch`` a package and run, and how the last run left the host."""
    host = host_of(file, "unattended-upgrades?", "unattended-upgrades.log")
    span = LogSpan(file.modified_at)
    for moment, _ in _entries(file, Skips()):
        span.add(moment)
    yield span.scan(TOOL, host)
    skips = Skips()
    last: _Run | None = None
    for run in _runs(_entries(file, skips)):
        if run.ended_at is None:
            skips.add("run that was not finished")
        elif run.is_failed:
            skips.add("run that failed")
            last = run
        else:
            last = run
            yield from _patches(host, run.ended_at, run.packages)
    if last is not None:
        yield PatchState(
            hostname=host,
            condition=last.condition,
            missing=last.held or None,
            seen_at=last.ended_at,
            os_family="linux",
        )
    yield from skips.records()


def _patches(host: str, ended_at: datetime, packages: list[str]) -> Iterator[Patch]:
    for package in dict.fromkeys(packages):
        yield Patch(
            hostname=host,
            patch=package.partition(":")[0],
            installed_at=ended_at,
            is_automatic=True,
            os_family="linux",
        )


def _runs(entries: Iterator[tuple[datetime, str]]) -> Iterator[_Run]:
    """The runs that had something to say, oldest first; the first may be cut."""
    run = _Run()
    for moment, message in entries:
        said = message.lower()
        if said.startswith(_STARTS):
            if run.packages or run.ended_at:
                yield run
            run = _Run()
        elif said.startswith(_WILL_UPGRADE):
            run.packages += message[len(_WILL_UPGRADE) :].split()
        elif said.startswith((_DONE, _NOTHING)):
            run.ended_at = moment
        elif said.startswith(_FAILED):
            run.ended_at, run.is_failed = moment, True
        elif _HELD.search(message):
            run.held += 1
    if run.packages or run.ended_at:
        yield run


def _entries(file: ExportFile, skips: Skips) -> Iterator[tuple[datetime, str]]:
    for line in lines_of(file):
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            continue  # tracebacks and dpkg's own words go over several lines
        if (moment := believable(match[1], skips, "in a line")) is not None:
            yield moment, match[3]


FORMAT = Format(
    name=TOOL,
    title="unattended-upgrades.log",
    example="scp web-01:/var/log/unattended-upgrades/unattended-upgrades.log "
    "web-01.unattended-upgrades.log",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.STATE,
    sniff=sniff,
    parse=parse,
)
