"""``/var/log/dnf.rpm.log``: what RPM did for dnf, with the time's offset from UTC.

``Upgrade:`` names the package that came, ``Upgraded:`` the one that went. The log names no
host: the file's name or folder must.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime

from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.hostlogs import LogSpan, dated_lines, first_lines, host_of
from protem.formats.records import Patch, Record
from protem.formats.skips import Skips
from protem.formats.tools._dnf_text import name_and_version

TOOL = "dnf-rpm-log"

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)) "
    r"(?:SUBDEBUG|DEBUG|INFO|WARNING|ERROR|CRITICAL|DDEBUG) ?(.*)",
    re.ASCII,
)
_OURS = re.compile(
    r"(?:--- logging initialized ---|(?:Upgrade|Upgraded|Install|Installed|Erase|Erased"
    r"|Reinstall|Reinstalled|Obsoleted|Downgrade|Downgraded): \S+)",
    re.ASCII,
)
_UPGRADE = re.compile(r"Upgrade: (\S{1,300})", re.ASCII)


def sniff(head: bytes) -> bool:
    """Whether most of the first lines are of RPM transactions; the first may be cut."""
    lines = [line for line in first_lines(head) if line.strip()]
    ours = [m for line in lines if (m := _LINE.fullmatch(line)) and _OURS.match(m[2])]
    return any("logging" not in m[2] for m in ours) and 2 * len(ours) >= len(lines)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the log, then a ``Patch`` per package and day."""
    host = host_of(file, "dnf[._-]rpm|dnf", "dnf.rpm.log")
    span = LogSpan(file.modified_at)
    for moment, _ in _entries(file, Skips()):
        span.add(moment)
    yield span.scan(TOOL, host)
    skips = Skips()
    today: date | None = None
    done: set[str] = set()
    for moment, message in _entries(file, skips):
        if moment.date() != today:
            today, done = moment.date(), set()
        if (match := _UPGRADE.fullmatch(message)) is None:
            continue
        name, version = name_and_version(match[1])
        if name not in done:
            done.add(name)
            yield Patch(
                hostname=host,
                patch=name,
                version=version,
                installed_at=moment,
                os_family="linux",
            )
    yield from skips.records()


def _entries(file: ExportFile, skips: Skips) -> Iterator[tuple[datetime, str]]:
    for moment, match in dated_lines(file, _LINE, skips, whose="dnf"):
        yield moment, match[2]


FORMAT = Format(
    name=TOOL,
    title="dnf.rpm.log",
    example="scp web-01:/var/log/dnf.rpm.log web-01.dnf.rpm.log",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.LOG,
    sniff=sniff,
    parse=parse,
)
