"""What dpkg said while apt ran: ``term.log``, or ``unattended-upgrades-dpkg.log``.

Times are the machine's local time without an offset and are read as UTC. The log names no
host: the file's name or folder must. A package counts once it was set up; a run that never
ended counts for nothing.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.hostlogs import LogSpan, believable, first_lines, host_of, lines_of
from protem.formats.records import Patch, Record
from protem.formats.skips import Skips

TOOL = "apt-term"

_EDGE = re.compile(
    r"Log (started|ended): (\d{4}-\d\d-\d\d)\s+(\d\d:\d\d:\d\d)\s*", re.ASCII | re.IGNORECASE
)
_UNPACKING = re.compile(
    r"Unpacking ([^\s():]+)(?::[\w-]+)? \(([^()\s]+)\) over \(([^()\s]+)\)", re.ASCII
)
_SETTING_UP = re.compile(r"Setting up ([^\s():]+)(?::[\w-]+)? \(([^()\s]+)\)", re.ASCII)


def sniff(head: bytes) -> bool:
    """Whether a line says that such a log started."""
    return any(
        (match := _EDGE.fullmatch(line)) and match[1].lower() == "started"
        for line in first_lines(head)
    )


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the log, then a ``Patch`` per package and run."""
    host = host_of(file, "unattended-upgrades?-dpkg|(?:apt[._-])?term", "term.log")
    span = LogSpan(file.modified_at)
    for line in lines_of(file):
        if match := _EDGE.fullmatch(line):
            span.add(parse_instant(f"{match[2]} {match[3]}"))
    yield span.scan(TOOL, host)
    skips = Skips()
    for ended_at, packages in _runs(file, skips):
        for package, version in packages.items():
            yield Patch(
                hostname=host,
                patch=package,
                version=version,
                installed_at=ended_at,
                os_family="linux",
            )
    yield from skips.records()


def _runs(file: ExportFile, skips: Skips) -> Iterator[tuple[datetime, dict[str, str]]]:
    """When each run ended, and the packages it brought to which version."""
    unpacked: dict[str, str] = {}
    done: dict[str, str] = {}
    is_open = False
    for line in lines_of(file):
        if match := _EDGE.fullmatch(line):
            if is_open and match[1].lower() == "started":
                skips.add("run that was not finished")
            is_open = match[1].lower() == "started"
            if not is_open:
                yield from _ended(match, done, skips)
            unpacked, done = {}, {}
        elif match := _UNPACKING.match(line):
            unpacked[match[1]] = match[2]
        elif (match := _SETTING_UP.match(line)) and unpacked.get(match[1]) == match[2]:
            done[match[1]] = match[2]
    if is_open:
        skips.add("run that was not finished")


def _ended(
    edge: re.Match[str], done: dict[str, str], skips: Skips
) -> Iterator[tuple[datetime, dict[str, str]]]:
    moment = believable(f"{edge[2]} {edge[3]}", skips, "of a run")
    if moment is not None and done:
        yield moment, done


FORMAT = Format(
    name=TOOL,
    title="apt term.log and unattended-upgrades-dpkg.log",
    example="scp web-01:/var/log/unattended-upgrades/unattended-upgrades-dpkg.log "
    "web-01.unattended-upgrades-dpkg.log",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.LOG,
    sniff=sniff,
    parse=parse,
)
