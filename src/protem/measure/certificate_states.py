"""The state of one certificate on one day: a small state machine over its typed dates."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from protem.ledger.facts import CertificateFact

SOC2_FRESH_MONTHS = 12
"""A SOC 2 Type II report is stale this long after the end of its period."""
MOST_BRIDGE_MONTHS = 3
ISO_MONTHS = 36
PCI_MONTHS = 12
HITRUST_MONTHS = {"e1": 12, "i1": 12, "r2": 24}
ANNUAL_MONTHS = 12
TYPE_ONE_MONTHS = 12
"""A Type I report is a point in time; by custom it is useful for a year at most."""


class State(IntEnum):
    """From furthest to nearest; the order is the rank that a verdict compares."""

    NONE = 0
    LAPSED = 1
    PLANNED = 2
    READINESS = 3
    OBSERVATION = 4
    TYPE_ONE = 5
    BRIDGED = 6
    CURRENT = 7


HELD = (State.BRIDGED, State.CURRENT)
IN_WORDS = {
    State.NONE: "not started",
    State.LAPSED: "lapsed",
    State.PLANNED: "planned",
    State.READINESS: "in readiness",
    State.OBSERVATION: "under observation or audit",
    State.TYPE_ONE: "Type I only",
    State.BRIDGED: "covered by a bridge letter",
    State.CURRENT: "current",
}
STAGES = {
    "planned": State.PLANNED,
    "readiness": State.READINESS,
    "observation": State.OBSERVATION,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One certificate as of a day.

    Attributes:
        name: Framework and level, for people.
        state: Where it stands.
        current_until: The last day it is current, bridge included; None when unknown.
        next_on, next_what: The next deadline and what it is.
        gap_days: Days between the report before and this one, that no report covers.
    """

    key: tuple[str, str, str]
    name: str
    scope: str
    auditor: str
    state: State
    is_required: bool
    opinion: str
    current_until: date | None
    next_on: date | None
    next_what: str
    gap_days: int


def known_at(facts: Iterable[CertificateFact], as_of: datetime) -> list[CertificateFact]:
    """The newest version of each certificate known by then, without the removed ones."""
    newest: dict[str, CertificateFact] = {}
    for fact in sorted(facts, key=lambda fact: fact.known_at):
        if fact.known_at <= as_of:
            newest[fact.external_id] = fact
    return [fact for fact in newest.values() if not fact.is_removed]


def standings(facts: Iterable[CertificateFact], as_of: datetime) -> list[Standing]:
    """One standing for each framework, level and scope: its best certificate counts."""
    series: dict[tuple[str, str, str], list[CertificateFact]] = {}
    for fact in known_at(facts, as_of):
        series.setdefault(_key(fact), []).append(fact)
    return [_standing(key, versions, as_of.date()) for key, versions in sorted(series.items())]


def state_on(fact: CertificateFact, day: date) -> State:
    """Where one certificate stands on a day, from its dates alone."""
    issued = _issued_on(fact)
    if issued is None or issued > day:
        stage = STAGES.get(fact.stage.lower(), State.NONE)
        is_observed = fact.period_start is not None and fact.period_start <= day
        return max(stage, State.OBSERVATION) if is_observed else stage
    if fact.opinion.lower() == "adverse":
        return State.LAPSED
    until = valid_until(fact)
    if until is None or day <= until:
        return State.TYPE_ONE if _is_type_one(fact) else State.CURRENT
    bridge = bridged_until(fact)
    return State.BRIDGED if bridge is not None and day <= bridge else State.LAPSED


def valid_until(fact: CertificateFact) -> date | None:
    """The last day it is valid by its scheme's rule; a stated earlier expiry wins.

    SOC 2: 12 months after the end of the period. ISO: 3 years, HITRUST e1 and i1 1 year and
    r2 2, PCI, FedRAMP and HITRUST without level 1 year from issue. Others: as stated.
    """
    by_rule = None
    framework, issued = _plain(fact.framework), _issued_on(fact)
    if framework.startswith("soc2") and not _is_type_one(fact):
        by_rule = fact.period_end and add_months(fact.period_end, SOC2_FRESH_MONTHS)
    elif issued is not None and (months := _months(fact, framework)):
        by_rule = add_months(issued, months)
    dates = [day for day in (by_rule, fact.expires_on) if day is not None]
    return min(dates) if dates else None


