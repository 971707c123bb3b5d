"""apt's ``history.log``: packages upgraded, by whom or automatically.

Times are the machine's local time without an offset and are read as UTC. The log names no
host: the file's name or folder must. A stanza that reports an error, or that was never
finished, counts for nothing.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime

from protem.formats.dates import parse_instant, plausible
from protem.formats.format import ExportFile, Feeds, Format, PatchProof
from protem.formats.hostlogs import LogSpan, first_lines, host_of, lines_of
from protem.formats.records import Patch, Record
from protem.formats.skips import IMPOSSIBLE, Skips

TOOL = "apt-history"

_FIELD = re.compile(
    r"(Start-Date|End-Date|Commandline|Requested-By|Install|Reinstall|Upgrade|Downgrade"
    r"|Remove|Purge|Error): ?(.*)",
    re.ASCII,
)
_UPGRADED = re.compile(
    r"([^\s,():]+)(?::[\w-]+)? \(([^,()]*), ([^,()]*)(?:, [^()]*)?\)", re.ASCII
)

Stanza = dict[str, str]


def sniff(head: bytes) -> bool:
    """Whether it has apt's stanzas; the first one may be cut."""
    lines = [line for line in first_lines(head) if line.strip()]
    fields = [match[1] for line in lines if (match := _FIELD.fullmatch(line))]
    return "Start-Date" in fields and 2 * len(fields) >= len(lines)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the log, then a ``Patch`` per package and day."""
    host = host_of(file, "(?:apt[._-])?history|apt", "history.log")
    span = LogSpan(file.modified_at)
    for stanza in _stanzas(file, Skips()):
        span.add(_moment(stanza))
    yield span.scan(TOOL, host)
    skips = Skips()
    today: date | None = None
    done: set[str] = set()
    for stanza in _stanzas(file, skips):
        moment = _upgraded_at(stanza, skips)
        if moment is None:
            continue
        if moment.date() != today:
            today, done = moment.date(), set()
        for patch in _patches(host, moment, stanza):
            if patch.patch not in done:
                done.add(patch.patch)
                yield patch
    yield from skips.records()


def _upgraded_at(stanza: Stanza, skips: Skips) -> datetime | None:
    """When the stanza's upgrades were done; ``None`` where they were not."""
    if "Upgrade" not in stanza:
        return None
    reason = ""
    moment = _moment(stanza)
    if "Error" in stanza:
        reason = "run that ended in an error"
    elif "Start-Date" not in stanza:
        reason = "run without its beginning"
    elif "End-Date" not in stanza:
        reason = "run that was not finished"
    elif moment is None or not plausible(moment):
        reason = f"{IMPOSSIBLE} of a run"
    if reason:
        skips.add(reason)
        return None
    return moment


def _moment(stanza: Stanza) -> datetime | None:
    return parse_instant(stanza.get("End-Date") or stanza.get("Start-Date"))


def _patches(host: str, moment: datetime, stanza: Stanza) -> Iterator[Patch]:
    command = stanza.get("Commandline")
    for item in stanza["Upgrade"].split("), "):
        package, _, versions = item.strip().partition(" (")
        _, comma, new = versions.partition(", ")
        if not comma or not package:
            continue
        yield Patch(
            hostname=host,
            patch=package.partition(":")[0],
            version=new.partition(",")[0].rstrip(")").strip(),
            installed_at=moment,
            is_automatic=None if command is None else "unattended-upgrade" in command,
            os_family="linux",
        )


def _stanzas(file: ExportFile, skips: Skips) -> Iterator[Stanza]:
    """The stanzas, told apart by blank lines and by ``Start-Date``."""
    stanza: Stanza = {}
    for number, line in enumerate(lines_of(file)):
        match = _FIELD.fullmatch(line.rstrip())
        if stanza and (not line.strip() or (match and match[1] == "Start-Date")):
            yield stanza
            stanza = {}
        if match is not None:
            stanza[match[1]] = match[2]
        elif number and line.strip():
            skips.add("line that is not apt's")
    if stanza:
        yield stanza


FORMAT = Format(
    name=TOOL,
    title="apt history.log",
    example="scp web-01:/var/log/apt/history.log web-01.history.log",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.LOG,
    sniff=sniff,
    parse=parse,
    is_named_by_path=True,
)
