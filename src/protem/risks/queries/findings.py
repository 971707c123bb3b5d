"""Lists of findings, a page at a time by key: the millionth page costs what the first does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from protem.formats.records import Severity
from protem.formats.vulnerability import canonical
from protem.kit.errors import ProtemError
from protem.ledger.models import Asset, Episode, Scope, Sighting
from protem.ledger.queries import exploited
from protem.people.access import Act, Actor, authorise
from protem.risks.filters import Filters, Order, Overdue, State
from protem.risks.models import Cover, Kind
from protem.risks.queries.places import place_of

PAGE = 50
COUNTED = 1_000
"""Counting stops there: the exact number of a long list helps nobody."""
MOST_CHOSEN = 5_000
_COVERED = {
    State.ACCEPTED: Kind.ACCEPTED,
    State.FALSE_POSITIVE: Kind.FALSE_POSITIVE,
    State.DUPLICATE: Kind.DUPLICATE,
}
_KEYS = {
    Order.GRAVEST: ("-severity", "opened_at", "id"),
    Order.OLDEST: ("opened_at", "id"),
    Order.NEWEST: ("-opened_at", "-id"),
}
_CLOSED_KEY = ("-closed_at", "-id")
_BLOCK = 2_000
_LARGEST = 2**62


class ListError(ProtemError):
    """A list of findings that cannot be shown or used as asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingRow:
    """One finding in a list, in its latest episode."""

    finding_id: int
    vulnerability: str
    title: str
    component: str
    location: str
    version: str
    fixed_version: str
    asset_id: int | None
    asset: str
    group: str
    owner: str
    severity: Severity
    opened_at: datetime
    critical_at: datetime | None
    closed_at: datetime | None
    ending: str
    is_exploited: bool
    is_exposed: bool
    """A rule says that its asset is exposed to the internet."""
    decided: str
    """The kind of the decision that covers it now; empty for none."""
    decided_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingPage:
    """One page of a list. ``after`` leads to the next one, empty on the last."""

    rows: list[FindingRow]
    after: str
    count: int
    is_counted: bool
    """False where there are more than were counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What the filters offer."""

    groups: list[str]
    owners: list[str]
    sources: list[str]


def finding_page(
    by: Actor, filters: Filters, *, at: datetime, after: str = "", limit: int = PAGE
) -> FindingPage:
    """One page of findings, from after a key on.

    Raises:
        Refused: ``by`` may not see them.
        ListError: ``after`` is no key.
    """
    authorise(by, Act.SEE)
    found = _filtered(filters, at)
    rows = _block(found, filters, after, limit + 1, at)
    count = found.order_by()[: COUNTED + 1].count()
    has_more = len(rows) > limit
    rows = rows[:limit]
    return FindingPage(
        rows=[_row(row) for row in rows],
        after=_key_of(rows[-1], filters) if has_more else "",
        count=min(count, COUNTED),
        is_counted=count <= COUNTED,
    )


def all_findings(by: Actor, filters: Filters, *, at: datetime) -> Iterator[FindingRow]:
    """Every finding of a list, block by block, for downloads."""
    authorise(by, Act.SEE)
    found, after = _filtered(filters, at), ""
    while True:
        rows = _block(found, filters, after, _BLOCK, at)
        yield from (_row(row) for row in rows)
        if len(rows) < _BLOCK:
            return
        after = _key_of(rows[-1], filters)


def finding_ids(by: Actor, filters: Filters, *, at: datetime) -> list[int]:
    """The findings of a list, to decide on all of them.

    Raises:
        ListError: There are too many to have been looked at.
    """
    authorise(by, Act.SEE)
    ids = list(
        _filtered(filters, at)
        .order_by()
        .values_list("finding_id", flat=True)[: MOST_CHOSEN + 1]
    )
    if len(ids) > MOST_CHOSEN:
        raise ListError(
            f"more than {MOST_CHOSEN:,} findings match",
            remedy="narrow the list, or make a rule",
        )
    return ids


def choices(by: Actor) -> Choices:
    """Groups, owners and tools there are."""
    authorise(by, Act.SEE)
    assets = Asset.objects.all()
    return Choices(
        groups=_distinct(assets, "group"),
        owners=_distinct(assets, "owner"),
        sources=_distinct(Scope.objects.exclude(record=None), "tool"),
    )


def _distinct(rows: "QuerySet[Any]", name: str) -> list[str]:
    found = rows.filter(**{f"{name}__gt": ""}).order_by(name).values_list(name, flat=True)
    return list(found.distinct()[:500])


def _filtered(filters: Filters, at: datetime) -> QuerySet[Episode]:
    found = Episode.objects.filter(closed_at__isnull=filters.state is not State.CLOSED)
    cover = Cover.objects.filter(finding_id=OuterRef("finding_id"))
    cover = cover.filter(Q(until_at=None) | Q(until_at__gt=at))
    if filters.state in _COVERED:
        held = cover.filter(kind=_COVERED[filters.state])
        ids = Cover.objects.filter(kind=_COVERED[filters.state]).values("finding_id")
        found = found.filter(Exists(held), finding_id__in=ids)
    elif filters.state is State.OPEN:
        found = found.exclude(Exists(cover))
    if filters.severity is not None:
        found = found.filter(severity=int(filters.severity))
    found = _by_place(found, filters)
    if filters.is_exploited:
        found = found.filter(_is_exploited())
    return found if filters.overdue is None else found.filter(_is_overdue(filters.overdue))


