"""Every read of merges: a machine with its records and reasons, doubts, and pins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Min, Q, QuerySet, Value, When

from protem.ledger.merges.models import MergeDoubt, Pin, RecordMerge
from protem.ledger.models import Asset, AssetRecord, Presence
from protem.ledger.reconcile.identities import NOT_MACHINES
from protem.stats.resolve import Rule

MOST_CANDIDATES = 20
SHARED_BY_MANY = "machines share it"
_STRENGTH = Case(
    When(because__endswith=SHARED_BY_MANY, then=Value(len(Rule))),
    *(When(rule=rule.label, then=Value(rule.value)) for rule in Rule),
    default=Value(len(Rule)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordView:
    """One source's record of a machine, with what identifies it."""

    id: int
    asset_id: int | None
    source: str
    external_id: str
    role: str
    name: str
    hostname: str
    serial: str
    cloud_id: str
    device_id: str
    macs: tuple[str, ...]
    os_family: str
    is_superseded: bool
    first_at: datetime | None = None
    """The first export that listed it."""
    is_listed: bool = False
    """Whether the newest export of its source still does."""
    condition: str = ""
    """What that export says: an agent's state, or running or stopped."""
    silent_days: int | None = None

    @property
    def called(self) -> str:
        """Its name, else what its source calls it."""
        return self.name or self.external_id


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeView:
    """Why two records are one machine."""

    rule: str
    evidence: str
    left: RecordView
    right: RecordView


@dataclass(frozen=True, kw_only=True, slots=True)
class DoubtView:
    """Two records that share something and were not joined."""

    rule: str
    evidence: str
    because: str
    left: RecordView
    right: RecordView

    @property
    def is_question(self) -> bool:
        """Whether a person need decide; what dozens share is a template or a placeholder."""
        return not self.because.endswith(SHARED_BY_MANY)


@dataclass(frozen=True, kw_only=True, slots=True)
class PinView:
    """What a person decided, and whether it still stands."""

    id: int
    kind: str
    name: str
    reason: str
    made_by: str
    made_at: datetime
    undone_by: str
    undone_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineView:
    """One asset with everything that says why it is one."""

    id: int
    name: str
    kind: str
    os_family: str
    owner: str
    group: str
    criticality: str
    tags: tuple[str, ...]
    template: str
    is_machine: bool
    created_at: datetime | None
    records: list[RecordView]
    merges: list[MergeView]
    doubts: list[DoubtView]
    pins: list[PinView]


def machine(asset_id: int) -> MachineView | None:
    """One asset, None when there is no such."""
    asset = Asset.objects.filter(pk=asset_id).first()
    if asset is None:
        return None
    records = _with_lives(AssetRecord.objects.filter(asset_id=asset_id))
    ids = list(records)
    merges = RecordMerge.objects.filter(left_id__in=ids).order_by("id")
    touching = MergeDoubt.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids))
    names = {(record.source, record.external_id) for record in records.values()}
    return MachineView(
        id=asset.pk,
        name=asset.name,
        kind=asset.kind,
        os_family=asset.os_family,
        owner=asset.owner,
        group=asset.group,
        criticality=asset.criticality,
        tags=tuple(asset.tags),
        template=asset.template,
        is_machine=asset.kind not in NOT_MACHINES,
        created_at=asset.created_at,
        records=sorted(records.values(), key=_order),
        merges=[
            MergeView(
                rule=merge.rule,
                evidence=merge.evidence,
                left=records[merge.left_id],
                right=records[merge.right_id],
            )
            for merge in merges
            if merge.right_id in records
        ],
        doubts=_doubts(touching.order_by("id")),
        pins=_pins(Pin.objects.order_by("-id"), names),
    )


def doubts(*, offset: int = 0, limit: int | None = None) -> list[DoubtView]:
    """Records that may be one machine, the strongest evidence first.

    What many machines share comes last: nobody needs to decide it.
    """
    rows = MergeDoubt.objects.order_by(_STRENGTH, "id")
    return _doubts(rows[offset : None if limit is None else offset + limit])


def doubt_count() -> int:
    """How many doubts there are to settle."""
    return MergeDoubt.objects.count()


