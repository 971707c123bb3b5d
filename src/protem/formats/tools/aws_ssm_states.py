"""AWS Systems Manager: whether each machine has the patches that its baseline approves.

``aws ssm describe-instance-patch-states`` counts what is missing, failed, or installed and
waiting for a reboot, which is not patched. The state is as old as the machine's last patching
operation: one that stopped looking says nothing of today.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError, PatchProof
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.records import Patch, PatchCondition, PatchState, Record, Scan
from protem.formats.skips import Newest, Skips

TOOL = "aws-ssm-states"

_EXPECTED = "the JSON of aws ssm describe-instance-patch-states"
_INSTALL = "install"


class _State(msgspec.Struct, gc=False, rename="pascal"):
    instance_id: str | None = None
    baseline_id: str | None = None
    missing_count: int | None = None
    failed_count: int | None = None
    installed_pending_reboot_count: int | None = None
    operation_end_time: str | float | None = None
    operation: str | None = None


class _Answer(msgspec.Struct, gc=False, rename="pascal"):
    instance_patch_states: msgspec.Raw = ABSENT
    next_token: str | None = None


_STATE: ElementOf[_State] = ElementOf(_State)


def sniff(head: bytes) -> bool:
    """Whether it is a list of patch states, bare or as AWS answers it."""
    if not starts_json(head):
        return False
    text = text_of(head)
    marks = ('"OperationEndTime"', '"MissingCount"', '"InstanceId"')
    return '"InstancePatchStates"' in text[:4096] or all(mark in text for mark in marks)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan``, then a ``PatchState`` a machine, and a ``Patch`` a finished install run."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="instance_patch_states")
    states = elements(
        answer.instance_patch_states,
        _STATE,
        where=f"{file.name}, states",
        expected=_EXPECTED,
    )
    if states is None:
        raise FormatError(
            "there is no list of patch states", where=file.name, remedy=f"export {_EXPECTED}"
        )
    newest = Newest(file.modified_at)
    for state in states:
        newest.add(parse_instant(state.operation_end_time))
    yield Scan(
        tool=TOOL,
        target="patches:",
        as_of=newest.moment,
        is_complete=not answer.next_token,
        problem="one page of several (NextToken)" if answer.next_token else "",
    )
    skips = Skips()
    for state in states:
        yield from _records(state, skips)
    yield from skips.records()


def _records(state: _State, skips: Skips) -> Iterator[Record]:
    ended_at = skips.instant(parse_instant(state.operation_end_time), "OperationEndTime")
    if not state.instance_id:
        skips.add("state without an instance")
        return
    if ended_at is None:
        skips.add("state of a machine that was never looked at")
        return
    condition = _condition(state)
    yield PatchState(
        cloud_id=state.instance_id,
        condition=condition,
        missing=_count(state.missing_count) + _count(state.failed_count),
        seen_at=ended_at,
    )
    if (state.operation or "").lower() == _INSTALL:
        yield from _installed(state, condition, ended_at)


def _installed(
    state: _State, condition: PatchCondition, ended_at: datetime
) -> Iterator[Record]:
    """The patch day that an install run is when it left nothing out."""
    if condition in {PatchCondition.MISSING, PatchCondition.FAILED}:
        return
    yield Patch(
        cloud_id=state.instance_id,
        patch=f"all approved by {state.baseline_id or 'the baseline'}",
        installed_at=ended_at,
        is_automatic=True,
        is_reboot_pending=condition is PatchCondition.PENDING_REBOOT,
    )


def _condition(state: _State) -> PatchCondition:
    if _count(state.failed_count):
        return PatchCondition.FAILED
    if _count(state.missing_count):
        return PatchCondition.MISSING
    if _count(state.installed_pending_reboot_count):
        return PatchCondition.PENDING_REBOOT
    return PatchCondition.CURRENT


def _count(number: int | None) -> int:
    """AWS gives -1 where a count does not apply."""
    return max(0, min(number or 0, 1_000_000))


FORMAT = Format(
    name=TOOL,
    title="AWS Systems Manager patch states",
    example="aws ssm describe-instance-patch-states --instance-ids … > patch-states.json",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.STATE,
    sniff=sniff,
    parse=parse,
)