def _by_place(found: QuerySet[Episode], filters: Filters) -> QuerySet[Episode]:
    if filters.vulnerability:
        found = found.filter(finding__vulnerability=canonical(filters.vulnerability))
    if filters.component:
        is_whole = filters.component.startswith("pkg:")
        how = "" if is_whole else "__icontains"
        found = found.filter(**{f"finding__component{how}": filters.component})
    if filters.fixed_version:
        found = found.filter(fixed_version=filters.fixed_version)
    record, asset = "finding__record", "finding__record__asset"
    if filters.asset:
        found = found.filter(
            Q(**{f"{asset}__name__iexact": filters.asset})
            | Q(**{asset: None, f"{record}__name__iexact": filters.asset})
        )
    if filters.group:
        stated = Q(**{f"{asset}__group": ""}) | Q(**{asset: None})
        found = found.filter(
            Q(**{f"{asset}__group": filters.group})
            | (stated & Q(**{f"{record}__group": filters.group}))
        )
    if filters.owner:
        free = Q(**{asset: None}) | Q(**{f"{asset}__is_owner_ruled": False})
        of_asset = Q(**{f"{asset}__owner": filters.owner})
        of_record = Q(**{asset: None, f"{record}__owner": filters.owner})
        by_default = Q(owner="") | Q(**{f"{asset}__is_owner_ruled": True})
        found = found.filter(
            (free & Q(owner=filters.owner)) | (by_default & (of_asset | of_record))
        )
    if filters.source:
        seen = Sighting.objects.filter(finding_id=OuterRef("finding_id"))
        found = found.filter(Exists(seen.filter(scope__tool=filters.source)))
    return found


def _is_exploited() -> Q:
    listed = exploited()["vulnerability"].to_list()
    return Q(is_exploited=True) | Q(finding__vulnerability__in=listed)


def _is_overdue(overdue: Overdue) -> Q:
    """Past the deadline of its severity, of being exposed, or known to be exploited."""
    earlier = Episode.objects.filter(finding_id=OuterRef("finding_id"))
    late = Q()
    for severity, before in overdue.before.items():
        clock = "critical_at__lt" if severity is Severity.CRITICAL else "opened_at__lt"
        late |= Q(Exists(earlier.filter(**{clock: before})), severity=int(severity))
    late |= Q(
        Exists(earlier.filter(critical_at__lt=overdue.exposed)),
        severity=int(Severity.CRITICAL),
        finding__record__asset__is_internet_exposed=True,
    )
    if overdue.exploited is not None:
        stated = Q(is_exploited=True) & ~Q(
            finding__vulnerability__in=exploited()["vulnerability"]
        )
        listed = Q(finding__vulnerability__in=overdue.listed)
        late |= (stated | listed) & Q(Exists(earlier.filter(opened_at__lt=overdue.exploited)))
    return late


def _block(
    found: QuerySet[Episode], filters: Filters, after: str, limit: int, at: datetime
) -> Sequence[Episode]:
    key = _CLOSED_KEY if filters.state is State.CLOSED else _KEYS[filters.order]
    cover = Cover.objects.filter(finding_id=OuterRef("finding_id"))
    cover = cover.filter(Q(until_at=None) | Q(until_at__gt=at))
    if after:
        found = found.filter(_beyond(key, _parsed(after, key)))
    return list(
        found.order_by(*key)
        .select_related("finding__record__asset")
        .annotate(
            decided=Subquery(cover.values("kind")[:1]),
            decided_until=Subquery(cover.values("until_at")[:1]),
        )[:limit]
    )


def _beyond(key: Sequence[str], values: Sequence[Any]) -> Q:
    """What comes after the values in the order of the key; the first field leads the index."""
    beyond, equal = Q(), Q()
    for name, value in zip(key, values, strict=True):
        field, sign = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        beyond |= equal & Q(**{f"{field}__{sign}": value})
        equal &= Q(**{field: value})
    first, sign = key[0].removeprefix("-"), "lte" if key[0].startswith("-") else "gte"
    return Q(**{f"{first}__{sign}": values[0]}) & beyond


def _key_of(row: Episode, filters: Filters) -> str:
    key = _CLOSED_KEY if filters.state is State.CLOSED else _KEYS[filters.order]
    values = (getattr(row, name.removeprefix("-")) for name in key)
    return "_".join(
        str(round(value.timestamp() * 1e6)) if isinstance(value, datetime) else str(value)
        for value in values
    )


def _parsed(after: str, key: Sequence[str]) -> list[Any]:
    try:
        pairs = list(zip(key, map(int, after.split("_")), strict=True))
        found = [_instant(n) if name.endswith("_at") else n for name, n in pairs]
    except (ValueError, OverflowError, OSError):
        pairs, found = [], []
    if not pairs or any(abs(number) > _LARGEST for _name, number in pairs):
        raise ListError("there is no such page", remedy="begin at the first one")
    return found


def _instant(microseconds: int) -> datetime:
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest)


def _row(row: Any) -> FindingRow:
    finding, record = row.finding, row.finding.record
    place = place_of(record, stated_owner=row.owner)
    return FindingRow(
        finding_id=row.finding_id,
        vulnerability=finding.vulnerability,
        title=finding.title,
        component=finding.component,
        location=finding.location,
        version=row.version,
        fixed_version=row.fixed_version,
        asset_id=record.asset_id,
        asset=place.asset,
        group=place.group,
        owner=place.owner,
        severity=Severity(row.severity),
        opened_at=row.opened_at,
        critical_at=row.critical_at,
        closed_at=row.closed_at,
        ending=row.ending,
        is_exploited=bool(row.is_exploited),
        is_exposed=place.is_exposed,
        decided=row.decided or "",
        decided_until=row.decided_until,
    )
