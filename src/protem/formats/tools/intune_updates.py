"""Microsoft Intune: what Windows Update said on each device (Graph beta, windowsUpdateState).

It names the device by its display name. ``pendingReboot`` is not patched. The quality update
version is the build a device runs: one that differs in the next export was installed between.
"""

from collections.abc import Iterator

import msgspec

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError, PatchProof
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.machines import short_name
from protem.formats.records import PatchCondition, PatchState, Record, Scan
from protem.formats.skips import Newest, Skips

TOOL = "intune-updates"

_EXPECTED = "the JSON of Graph's windowsUpdateStates"
_CONDITIONS = {
    "uptodate": PatchCondition.CURRENT,
    "pendinginstallation": PatchCondition.MISSING,
    "pendingreboot": PatchCondition.PENDING_REBOOT,
    "failed": PatchCondition.FAILED,
}


class _State(msgspec.Struct, gc=False, rename="camel"):
    device_display_name: str | None = None
    status: str | None = None
    quality_update_version: str | None = None
    last_scan_date_time: str | None = None


class _Answer(msgspec.Struct, gc=False, rename="camel"):
    value: msgspec.Raw = ABSENT
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


_STATE: ElementOf[_State] = ElementOf(_State)


def sniff(head: bytes) -> bool:
    """Whether it is a list of update states, bare or as Graph answers it."""
    if not starts_json(head):
        return False
    text = text_of(head)
    return '"qualityUpdateVersion"' in text and '"lastScanDateTime"' in text


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan``, then a ``PatchState`` a device."""
    answer = decode_views(file, _Answer, expected=_EXPECTED, bare="value")
    states = elements(answer.value, _STATE, where=f"{file.name}, states", expected=_EXPECTED)
    if states is None:
        raise FormatError(
            "there is no list of update states", where=file.name, remedy=f"export {_EXPECTED}"
        )
    newest = Newest(file.modified_at)
    for state in states:
        newest.add(parse_instant(state.last_scan_date_time))
    yield Scan(
        tool=TOOL,
        target="patches:",
        as_of=newest.moment,
        is_complete=not answer.next_link,
        problem="one page of several (@odata.nextLink)" if answer.next_link else "",
    )
    skips = Skips()
    for state in states:
        if (record := _record(state, skips)) is not None:
            yield record
    yield from skips.records()


def _record(state: _State, skips: Skips) -> PatchState | None:
    host = short_name(state.device_display_name)
    scanned_at = skips.instant(parse_instant(state.last_scan_date_time), "lastScanDateTime")
    condition = _CONDITIONS.get((state.status or "").lower())
    reason = ""
    if host is None:
        reason = "state without a host name"
    elif condition is None:
        reason = "device whose state is not known"
    elif scanned_at is None:
        reason = "device that never looked for updates"
    if reason or host is None or condition is None:
        skips.add(reason)
        return None
    return PatchState(
        hostname=host,
        condition=condition,
        seen_at=scanned_at,
        os_family="windows",
        os_version=state.quality_update_version or "",
    )


FORMAT = Format(
    name=TOOL,
    title="Microsoft Intune Windows update states",
    example="GET /beta/deviceManagement/deviceConfigurations/ID/windowsUpdateStates as JSON",
    feeds=(Feeds.PATCH_CADENCE,),
    patch_proof=PatchProof.STATE,
    sniff=sniff,
    parse=parse,
)
