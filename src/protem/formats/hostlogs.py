"""Logs that name no host: whose they are by their file name, and their lines.

``dpkg.log`` and apt's ``history.log`` are the same on every machine, so the file's name or
folder must say where it comes from.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from protem.formats.dates import parse_instant, plausible
from protem.formats.format import ExportFile, FormatError
from protem.formats.jsonfile import text_of
from protem.formats.machines import short_name
from protem.formats.records import AssetKind, Scan
from protem.formats.skips import IMPOSSIBLE, Newest, Skips

_LONGEST_LINE = 1 << 20
_FIRST_LINES = 40


def lines_of(file: ExportFile) -> Iterator[str]:
    """The lines without their ends; bytes that are not UTF-8 are replaced.

    Raises:
        FormatError: A line is longer than a megabyte: no log has such lines.
    """
    with file.path.open(encoding="utf-8-sig", errors="replace") as stream:
        number = 0
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            if len(line) >= _LONGEST_LINE:
                raise FormatError(
                    "the line is too long for a log",
                    where=f"{file.name}, line {number}",
                    remedy="copy the log from the machine again",
                )
            yield line.rstrip("\n")


class LogSpan:
    """From when to when a log speaks."""

    def __init__(self, written_at: datetime) -> None:
        self._newest = Newest(written_at)
        self.first: datetime | None = None
        """The oldest instant in it, or ``None`` when there was none."""

    def add(self, moment: datetime | None) -> None:
        """Take ``moment`` into account; ``None`` and impossible ones are ignored."""
        self._newest.add(moment)
        if moment is not None and plausible(moment):
            self.first = moment if self.first is None else min(self.first, moment)

    @property
    def last(self) -> datetime | None:
        """The newest instant, wary of clocks that run ahead."""
        return self._newest.moment

    def scan(self, tool: str, host: str) -> Scan:
        """The look at a Linux host that its log is."""
        return Scan(
            tool=tool,
            target=f"log:{host}",
            kind=AssetKind.SERVER,
            name=host,
            as_of=self.last,
            proves_absence=False,
            covered_from=self.first,
            hostname=host,
            os_family="linux",
        )


def dated_lines(
    file: ExportFile, form: re.Pattern[str], skips: Skips, *, whose: str
) -> Iterator[tuple[datetime, re.Match[str]]]:
    """Every line of a log that has ``form``, with the moment that its first group tells.

    Others are counted as not ``whose``, but for an empty one and the first, cut by rotation.
    """
    for number, line in enumerate(lines_of(file)):
        match = form.fullmatch(line.rstrip())
        if match is None:
            if number and line.strip():
                skips.add(f"line that is not {whose}'s")
            continue
        if (moment := believable(match[1], skips, "in a line")) is not None:
            yield moment, match


def believable(text: str, skips: Skips, where: str) -> datetime | None:
    """The moment that ``text`` tells; ``None`` and a count where it tells none that can be."""
    moment = parse_instant(text)
    if moment is None or not plausible(moment):
        skips.add(f"{IMPOSSIBLE} {where}")
        return None
    return moment


@lru_cache(maxsize=2)
def first_lines(head: bytes) -> tuple[str, ...]:
    """The first whole lines of a file, the very first (which may be cut) included."""
    lines = text_of(head).split("\n", _FIRST_LINES)[:_FIRST_LINES]
    return tuple(line.removesuffix("\r") for line in lines)


def host_of(file: ExportFile, log: str, example: str) -> str:
    """The host that the log comes from.

    Raises:
        FormatError: Neither the file's name nor its folder tells.
    """
    host = host_of_log(file.name, log)
    if host is None:
        raise FormatError(
            "the log does not say which host it comes from",
            where=file.name,
            remedy=f"name the file <host>.{example} or put it in a folder named after the host",
        )
    return host


_ENDING = "(?:log|txt|json)"
_ROTATED = re.compile(r"(?:[._-]\d+)?(?:\.(?:gz|xz|bz2|zst))?$", re.ASCII)
_FOLDERS_OF_LOGS = frozenset({"var", "log", "logs", "apt", "dpkg", "unattended-upgrades"})
_FOLDERS_OF_NOBODY = frozenset(
    {"", ".", "..", "tmp", "temp", "home", "users", "root", "data", "media", "uploads", "mnt"}
    | {"exports", "export", "imports", "import", "inbox", "downloads", "desktop", "documents"}
)


def host_of_log(name: str, log: str) -> str | None:
    """The host that a log without host names comes from, told by its file name.

    Reads ``web-01/dpkg.log``, ``web-01/var/log/dpkg.log.1``, ``web-01.dpkg.log``,
    ``web-01-dpkg.log.1``, ``dpkg.log.web-01`` and ``dpkg-web-01.log``.

    Args:
        name: ``ExportFile.name``, with folders.
        log: A regular expression for the log's own name without ``.log``.
    """
    *folders, base = re.split(r"[/\\!]", name.lower())
    plain = _ROTATED.sub("", base)
    if re.fullmatch(rf"(?:{log})\.{_ENDING}", plain):
        return _host_of_folders(folders)
    patterns = (
        rf"(?P<host>.+?)[._-](?:{log})\.{_ENDING}",
        rf"(?:{log})\.{_ENDING}[._-](?P<host>.+)",
        rf"(?:{log})[._-](?P<host>.+)\.{_ENDING}",
    )
    for text in (base, plain):
        for pattern in patterns:
            if match := re.fullmatch(pattern, text):
                return short_name(match["host"])
    return None


def _host_of_folders(folders: list[str]) -> str | None:
    while folders and folders[-1] in _FOLDERS_OF_LOGS:
        folders.pop()
    if not folders or folders[-1] in _FOLDERS_OF_NOBODY:
        return None
    if len(folders) > 1 and folders[-2] in {"home", "users"}:
        return None
    folder = re.sub(r"\.(?:zip|tar|tgz|gz|7z)$", "", folders[-1])
    return short_name(folder)
