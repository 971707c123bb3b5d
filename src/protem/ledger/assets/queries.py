"""Every read of the list of assets: which match, in what order, and what else is known."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, overload

from django.db.models import Case, Count, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Lower

from protem.ledger.models import Asset, AssetRecord
from protem.ledger.rules import Criticality

NOT_MACHINES = ("repository", "image", "mobile")
CHUNK = 2_000
NONE = "none"
"""How a filter asks for assets without a group or an owner."""


class Edr(StrEnum):
    """What the newest agent lists say of an asset."""

    HEALTHY = "healthy"
    WEAK = "not healthy"
    MISSING = "missing"
    NOT_NEEDED = "not needed"


AGENTS = {Edr.HEALTHY: "healthy", Edr.WEAK: "weak"}
"""As it is kept with an asset that has an agent."""


class Sort(StrEnum):
    """What the list can be ordered by."""

    NAME = "name"
    KIND = "kind"
    SYSTEM = "os_family"
    GROUP = "group"
    CRITICALITY = "criticality"
    OWNER = "owner"


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetFilter:
    """Which assets are wanted; an empty field asks for nothing."""

    search: str = ""
    kind: str = ""
    os: str = ""
    group: str = ""
    criticality: str = ""
    owner: str = ""
    source: str = ""
    edr: str = ""
    tag: str = ""
    exposed: str = ""
    retired: str = ""
    """``yes`` for those too that no source shows any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetRow:
    """One asset as a list shows it."""

    id: int
    name: str
    kind: str
    os_family: str
    group: str
    criticality: str
    owner: str
    is_internet_exposed: bool | None
    tags: list[str]
    sources: list[str]
    edr: Edr


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What the filters offer, each with the number of assets in use."""

    kind: dict[str, int]
    os: dict[str, int]
    group: dict[str, int]
    criticality: dict[str, int]
    source: list[str]


class AssetList:
    """The assets that match, lazily: Django's paginator counts and slices it."""

    def __init__(self, wanted: AssetFilter, *, sort: str = "") -> None:
        self._found = _matching(wanted).order_by(*_order(sort))

    def __len__(self) -> int:
        return self._found.count()

    @overload
    def __getitem__(self, place: int) -> AssetRow: ...
    @overload
    def __getitem__(self, place: slice) -> list[AssetRow]: ...
    def __getitem__(self, place: int | slice) -> AssetRow | list[AssetRow]:
        if isinstance(place, slice):
            return self._rows(self._found[place])
        return self._rows(self._found[place : place + 1])[0]

    def ids(self) -> list[int]:
        """The ids of all of them, in order."""
        return list(self._found.values_list("id", flat=True))

    def __iter__(self) -> Iterator[AssetRow]:
        ids = self.ids()
        for start in range(0, len(ids), CHUNK):
            yield from self._rows(self._found.filter(id__in=ids[start : start + CHUNK]))

    def _rows(self, assets: QuerySet[Asset]) -> list[AssetRow]:
        fields = (
            "id",
            "name",
            "kind",
            "os_family",
            "group",
            "criticality",
            "owner",
            "is_internet_exposed",
            "tags",
            "agent",
        )
        shown = list(assets.values(*fields))
        sources = _sources([row["id"] for row in shown])
        return [
            AssetRow(
                edr=_edr(row.pop("agent"), row["kind"]),
                sources=sorted(sources[row["id"]]),
                **row,
            )
            for row in shown
        ]


def choices() -> Choices:
    """What there is to filter by among the assets in use."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    names = ("group", "kind", "os_family", "criticality")
    used = Asset.objects.filter(is_in_use=True).values_list(*names)
    for *row, count in used.annotate(count=Count("pk")).order_by():
        for name, value in zip(names, row, strict=True):
            counted[name][value] += count
    sources = AssetRecord.objects.order_by("source").values_list("source", flat=True)
    return Choices(
        kind=dict(sorted(counted["kind"].items())),
        os=dict(sorted((k, n) for k, n in counted["os_family"].items() if k)),
        group=dict(sorted(counted["group"].items(), key=lambda pair: pair[0].casefold())),
        criticality={
            level.value: counted["criticality"][level.value] for level in reversed(Criticality)
        },
        source=list(sources.distinct()),
    )


def _matching(wanted: AssetFilter) -> QuerySet[Asset]:
    found = Asset.objects.all()
    if wanted.retired != "yes":
        found = found.filter(is_in_use=True)
    for field, value in (
        ("kind", wanted.kind),
        ("os_family", wanted.os),
        ("group", wanted.group),
        ("criticality", wanted.criticality),
        ("owner", wanted.owner),
    ):
        if value:
            found = found.filter(**{field: "" if value == NONE else value})
    if wanted.exposed:
        found = found.filter(is_internet_exposed=wanted.exposed == "yes")
    if wanted.source:
        listed = AssetRecord.objects.filter(source=wanted.source, asset__isnull=False)
        found = found.filter(id__in=listed.values("asset_id"))
    if wanted.tag:
        found = _tagged(found, wanted.tag)
    if wanted.search:
        found = _searched(found, wanted.search)
    return _covered(found, wanted.edr) if wanted.edr else found


def _searched(assets: QuerySet[Asset], text: str) -> QuerySet[Asset]:
    own = Q(hostname__icontains=text) | Q(serial__icontains=text)
    own |= Q(external_id__icontains=text) | Q(cloud_id__icontains=text)
    known = AssetRecord.objects.filter(own, asset__isnull=False).values("asset_id")
    return assets.filter(Q(name__icontains=text) | Q(id__in=known))


def _tagged(assets: QuerySet[Asset], tag: str) -> QuerySet[Asset]:
    """Those with the tag, as JSON text; ``team=*`` asks for any that begins so."""
    is_start = tag.endswith("*")
    text = tag.removesuffix("*") if is_start else tag
    wanted = Q()
    for as_ascii in (True, False):  # the databases write what is not ASCII differently
        quoted = json.dumps(text, ensure_ascii=as_ascii)
        wanted |= Q(tags_text__icontains=quoted[:-1] if is_start else quoted)
    return assets.annotate(tags_text=Cast("tags", TextField())).filter(wanted)


def _covered(assets: QuerySet[Asset], edr: str) -> QuerySet[Asset]:
    if edr in AGENTS:
        return assets.filter(agent=AGENTS[Edr(edr)])
    is_machine = ~Q(kind__in=NOT_MACHINES)
    return assets.filter(is_machine if edr == Edr.MISSING else ~is_machine, agent="")


def _edr(agent: str, kind: str) -> Edr:
    found = {value: edr for edr, value in AGENTS.items()}
    return found.get(agent) or _without_agent(kind)


def _without_agent(kind: str) -> Edr:
    return Edr.NOT_NEEDED if kind in NOT_MACHINES else Edr.MISSING


def _sources(ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    pairs: Iterable[tuple[Any, str]] = AssetRecord.objects.filter(asset_id__in=ids).values_list(
        "asset_id", "source"
    )
    for asset_id, source in pairs:
        found[asset_id].add(source)
    return found


def _order(sort: str) -> list[Any]:
    """The order asked for, such as ``-criticality``; by name where that says nothing."""
    wanted = sort.removeprefix("-")
    if wanted not in set(Sort):
        wanted, sort = Sort.NAME.value, ""
    level = Case(*(When(criticality=c.value, then=Value(n)) for n, c in enumerate(Criticality)))
    key = level if wanted == Sort.CRITICALITY else Lower(F(wanted))
    first = key.desc() if sort.startswith("-") else key.asc()
    return [first, "name", "id"]
