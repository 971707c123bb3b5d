"""The moment a page is looked at: now, or the end of a past day given as ``?as_of=``."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpRequest, QueryDict

from protem.kit.errors import ProtemError
from protem.kit.weeks import end_of_day, week_of
from protem.web import addresses

PARAMETER = "as_of"
STEPS = (
    (1, "One week earlier"),
    (4, "Four weeks earlier"),
    (13, "A quarter earlier"),
    (26, "Half a year earlier"),
    (52, "A year earlier"),
)


class BadDayError(ProtemError):
    """The address holds something that is not a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One entry of the menu of past weeks."""

    label: str
    url: str
    on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Menu:
    """The day the numbers hold for, and the past ones to look at."""

    shown: datetime
    is_replay: bool
    steps: list[Step]
    now_url: str
    field_value: str
    kept: list[tuple[str, str]]
    """What else the address asks for, for a form to carry along."""


def asked_moment(request: HttpRequest) -> datetime | None:
    """The end of the day asked for, None for the newest; raises ``BadDayError``."""
    raw = request.GET.get(PARAMETER, "")
    if not raw:
        return None
    try:
        return end_of_day(date.fromisoformat(raw))
    except ValueError:
        raise BadDayError(
            f"“{raw[:40]}” is not a day", where=PARAMETER, remedy="write it like 2026-03-01"
        ) from None


def kept(as_of: datetime | None) -> str:
    """The query that keeps the moment in a link; empty for the newest."""
    return f"?{PARAMETER}={as_of.date().isoformat()}" if as_of else ""


def menu(
    shown: datetime,
    as_of: datetime | None,
    first: date | None,
    *,
    query: QueryDict | None = None,
) -> Menu:
    """Past weeks to look at from ``shown``, none of them before ``first``.

    What else ``query`` asks for is kept.
    """
    asked = query if query is not None else QueryDict()
    steps = []
    for weeks, label in STEPS:
        on = week_of(shown) - timedelta(weeks=weeks)
        if first is not None and on >= first:
            steps.append(
                Step(label=label, url=addresses.changed(asked, as_of=on.isoformat()), on=on)
            )
    return Menu(
        shown=shown,
        is_replay=as_of is not None,
        steps=steps,
        now_url=addresses.changed(asked, as_of=None),
        kept=[(key, str(asked[key])) for key in asked if key != PARAMETER],
        field_value=shown.date().isoformat(),
    )
