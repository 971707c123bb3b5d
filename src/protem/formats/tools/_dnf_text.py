"""``dnf history`` as people read it: the list's table and the details of transactions."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from protem.formats.dates import parse_instant
from protem.formats.localdates import parse_spoken

HEADER = re.compile(
    r"\s*ID\s*\|.*\|\s*Date and time\s*\|\s*Action\(s\)\s*\|\s*Altered\s*", re.IGNORECASE
)
FIRST_FIELD = re.compile(r"Transaction ID\s*:\s*(\d+)\s*", re.ASCII)
_ROW = re.compile(
    r"\s*(\d{1,9})\s*\|.*\|\s*(\d{4}-\d\d-\d\d \d\d:\d\d)\s*\|\s*([A-Za-z, ]*?)\s*\|"
    r"\s*(\d{1,9})\s*([*#<>EPs ]*)",
    re.ASCII,
)
_FIELD = re.compile(r"([A-Z][A-Za-z -]{1,20}?)\s*:\s?(.*)", re.ASCII)
_ALTERED = re.compile(
    r"\s+(?:Upgrade|Update)\s+([A-Za-z0-9][\w.+~^:-]{0,250})(?:\s.*)?", re.ASCII
)
_DURATION = re.compile(r"\s*\([^()]*\)\s*$")
_UPGRADES = frozenset({"u", "upgrade", "update"})
_ABORTED, _NOT_ZERO = "*", "#"
_WELL = ("success", "ok")


@dataclass(kw_only=True, slots=True)
class Transaction:
    """One transaction; ``problem`` says why it counts for nothing, where it does."""

    number: str
    ended_at: datetime | None = None
    packages: dict[str, str] = field(default_factory=dict)
    """Names and versions after the upgrade; empty where the list does not give them."""
    upgrades: bool = False
    problem: str = ""


def listed(lines: Iterable[str]) -> Iterator[Transaction]:
    """The rows of ``dnf history list``."""
    for line in lines:
        if match := _ROW.fullmatch(line):
            number, moment, actions, _altered, flags = match.groups()
            done = {action.strip().lower() for action in actions.split(",")}
            bad = _ABORTED in flags or _NOT_ZERO in flags
            yield Transaction(
                number=number,
                ended_at=parse_instant(moment),
                upgrades=bool(done & _UPGRADES),
                problem="transaction that failed or was aborted" if bad else "",
            )


def detailed(lines: Iterable[str]) -> Iterator[Transaction]:
    """The transactions of ``dnf history info``."""
    current: Transaction | None = None
    for line in lines:
        if match := FIRST_FIELD.fullmatch(line):
            if current is not None:
                yield current
            current = Transaction(number=match[1])
        elif current is not None:
            _take(current, line)
    if current is not None:
        yield current


def _take(transaction: Transaction, line: str) -> None:
    if match := _ALTERED.fullmatch(line):
        name, version = name_and_version(match[1])
        transaction.packages[name] = version
        transaction.upgrades = True
    elif match := _FIELD.fullmatch(line):
        name, value = match[1].strip().lower(), match[2].strip()
        if name in {"begin time", "end time"}:
            text = _DURATION.sub("", value)
            moment = parse_instant(text) or parse_spoken(text)
            transaction.ended_at = moment or transaction.ended_at
        elif name in {"return-code", "status"} and not value.lower().startswith(_WELL):
            transaction.problem = "transaction that failed or was aborted"


def name_and_version(nevra: str) -> tuple[str, str]:
    """``openssl-1:3.0.7-25.el9.x86_64`` as its name and its version with epoch and release."""
    bare = re.sub(r"\.(?:x86_64|aarch64|noarch|i[3-6]86|ppc64le|s390x|src)$", "", nevra)
    parts = bare.rsplit("-", 2)
    if len(parts) != 3:  # noqa: PLR2004 # name, version, release
        return bare, ""
    return parts[0], f"{parts[1]}-{parts[2]}"
