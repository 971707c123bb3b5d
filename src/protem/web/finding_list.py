"""The list of findings: filters from the address, rows with their deadlines, what was done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from protem.formats.records import Severity
from protem.ledger.queries import exploited
from protem.measure.overdue import Deadlines, deadlines
from protem.measure.queries import definition_in_force
from protem.measure.wording import count
from protem.people.access import Actor
from protem.risks import queries as decided
from protem.risks.filters import Filters, Order, State
from protem.risks.queries import findings as lists
from protem.risks.queries.findings import FindingRow
from protem.ui.exports import Cell

SEVERITIES = {
    name.lower(): Severity[name] for name in ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")
}
STATES = {
    State.OPEN: "Open",
    State.ACCEPTED: "Risk accepted",
    State.FALSE_POSITIVE: "False positives",
    State.DUPLICATE: "Duplicates",
    State.CLOSED: "Closed",
}
ORDERS = {
    Order.GRAVEST: "Gravest first",
    Order.OLDEST: "Oldest first",
    Order.NEWEST: "Newest first",
}
TEXTS = ("asset", "group", "owner", "source", "vulnerability", "component", "fixed_version")
MARKS = {Severity.CRITICAL: "▼", Severity.HIGH: "▼", Severity.MEDIUM: "●"}
CSV_COLUMNS = (
    "id", "vulnerability", "severity", "asset", "group", "owner", "component", "version",
    "fixed_version", "location", "opened_at", "due_at", "closed_at", "ending", "exploited",
    "decision", "decision_until", "title",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One finding as a row of the page."""

    id: int
    url: str
    vulnerability: str
    title: str
    where: str
    asset: str
    group: str
    owner: str
    severity: str
    mark: str
    opened_at: datetime
    closed_at: datetime | None
    ending: str
    due_at: datetime | None
    late: str
    is_exploited: bool
    decided_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Undo:
    """What was just decided, and can be taken back."""

    batch: UUID
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingList:
    """Everything the page shows."""

    rows: list[Shown]
    filters: Filters
    asked: dict[str, str]
    """What the filters' fields show."""
    count: str
    next_url: str
    first_url: str
    csv_url: str
    links: list[dict[str, object]]
    choices: lists.Choices
    undo: Undo | None

    @property
    def is_closed(self) -> bool:
        """Whether it lists what is over."""
        return self.filters.state is State.CLOSED

    @property
    def is_open(self) -> bool:
        """Whether it lists what can be decided on."""
        return self.filters.state is State.OPEN


def filters_of(query: QueryDict, now: datetime) -> Filters:
    """The filters of an address; what it does not know is left out."""
    texts = {name: query.get(name, "").strip()[:300] for name in TEXTS}
    if search := query.get("q", "").strip()[:300]:
        texts["component" if _is_component(search) else "vulnerability"] = search
    states, orders = {str(one): one for one in State}, {str(one): one for one in Order}
    return Filters(
        state=states.get(query.get("state", ""), State.OPEN),
        severity=SEVERITIES.get(query.get("severity", "")),
        is_exploited=bool(query.get("exploited")),
        overdue=_deadlines().overdue(now) if query.get("late") else None,
        order=orders.get(query.get("sort", ""), Order.GRAVEST),
        **texts,
    )


def finding_list(by: Actor, query: QueryDict, now: datetime) -> FindingList:
    """The page that an address asks for."""
    filters = filters_of(query, now)
    page = lists.finding_page(by, filters, at=now, after=query.get("after", ""))
    allowed = _deadlines()
    return FindingList(
        rows=[shown(row, allowed, now) for row in page.rows],
        filters=filters,
        asked=_asked(query),
        count=_counted(page, filters),
        next_url=_with(query, after=page.after) if page.after else "",
        first_url=_with(query) if query.get("after") else "",
        csv_url=reverse("web:findings_csv") + _with(query),
        links=[
            {
                "label": label,
                "url": _with(query, state=str(state)),
                "current": filters.state is state,
            }
            for state, label in STATES.items()
        ],
        choices=lists.choices(by),
        undo=_undo(by, query.get("made", ""), now),
    )


def shown(row: FindingRow, allowed: Deadlines, now: datetime) -> Shown:
    """A finding as a row, with how late it is."""
    due_at = None
    if row.closed_at is None and not row.decided:
        due_at = allowed.due_at(
            vulnerability=row.vulnerability,
            severity=row.severity,
            opened_at=row.opened_at,
            critical_at=row.critical_at,
            is_exploited=row.is_exploited,
            is_exposed=row.is_exposed,
        )
    return Shown(
        id=row.finding_id,
        url=reverse("web:finding", args=(row.finding_id,)),
        vulnerability=row.vulnerability,
        title=row.title,
        where=row.component or row.location,
        asset=row.asset,
        group=row.group,
        owner=row.owner,
        severity=row.severity.name.lower(),
        mark=MARKS.get(row.severity, "○"),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        ending=row.ending.replace("_", " "),
        due_at=due_at,
        late=_late(due_at, now),
        is_exploited=row.is_exploited or row.vulnerability in allowed.listed,
        decided_until=row.decided_until,
    )


def csv_rows(by: Actor, query: QueryDict, now: datetime) -> Iterator[Sequence[Cell]]:
    """Every finding of the list, in the order of ``CSV_COLUMNS``."""
    allowed = _deadlines()
    for row in lists.all_findings(by, filters_of(query, now), at=now):
        one = shown(row, allowed, now)
        yield (
            row.finding_id, row.vulnerability, one.severity, row.asset, row.group, row.owner,
            row.component, row.version, row.fixed_version, row.location, row.opened_at,
            one.due_at, row.closed_at, row.ending, one.is_exploited, row.decided,
            row.decided_until, row.title,
        )  # fmt: skip


def _deadlines() -> Deadlines:
    return deadlines(definition_in_force(), exploited())


def _asked(query: QueryDict) -> dict[str, str]:
    names = ("q", "state", "severity", "late", "exploited", *TEXTS)
    asked = {name: query.get(name, "") for name in names}
    asked["q"] = asked["q"] or asked["vulnerability"] or asked["component"]
    return asked


def _is_component(search: str) -> bool:
    """Whether a search is for a package: vulnerabilities have names like CVE-2026-1."""
    has_digit = any(sign.isdigit() for sign in search)
    return search.startswith("pkg:") or "/" in search or not ("-" in search and has_digit)


def _counted(page: lists.FindingPage, filters: Filters) -> str:
    if page.is_counted:
        return f"{count(page.count, 'finding')}, {ORDERS[filters.order].lower()}"
    return f"More than {page.count:,} findings, {ORDERS[filters.order].lower()}"


def _late(due_at: datetime | None, now: datetime) -> str:
    if due_at is None or due_at > now:
        return ""
    return f"{count(max(1, (now - due_at) // timedelta(days=1)), 'day')} late"


def _with(query: QueryDict, **changed: str) -> str:
    kept = query.copy()
    for name in ("after", "made"):
        kept.pop(name, None)
    for name, value in changed.items():
        kept[name] = value
    return f"?{kept.urlencode()}" if kept else "?"


def _undo(by: Actor, raw: str, now: datetime) -> Undo | None:
    try:
        batch = UUID(raw)
    except ValueError:
        return None
    made = [one for one in decided.decisions(by, at=now, batch=batch) if one.can_undo]
    if not made:
        return None
    what = made[0].kind_label
    about = made[0].about if len(made) == 1 else count(len(made), "finding")
    return Undo(batch=batch, text=f"{what.capitalize()}: {about}.")