def bridged_until(fact: CertificateFact) -> date | None:
    """The last day its bridge letter covers, at most 3 months beyond the validity.

    Only SOC 2 reports and HITRUST r2 can be bridged.
    """
    until, framework = valid_until(fact), _plain(fact.framework)
    can_be = framework.startswith("soc2") or (
        framework.startswith("hitrust") and _hitrust_level(fact) == "r2"
    )
    if until is None or fact.bridge_until is None or not can_be:
        return None
    return min(fact.bridge_until, add_months(until, MOST_BRIDGE_MONTHS))


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months on, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def uncovered_days(facts: Sequence[CertificateFact], day: date) -> int:
    """Days between the periods of issued reports that none of them covers, up to ``day``."""
    periods = sorted(
        (fact.period_start, fact.period_end)
        for fact in facts
        if fact.period_start and fact.period_end and (_issued_on(fact) or date.max) <= day
    )
    gap, covered = 0, None
    for start, end in periods:
        if covered is not None and start > covered + timedelta(days=1):
            gap += (start - covered).days - 1
        covered = end if covered is None else max(covered, end)
    return gap


def _standing(
    key: tuple[str, str, str], versions: list[CertificateFact], day: date
) -> Standing:
    best = max(versions, key=lambda fact: (state_on(fact, day), valid_until(fact) or date.max))
    state = state_on(best, day)
    until = (bridged_until(best) if state is State.BRIDGED else None) or valid_until(best)
    next_on, what = _next(best, state, until=until, day=day)
    return Standing(
        key=key,
        name=f"{best.framework} {best.level}".strip(),
        scope=best.scope,
        auditor=best.auditor,
        state=state,
        is_required=any(fact.is_required for fact in versions),
        opinion=best.opinion.lower(),
        current_until=until,
        next_on=next_on,
        next_what=what,
        gap_days=uncovered_days(versions, day),
    )


def _next(
    fact: CertificateFact, state: State, *, until: date | None, day: date
) -> tuple[date | None, str]:
    """The first deadline from the day on."""
    ends = "the bridge letter ends" if state is State.BRIDGED else "it stops being current"
    dates = [(fact.next_due_on, "the next step is due")]
    if state in (*HELD, State.TYPE_ONE):
        dates.append((until, ends))
    elif state is State.OBSERVATION:
        dates.append((fact.period_end, "the observation period ends"))
    coming = [(on, what) for on, what in dates if on is not None and on >= day]
    return min(coming) if coming else (None, "")


def _issued_on(fact: CertificateFact) -> date | None:
    """When it was issued: as stated, else the period's end where the stage says issued."""
    if fact.issued_on is not None:
        return fact.issued_on
    if fact.stage.lower() != "issued":
        return None
    return fact.period_end or fact.period_start or fact.known_at.date()


def _months(fact: CertificateFact, framework: str) -> int:
    if framework.startswith("soc2"):
        return TYPE_ONE_MONTHS
    if framework.startswith("iso"):
        return ISO_MONTHS
    if framework.startswith("hitrust"):
        return HITRUST_MONTHS.get(_hitrust_level(fact), ANNUAL_MONTHS)
    if framework.startswith("pci"):
        return PCI_MONTHS
    return ANNUAL_MONTHS if framework.startswith("fedramp") else 0


def _hitrust_level(fact: CertificateFact) -> str:
    told = _plain(f"{fact.framework} {fact.level}")
    return next((level for level in HITRUST_MONTHS if level in told), "")


def _is_type_one(fact: CertificateFact) -> bool:
    told = _plain(f"{fact.framework} {fact.level}")
    return told.startswith("soc2") and told.endswith(("typei", "type1"))


def _key(fact: CertificateFact) -> tuple[str, str, str]:
    """Type I and II of one report are steps of one certification."""
    level = "" if _plain(fact.framework).startswith("soc2") else _plain(fact.level)
    framework = _plain(fact.framework)
    framework = "soc2" if framework.startswith("soc2") else framework
    return framework, level, fact.scope.strip().lower()


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
