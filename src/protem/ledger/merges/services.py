"""Every act upon which records are one machine: join two, split one off, take it back.

Each act resolves the assets anew at once; what was measured from them is for the caller.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Min

from protem.kit.errors import ProtemError
from protem.ledger import services as ledger
from protem.ledger.merges.models import Pin, PinKind
from protem.ledger.models import AssetRecord, Presence
from protem.ledger.reconcile.identities import NOT_MACHINES
from protem.people.access import Act, Actor, authorise

MOST_NAMED = 3


class MergeRefused(ProtemError):
    """The records cannot be joined or split so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What an act did: its pin, and from when on numbers may be others than before."""

    pin_id: int
    since: date | None
    told: str
    """In a sentence."""


@transaction.atomic
def join_records(
    *, by: Actor, left_id: int, right_id: int, reason: str, at: datetime
) -> Settled:
    """Make the machines of two records one, whatever the rules say.

    A split that keeps them apart is taken back.

    Raises:
        MergeRefused: One is not there or no machine, they are one already, or no reason is
            given.
    """
    authorise(by, Act.EDIT_MERGES)
    left, right = _machines(left_id, right_id)
    if left.asset_id == right.asset_id:
        raise MergeRefused("they are one machine already", where=left.name)
    ours, theirs = _names(_mates(left)), _names(_mates(right))
    _take_back(PinKind.SPLIT, ours, theirs, by=by, at=at)
    pin = _pin(PinKind.JOINED, left, [right], by=by, at=at, reason=reason)
    return _settled(pin, [left, right], f"{pin.name} are one machine now.")


@transaction.atomic
def split_record(*, by: Actor, record_id: int, reason: str, at: datetime) -> Settled:
    """Take a record out of its machine, for good; the others stay together.

    A join that brought it there is taken back.

    Raises:
        MergeRefused: It is not there or stands alone, or no reason is given.
    """
    authorise(by, Act.EDIT_MERGES)
    (record,) = _machines(record_id)
    others = [mate for mate in _mates(record) if mate.pk != record.pk]
    if not others:
        raise MergeRefused("it stands alone already", where=record.name)
    _take_back(PinKind.JOINED, _names([record]), _names(others), by=by, at=at)
    pin = _pin(PinKind.SPLIT, record, others, by=by, at=at, reason=reason)
    return _settled(pin, [record, *others], f"{_called(record)} is a machine of its own now.")


@transaction.atomic
def keep_apart(*, by: Actor, left_id: int, right_id: int, reason: str, at: datetime) -> Settled:
    """Say that two records are two machines, so that nobody need ask again.

    Raises:
        MergeRefused: One is not there or no machine, they are one now, or no reason is given.
    """
    authorise(by, Act.EDIT_MERGES)
    left, right = _machines(left_id, right_id)
    if left.asset_id == right.asset_id:
        raise MergeRefused(
            "they are one machine now", where=left.name, remedy="split one of them off"
        )
    pin = _pin(PinKind.SPLIT, right, [left], by=by, at=at, reason=reason)
    return _settled(pin, [left, right], f"{pin.name} stay two machines.")


@transaction.atomic
def undo_pin(*, by: Actor, pin_id: int, at: datetime) -> Settled:
    """Take a pin back: the rules decide again. It stays in the history.

    Raises:
        MergeRefused: There is no such pin, or it was taken back already.
    """
    authorise(by, Act.EDIT_MERGES)
    pin = Pin.objects.select_for_update().filter(pk=pin_id).first()
    if pin is None or pin.undone_at is not None:
        raise MergeRefused(
            "there is nothing to undo",
            remedy="look at the history: somebody may have undone it before",
        )
    _undo(pin, by=by, at=at)
    touched = list(_records_of(pin))
    return _settled(pin, touched, f"Undone: {pin.name}. The rules decide again.")


def _machines(*record_ids: int) -> list[AssetRecord]:
    found = AssetRecord.objects.in_bulk(record_ids)
    if len(found) < len(set(record_ids)):
        raise MergeRefused("one of the records is not there any more", remedy="reload the page")
    records = [found[record_id] for record_id in record_ids]
    if any(record.kind in NOT_MACHINES for record in records):
        raise MergeRefused(
            "repositories and images are known by their names",
            remedy="only records of machines are joined and split",
        )
    return records


def _mates(record: AssetRecord) -> list[AssetRecord]:
    """All records of its machine, itself among them."""
    if record.asset_id is None:
        return [record]
    return list(AssetRecord.objects.filter(asset_id=record.asset_id).order_by("id"))


def _names(records: Iterable[AssetRecord]) -> set[tuple[str, str]]:
    return {(record.source, record.external_id) for record in records}


def _take_back(
    kind: PinKind,
    ours: set[tuple[str, str]],
    theirs: set[tuple[str, str]],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Undo the pins of ``kind`` in force between these and those."""
    for pin in Pin.objects.filter(kind=kind, undone_at=None):
        one, others = (pin.source, pin.external_id), {(a, b) for a, b in pin.others}
        if (one in ours and others & theirs) or (one in theirs and others & ours):
            _undo(pin, by=by, at=at)


def _undo(pin: Pin, *, by: Actor, at: datetime) -> None:
    pin.undone_by, pin.undone_at = str(by)[:200], at
    pin.save(update_fields=["undone_by", "undone_at"])


def _pin(
    kind: PinKind,
    record: AssetRecord,
    others: list[AssetRecord],
    *,
    by: Actor,
    at: datetime,
    reason: str,
) -> Pin:
    why = reason.strip()
    if not why:
        raise MergeRefused("a reason is needed", remedy="say in a few words how you know")
    named = [_called(other) for other in others[:MOST_NAMED]]
    if more := len(others) - len(named):
        named.append(f"{more} more")
    return Pin.objects.create(
        kind=kind,
        source=record.source,
        external_id=record.external_id,
        others=[[other.source, other.external_id] for other in others],
        name=f"{_called(record)} and {', '.join(named)}"[:300],
        reason=why[:500],
        made_by=str(by)[:200],
        made_at=at,
    )


def _settled(pin: Pin, touched: Iterable[AssetRecord], told: str) -> Settled:
    ledger.resolve_assets()
    presences = Presence.objects.filter(record__in=[record.pk for record in touched])
    first = presences.aggregate(first=Min("first_at"))["first"]
    return Settled(pin_id=pin.pk, since=first.date() if first else None, told=told)


def _records_of(pin: Pin) -> Iterable[AssetRecord]:
    for source, external_id in [[pin.source, pin.external_id], *pin.others]:
        yield from AssetRecord.objects.filter(source=source, external_id=external_id)


def _called(record: AssetRecord) -> str:
    return f"{record.name or record.external_id} ({record.source})"