def merges(*, limit: int | None = None) -> list[MergeView]:
    """Every merge with both its records, in the order they were made."""
    rows = list(RecordMerge.objects.order_by("id")[:limit])
    records = _views({key for row in rows for key in (row.left_id, row.right_id)})
    return [
        MergeView(
            rule=row.rule,
            evidence=row.evidence,
            left=records[row.left_id],
            right=records[row.right_id],
        )
        for row in rows
    ]


def pins(*, limit: int | None = None) -> list[PinView]:
    """What people decided, the newest first, taken back or not."""
    return _pins(Pin.objects.order_by("-id")[:limit])


def candidates(words: str, *, not_of: int) -> list[RecordView]:
    """Records of other machines whose name, serial or id holds ``words``."""
    text = words.strip()
    if not text:
        return []
    fits = Q(name__icontains=text) | Q(hostname__icontains=text)
    fits |= Q(serial__icontains=text) | Q(external_id__icontains=text)
    found = (
        AssetRecord.objects.filter(fits)
        .exclude(asset_id=not_of)
        .exclude(kind__in=NOT_MACHINES)
        .order_by("name", "source", "id")[:MOST_CANDIDATES]
    )
    return [_view(record) for record in found]


def find_record(text: str) -> RecordView | None:
    """The record called ``source/external id`` or by its own number; None when not there."""
    source, _, external_id = text.partition("/")
    found = AssetRecord.objects.filter(source=source, external_id=external_id)
    if text.isdecimal():
        found = AssetRecord.objects.filter(pk=int(text))
    record = found.first()
    return None if record is None else _view(record)


def _doubts(rows: Iterable[MergeDoubt]) -> list[DoubtView]:
    found = list(rows)
    records = _views({key for row in found for key in (row.left_id, row.right_id)})
    return [
        DoubtView(
            rule=row.rule,
            evidence=row.evidence,
            because=row.because,
            left=records[row.left_id],
            right=records[row.right_id],
        )
        for row in found
    ]


def _pins(rows: Iterable[Pin], names: set[tuple[str, str]] | None = None) -> list[PinView]:
    return [
        PinView(
            id=pin.pk,
            kind=pin.kind,
            name=pin.name,
            reason=pin.reason,
            made_by=pin.made_by,
            made_at=pin.made_at,
            undone_by=pin.undone_by,
            undone_at=pin.undone_at,
        )
        for pin in rows
        if names is None or not names.isdisjoint(_pinned(pin))
    ]


def _pinned(pin: Pin) -> set[tuple[str, str]]:
    return {(pin.source, pin.external_id), *((a, b) for a, b in pin.others)}


def _views(ids: set[int]) -> dict[int, RecordView]:
    return {record.pk: _view(record) for record in AssetRecord.objects.filter(pk__in=ids)}


def _with_lives(records: "QuerySet[AssetRecord]") -> dict[int, RecordView]:
    """The records with what exports say of each, by id."""
    found = {record.pk: record for record in records}
    firsts = dict(
        Presence.objects.filter(record__in=found)
        .values_list("record")
        .annotate(first=Min("first_at"))
    )
    current = {
        record_id: (state, silent)
        for record_id, state, silent in Presence.objects.filter(
            record__in=found, last_at=None
        ).values_list("record", "state", "silent_days")
    }
    return {
        key: _view(record, firsts.get(key), current.get(key)) for key, record in found.items()
    }


def _view(
    record: AssetRecord,
    first_at: datetime | None = None,
    current: tuple[str, int | None] | None = None,
) -> RecordView:
    return RecordView(
        id=record.pk,
        asset_id=record.asset_id,
        source=record.source,
        external_id=record.external_id,
        role=record.role,
        name=record.name,
        hostname=record.hostname,
        serial=record.serial,
        cloud_id=record.cloud_id,
        device_id=record.device_id,
        macs=tuple(record.macs),
        os_family=record.os_family,
        is_superseded=record.is_superseded,
        first_at=first_at,
        is_listed=current is not None,
        condition=current[0] if current else "",
        silent_days=current[1] if current else None,
    )


def _order(record: RecordView) -> tuple[bool, str, str]:
    return record.is_superseded, record.source, record.external_id
