"""Debian's ``dpkg.log``: what was upgraded, once it was really installed.

Times are the machine's local time without an offset and are read as UTC, so a day can be
off by one around midnight. The log names no host: the file's name or folder must. Release
dates are not in it.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime

from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.hostlogs import LogSpan, dated_lines, first_lines, host_of
from protem.formats.records import Patch, Record
from protem.formats.skips import Skips

TOOL = "dpkg-log"

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) "
    r"(startup|status|install|upgrade|configure|trigproc|triggers|conffile|remove|purge"
    r"|disappear|statoverride)\b ?(.*)",
    re.ASCII,
)
_NOT_FINISHED = "upgrade that was not finished (half-configured or cut off)"


def sniff(head: bytes) -> bool:
    """Whether most of the first lines are dpkg's; the first may be cut."""
    lines = [line for line in first_lines(head) if line.strip()]
    matching = sum(_LINE.fullmatch(line) is not None for line in lines)
    return matching > 0 and 2 * matching >= len(lines)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the log, then a ``Patch`` per package and day."""
    host = host_of(file, "dpkg", "dpkg.log")
    span = LogSpan(file.modified_at)
    for moment, _, _ in _entries(file, Skips()):
        span.add(moment)
    yield span.scan(TOOL, host)
    skips = Skips()
    yield from _patches(host, _entries(file, skips), skips)
    yield from skips.records()


def _patches(
    host: str, entries: Iterator[tuple[datetime, str, list[str]]], skips: Skips
) -> Iterator[Patch]:
    pending: dict[str, str] = {}
    today: date | None = None
    done: set[str] = set()
    for moment, action, words in entries:
        if moment.date() != today:
            today, done = moment.date(), set()
        if action == "upgrade" and len(words) == 3:  # noqa: PLR2004 # package, old, new
            if words[0] in pending:
                skips.add(_NOT_FINISHED)
            pending[words[0]] = words[2]
        elif action == "status" and len(words) == 3 and words[0] == "installed":  # noqa: PLR2004
            package, version = words[1], words[2]
            name = package.partition(":")[0]
            if pending.get(package) != version:
                continue
            del pending[package]
            if name not in done:
                done.add(name)
                yield Patch(
                    hostname=host,
                    patch=name,
                    version=version,
                    installed_at=moment,
                    os_family="linux",
                )
    if pending:
        skips.add(_NOT_FINISHED, len(pending))


def _entries(file: ExportFile, skips: Skips) -> Iterator[tuple[datetime, str, list[str]]]:
    for moment, match in dated_lines(file, _LINE, skips, whose="dpkg"):
        yield moment, match[2], match[3].split()


FORMAT = Format(
    name=TOOL,
    title="Debian dpkg.log",
    example="scp web-01:/var/log/dpkg.log web-01.dpkg.log",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.LOG,
    sniff=sniff,
    parse=parse,
    is_named_by_path=True,
)
