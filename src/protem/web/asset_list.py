"""The list of assets: filters from the address, a page of rows, and what there is to choose."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from protem.ledger.assets import queries as assets
from protem.ledger.assets.queries import NONE, AssetFilter, AssetList, AssetRow, Edr
from protem.ledger.labels import queries as rules
from protem.ledger.labels.queries import ChangeRow
from protem.ledger.rules import Label
from protem.ui.exports import Cell
from protem.ui.tables import Column, Heading, headings

PER_PAGE = 50
LONGEST = 200
COLUMNS = (
    Column(key="name", label="Asset", is_sortable=True),
    Column(key="kind", label="Kind", is_sortable=True),
    Column(key="os_family", label="System", is_sortable=True),
    Column(key="group", label="Group", is_sortable=True),
    Column(key="owner", label="Owner", is_sortable=True),
    Column(key="criticality", label="Criticality", is_sortable=True),
    Column(key="edr", label="EDR agent", hint="What the newest agent lists say of it"),
    Column(key="sources", label="Known from"),
)
EDR_SHAPES = {Edr.HEALTHY: "●", Edr.WEAK: "◐", Edr.MISSING: "▼", Edr.NOT_NEEDED: "○"}
CSV_COLUMNS = (
    "Asset",
    "Kind",
    "System",
    "Group",
    "Owner",
    "Criticality",
    "Internet-exposed",
    "EDR agent",
    "Known from",
    "Tags",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One choice of a filter."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A filter with its choices."""

    name: str
    label: str
    options: list[Option]


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetLine:
    """One asset with its address, and why it has the labels that rules give it."""

    row: AssetRow
    url: str
    edr_shape: str
    why_group: str
    why_owner: str
    why_criticality: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetPage:
    """Everything the page shows."""

    page: "Page[AssetRow]"
    lines: list[AssetLine]
    headings: list[Heading]
    wanted: AssetFilter
    choices: list[Choice]
    query: str
    """The filters in force, for the acts on all that match."""
    csv_url: str
    change: ChangeRow | None
    """The newest change of the rules, which can be undone."""

    @property
    def groups(self) -> list[str]:
        """The groups there are, for whoever names one."""
        offered = next(choice for choice in self.choices if choice.name == "group")
        return [one.value for one in offered.options if one.value != NONE]

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is in force."""
        return any(asdict(self.wanted).values())


def filter_of(query: Mapping[str, Any]) -> AssetFilter:
    """The filters that an address asks for; what is unknown asks for nothing."""
    return AssetFilter(
        **{
            field.name: str(query.get(field.name, "")).strip()[:LONGEST]
            for field in fields(AssetFilter)
        }
    )


def asset_page(query: QueryDict) -> AssetPage:
    """The page of the list that an address asks for."""
    wanted, sort = filter_of(query.dict()), query.get("sort", "")
    found: Paginator[AssetRow] = Paginator(AssetList(wanted, sort=sort), PER_PAGE)
    page = found.get_page(query.get("page"))
    rows = list(page.object_list)
    kept = urlencode({name: value for name, value in asdict(wanted).items() if value})
    why = rules.explanations([row.id for row in rows])
    return AssetPage(
        page=page,
        lines=[_line(row, why.get(row.id, {})) for row in rows],
        headings=headings(COLUMNS, sort=sort, query=query),
        wanted=wanted,
        choices=_choices(wanted),
        query=kept,
        csv_url=f"{reverse('web:assets_csv')}?{query.urlencode()}",
        change=next(iter(rules.history(1)), None),
    )


def csv_rows(query: QueryDict) -> Iterable[list[Cell]]:
    """Every asset that matches, for a download."""
    found = AssetList(filter_of(query.dict()), sort=query.get("sort", ""))
    return (
        [
            row.name,
            row.kind,
            row.os_family,
            row.group,
            row.owner,
            row.criticality,
            {None: "", True: "yes", False: "no"}[row.is_internet_exposed],
            row.edr.value,
            "; ".join(row.sources),
            "; ".join(row.tags),
        ]
        for row in found
    )


def asset_url(asset_id: int) -> str:
    """The page of one asset; empty where the site has none."""
    try:
        return reverse("web:asset", args=(asset_id,))
    except NoReverseMatch:
        return ""


def _line(row: AssetRow, why: dict[Label, str]) -> AssetLine:
    return AssetLine(
        row=row,
        url=asset_url(row.id),
        edr_shape=EDR_SHAPES[row.edr],
        why_group=why.get(Label.GROUP, _stated(row.group)),
        why_owner=why.get(Label.OWNER, _stated(row.owner)),
        why_criticality=why.get(Label.CRITICALITY, "no rule says otherwise"),
    )


def _stated(value: str) -> str:
    return "as its sources state" if value else "neither a rule nor a source says"


def _choices(wanted: AssetFilter) -> list[Choice]:
    found = assets.choices()
    groups = {name or NONE: size for name, size in found.group.items()}
    offered = (
        ("group", "Group", _counted(groups)),
        ("kind", "Kind", _counted(found.kind)),
        ("os", "System", _counted(found.os)),
        ("criticality", "Criticality", _counted(found.criticality)),
        ("edr", "EDR agent", [(state.value, state.value) for state in Edr]),
        ("source", "Known from", [(name, name) for name in found.source]),
    )
    return [
        Choice(
            name=name,
            label=label,
            options=[
                Option(value=value, label=text, is_chosen=getattr(wanted, name) == value)
                for value, text in _with_chosen(options, getattr(wanted, name))
            ],
        )
        for name, label, options in offered
    ]


def _counted(sizes: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(value, f"{value} ({size:,})") for value, size in sizes.items()]


def _with_chosen(options: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    """The options, with the one in force even where nothing has it any more."""
    if chosen and chosen not in dict(options):
        return [*options, (chosen, f"{chosen} (0)")]
    return options
