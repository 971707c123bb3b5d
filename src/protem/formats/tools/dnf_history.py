"""``dnf history``: list or info as text, or dnf5's JSON.

Times without an offset are read as UTC. The text names no host: the file's name or folder
must. Only upgrades count; a transaction that was aborted or failed counts for nothing.
``list`` does not name the packages, so a transaction stands for all of them.
"""

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError, PatchProof
from protem.formats.hostlogs import LogSpan, first_lines, host_of, lines_of
from protem.formats.jsonfile import is_json, starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.records import Patch, Record
from protem.formats.skips import Skips
from protem.formats.tools._dnf_text import (
    FIRST_FIELD,
    HEADER,
    Transaction,
    detailed,
    listed,
    name_and_version,
)

TOOL = "dnf-history"

_EXPECTED = "the output of dnf history list, or dnf5 history list --json"
_UPGRADING = re.compile(
    r"\b(?:upgrade|update|upgrade-minimal|update-minimal|distro-sync|system-upgrade"
    r"|automatic|offline)\b",
    re.ASCII,
)
_WELL = frozenset({"ok", "success", ""})
_UPGRADE = frozenset({"upgrade", "update", "u"})


class _Package(msgspec.Struct, gc=False):
    nevra: str = ""
    action: str = ""


class _Json(msgspec.Struct, gc=False):
    id: int | str = ""
    command_line: str = ""
    cmdline: str = ""
    start_time: str | float | None = None
    end_time: str | float | None = None
    date: str | float | None = None
    status: str = ""
    state: str = ""
    actions: str | list[str] | None = None
    packages: list[_Package] | None = None


class _List(msgspec.Struct, gc=False):
    transactions: msgspec.Raw = ABSENT


_TRANSACTION: ElementOf[_Json] = ElementOf(_Json)


def sniff(head: bytes) -> bool:
    """Whether it is the list's table, the details of a transaction, or dnf5's JSON."""
    if starts_json(head):
        text = text_of(head)
        told = '"altered' in text or '"packages"' in text
        command = '"command_line"' in text or '"cmdline"' in text
        return text.lstrip().startswith("[") and '"id"' in text and told and command
    lines = first_lines(head)
    if any(HEADER.fullmatch(line) for line in lines):
        return True
    begins = any(line.startswith(("Begin time", "Begin rpmdb")) for line in lines)
    return begins and any(FIRST_FIELD.fullmatch(line) for line in lines)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the history, then a ``Patch`` per package (or transaction) upgraded."""
    host = host_of(file, "(?:dnf5?|yum)(?:[._-]history)?|history", "dnf-history.txt")
    span = LogSpan(file.modified_at)
    for transaction in _transactions(file):
        span.add(transaction.ended_at)
    if span.last is None:
        raise FormatError(
            "there is no transaction in it", where=file.name, remedy=f"export {_EXPECTED}"
        )
    yield span.scan(TOOL, host)
    skips = Skips()
    for transaction in _transactions(file):
        if transaction.problem:
            skips.add(transaction.problem)
        elif transaction.upgrades:
            moment = skips.instant(transaction.ended_at, "a transaction")
            if moment is not None:
                yield from _patches(host, moment, transaction)
    yield from skips.records()


def _patches(host: str, moment: datetime, transaction: Transaction) -> Iterator[Patch]:
    whole = {"all packages": f"transaction {transaction.number}"}
    for package, version in (transaction.packages or whole).items():
        yield Patch(
            hostname=host,
            patch=package,
            version=version,
            installed_at=moment,
            os_family="linux",
        )


def _transactions(file: ExportFile) -> Iterator[Transaction]:
    if is_json(file):
        answer = decode_views(file, _List, expected=_EXPECTED, bare="transactions")
        where = f"{file.name}, transactions"
        rows = elements(answer.transactions, _TRANSACTION, where=where, expected=_EXPECTED)
        yield from map(_of_json, rows or ())
        return
    is_list = any(HEADER.fullmatch(line) for line in lines_of(file))
    yield from (listed if is_list else detailed)(lines_of(file))


def _of_json(row: _Json) -> Transaction:
    command = row.command_line or row.cmdline
    packages = [p for p in row.packages or [] if p.action.lower() in _UPGRADE]
    actions = row.actions.split(",") if isinstance(row.actions, str) else row.actions or []
    named = {action.strip().lower() for action in actions}
    is_upgrade = bool(packages) or bool(named & _UPGRADE)
    if row.packages is None and not named:
        is_upgrade = _UPGRADING.search(command) is not None
    is_well = (row.status or row.state).lower() in _WELL
    moments = (row.end_time, row.start_time, row.date)
    return Transaction(
        number=str(row.id),
        ended_at=next((at for at in map(parse_instant, moments) if at is not None), None),
        packages=dict(name_and_version(package.nevra) for package in packages),
        upgrades=is_upgrade,
        problem="" if is_well else "transaction that failed or was aborted",
    )


FORMAT = Format(
    name=TOOL,
    title="dnf and yum history",
    example="dnf history list > web-01.dnf-history.txt, or dnf5 history list --json",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.LOG,
    sniff=sniff,
    parse=parse,
)
