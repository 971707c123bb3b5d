"""AWS Systems Manager: the patches of one machine, installed and missing.

``aws ssm describe-instance-patches`` does not repeat which machine it was asked about, so the
file's name or folder must. A filter (``State=Installed``) does not show in the answer either:
what is not in it proves nothing. Missing patches carry 1 January 1970 as their date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError, PatchProof
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, Elements, decode_views, elements
from protem.formats.patchtuesday import released_by_title
from protem.formats.records import Patch, PatchCondition, PatchState, Record, Scan
from protem.formats.skips import IMPOSSIBLE, Skips

TOOL = "aws-ssm-patches"

_EXPECTED = "the JSON of aws ssm describe-instance-patches"
_INSTANCE = re.compile(r"(?<![a-z0-9])m?i-[0-9a-f]{8,17}(?![0-9a-f])", re.ASCII)
_KB = re.compile(r"KB\d{5,8}", re.ASCII | re.IGNORECASE)
_INSTALLED = frozenset({"installed", "installedother", "installedrejected"})
_PENDING = "installedpendingreboot"
_LACKING = frozenset({"missing", "failed"})
_ARCHITECTURE = re.compile(r"\.(?:x86_64|aarch64|noarch|i[3-6]86|amd64|arm64|all)$", re.ASCII)


class _Patch(msgspec.Struct, gc=False, rename="pascal"):
    title: str | None = None
    kb_id: str | None = msgspec.field(default=None, name="KBId")
    state: str | None = None
    installed_time: str | float | None = None
    instance_id: str | None = None


class _Answer(msgspec.Struct, gc=False, rename="pascal"):
    patches: msgspec.Raw = ABSENT
    next_token: str | None = None


@dataclass(kw_only=True, slots=True)
class _Machine:
    """What a machine lacks."""

    lacking: int = 0
    is_pending: bool = False


_PATCH: ElementOf[_Patch] = ElementOf(_Patch)


def sniff(head: bytes) -> bool:
    """Whether it is a list of patches, bare or as AWS answers it."""
    if not starts_json(head):
        return False
    text = text_of(head)
    return '"KBId"' in text and '"InstalledTime"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """Per machine one ``Scan``; its patches; its ``PatchState`` if any is lacking."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="patches")
    rows = elements(answer.patches, _PATCH, where=f"{file.name}, patches", expected=_EXPECTED)
    if rows is None:
        raise FormatError(
            "there is no list of patches", where=file.name, remedy=f"export {_EXPECTED}"
        )
    named = _INSTANCE.search(file.name.lower())
    own = named[0] if named else ""
    machines = _machines(rows, file, own)
    for machine in machines or ([own] if own else []):
        yield Scan(
            tool=TOOL,
            target=f"patches:{machine}",
            is_complete=not answer.next_token,
            problem="one page of several (NextToken)" if answer.next_token else "",
        )
    skips = Skips()
    for row in rows:
        if (patch := _patch(row.instance_id or own, row, skips)) is not None:
            yield patch
    for machine, found in machines.items():
        if found.lacking or found.is_pending:
            pending = PatchCondition.PENDING_REBOOT
            yield PatchState(
                cloud_id=machine,
                condition=PatchCondition.MISSING if found.lacking else pending,
                missing=found.lacking,
            )
    yield from skips.records()


def _machines(rows: Elements[_Patch], file: ExportFile, own: str) -> dict[str, _Machine]:
    """The machines in the order of the file; ``own`` is the one that the file's name tells."""
    found: dict[str, _Machine] = {}
    for row in rows:
        machine = found.setdefault(row.instance_id or own or _unnamed(file), _Machine())
        machine.lacking += _state(row) in _LACKING
        machine.is_pending |= _state(row) == _PENDING
    return found


def _state(row: _Patch) -> str:
    return (row.state or "").replace("_", "").lower()


def _unnamed(file: ExportFile) -> str:
    raise FormatError(
        "the file does not say which machine it is about",
        where=file.name,
        remedy="name it after the instance, such as i-0abc12345678.patches.json",
    )


def _patch(machine: str, row: _Patch, skips: Skips) -> Patch | None:
    """What was installed; ``None`` for a patch that was not."""
    state = _state(row)
    if state not in _INSTALLED and state != _PENDING:
        return None
    installed_at = parse_instant(row.installed_time)
    if not row.kb_id:
        skips.add("patch without a name")
        return None
    if installed_at is None:
        skips.add("installed patch without a date")
        return None
    if skips.instant(installed_at, "InstalledTime") is None:
        return None
    released_on = released_by_title(row.title or "")
    if released_on is not None and released_on > installed_at.date():
        skips.add(f"{IMPOSSIBLE}: released after it was installed")
        released_on = None
    is_kb = _KB.fullmatch(row.kb_id) is not None
    name = row.kb_id.upper() if is_kb else _ARCHITECTURE.sub("", row.kb_id)
    return Patch(
        cloud_id=machine,
        patch=name,
        version="" if is_kb else (row.title or "").partition(":")[2],
        installed_at=installed_at,
        released_on=released_on,
        is_reboot_pending=state == _PENDING,
        os_family="windows" if is_kb else None,
    )


FORMAT = Format(
    name=TOOL,
    title="AWS Systems Manager patches of one machine",
    example="aws ssm describe-instance-patches --instance-id i-0abc… > i-0abc….patches.json",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.INSTALLED,
    sniff=sniff,
    parse=parse,
)
