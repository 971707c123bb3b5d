"""The certificates as a person edits them: what is on the list, and what was taken off it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from protem.comply import queries as comply
from protem.comply.services import CertificateFields
from protem.kit.versions import known_by
from protem.ledger.facts import CertificateFact
from protem.measure.certificate_states import (
    HELD,
    IN_WORDS,
    Standing,
    State,
    bridged_until,
    standings,
    state_on,
    valid_until,
)
from protem.measure.wording import count, day, sentence
from protem.web.errors import NoSuchThingError

UNDO_FOR = timedelta(days=30)
PARAMETER = "certificate"
SHAPES = {State.CURRENT: "●", State.BRIDGED: "◐", State.LAPSED: "▼"}
UNHELD = "○"


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateRow:
    """One certificate on the list."""

    id: str
    name: str
    scope: str
    auditor: str
    state: str
    shape: str
    is_required: bool
    until: date | None
    next_due_on: date | None
    edit_url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RemovedRow:
    """One certificate taken off the list lately."""

    id: str
    name: str
    removed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificatePage:
    """Everything the page shows."""

    rows: list[CertificateRow]
    earlier: list[CertificateRow]
    removed: list[RemovedRow]
    lede: str


def certificate_page(as_of: datetime) -> CertificatePage:
    """The certificates known at ``as_of`` with their states on that day."""
    today = as_of.date()
    found = standings(comply.certificate_facts(), as_of)
    listed = comply.certificates(as_of)
    earlier = _earlier(listed, today)
    return CertificatePage(
        rows=[_row(fact, today) for fact in listed if fact.external_id not in earlier],
        earlier=[_row(fact, today) for fact in listed if fact.external_id in earlier],
        removed=_removed(as_of),
        lede=_lede(found, today),
    )


def initial_of(external_id: str, as_of: datetime) -> dict[str, Any]:
    """What a form starts with to edit a certificate; raises ``NoSuchThingError``."""
    fact = comply.find_certificate(external_id, as_of)
    if fact is None:
        raise NoSuchThingError(
            "that certificate is not on the list",
            remedy="it may have been removed: look below it",
        )
    return {name: getattr(fact, name) for name in CertificateFields.__struct_fields__}


def _earlier(listed: Iterable[CertificateFact], today: date) -> set[str]:
    """The ids of reports that a better one of the same framework and scope has replaced."""
    series: dict[tuple[str, str], list[CertificateFact]] = {}
    for fact in listed:
        series.setdefault((fact.framework.lower(), fact.scope.strip().lower()), []).append(fact)
    found = set()
    for facts in series.values():
        best = max(facts, key=lambda one: (state_on(one, today), valid_until(one) or date.max))
        found |= {one.external_id for one in facts if one is not best and _is_over(one, today)}
    return found


def _is_over(fact: CertificateFact, today: date) -> bool:
    return state_on(fact, today) in {State.LAPSED, State.TYPE_ONE, State.BRIDGED}


def _row(fact: CertificateFact, today: date) -> CertificateRow:
    state = state_on(fact, today)
    until = (bridged_until(fact) if state is State.BRIDGED else None) or valid_until(fact)
    query = urlencode({PARAMETER: fact.external_id})
    return CertificateRow(
        id=fact.external_id,
        name=_name(fact),
        scope=fact.scope,
        auditor=fact.auditor,
        state=sentence(IN_WORDS[state]),
        shape=SHAPES.get(state, UNHELD),
        is_required=fact.is_required,
        until=until,
        next_due_on=fact.next_due_on,
        edit_url=f"{reverse('web:edit_certificate')}?{query}",
    )


def _removed(as_of: datetime) -> list[RemovedRow]:
    newest = known_by(comply.certificate_facts(), as_of, lambda fact: fact.external_id)
    return [
        RemovedRow(id=fact.external_id, name=_name(fact), removed_at=fact.known_at)
        for fact in newest
        if fact.is_removed and fact.known_at >= as_of - UNDO_FOR
    ]


def _lede(found: list[Standing], today: date) -> str:
    required = [one for one in found if one.is_required]
    if not required:
        return "Nothing is required yet. Add what customers or contracts ask for."
    held = sum(one.state in HELD for one in required)
    text = f"{held} of {count(len(required), 'required certification')} held and current."
    coming = [(one.next_on, one) for one in required if one.next_on]
    if not coming:
        return text
    on, first = min(coming, key=lambda pair: pair[0])
    away = count((on - today).days, "day")
    return f"{text} Next: {first.name}, {first.next_what} on {day(on)}, in {away}."


def _name(fact: CertificateFact) -> str:
    return f"{fact.framework} {fact.level}".strip()
