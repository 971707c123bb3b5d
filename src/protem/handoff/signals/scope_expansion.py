"""Customers demand more certification than there is."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from protem.handoff.confidence import confidence, freshness
from protem.handoff.facts import HandoffFacts
from protem.handoff.frameworks import covers, family_of, is_good, rank_of
from protem.handoff.signal import (
    Evidence,
    Limits,
    Missing,
    Observation,
    Seen,
    Signal,
    Threshold,
)
from protem.kit.versions import known, known_by
from protem.ledger.facts import CertificateFact
from protem.reviews.queries import DealRow, DemandRow

RECENT = timedelta(days=180)
EMPTY_FOR = timedelta(days=60)
LEAST_CONFIRMED = 0.8
BINDING = frozenset({"signed", "mandatory"})


class Demanded(msgspec.Struct, frozen=True, kw_only=True):
    """One demand of one deal still alive."""

    deal: DealRow
    demand: DemandRow
    first_known_at: datetime


def _watch(facts: HandoffFacts, moments: Sequence[datetime]) -> list[Observation]:
    first = _first_known(facts.deals)
    return [_observe(facts, first, moment) for moment in moments]


def _first_known(deals: Iterable[DealRow]) -> dict[tuple[str, str, int], datetime]:
    """When each deal was first known to demand each framework and level."""
    found: dict[tuple[str, str, int], datetime] = {}
    for deal in deals:
        for demand in deal.demands:
            key = _key(deal, demand)
            found[key] = min(found.get(key, deal.known_at), deal.known_at)
    return found


def _key(deal: DealRow, demand: DemandRow) -> tuple[str, str, int]:
    family = family_of(demand.framework, demand.level)
    return deal.external_id.casefold(), family, rank_of(demand.framework, demand.level)


def _observe(
    facts: HandoffFacts, first: dict[tuple[str, str, int], datetime], as_of: datetime
) -> Observation:
    deals = known_by(facts.deals, as_of, lambda deal: deal.external_id.casefold())
    demanded = [
        Demanded(deal=deal, demand=demand, first_known_at=first[_key(deal, demand)])
        for deal in deals
        for demand in deal.demands
        if _is_alive(deal, demand)
    ]
    ever = any(deal.demands for deal in facts.deals if deal.known_at <= as_of)
    held = _known_certificates(facts.certificates, as_of)
    confirmed = [wanted for wanted in demanded if wanted.demand.is_confirmed]
    rate = len(confirmed) / len(demanded) if demanded else 1.0
    missing = _missing(
        has_demands=ever,
        has_certificates=bool(held),
        rate=rate,
        open_count=len(demanded) - len(confirmed),
    )
    if not ever:
        return Observation(as_of=as_of, missing=missing)
    unmet = [wanted for wanted in confirmed if not _is_met(wanted, held, as_of.date())]
    recent = [wanted for wanted in unmet if wanted.first_known_at > as_of - RECENT]
    systems = [row.ratio for row in facts.scope_ratios if row.known_at <= as_of]
    return Observation(
        as_of=as_of,
        value=float(len(_kinds(unmet))),
        confidence=confidence(
            coverage=1.0,
            fresh=freshness(max(d.known_at for d in deals), as_of, full_days=45),
            labels=rate,
        ),
        quantities={
            "binding": float(sum(w.demand.binding in BINDING for w in unmet)),
            "deals": float(len({w.deal.customer.casefold() for w in recent})),
            "value": _value_share(confirmed, recent),
            "systems": systems[-1] if systems else None,
            "gap": float(len(unmet)),
        },
        missing=missing,
        evidence=[_evidence(wanted) for wanted in unmet],
        flags=_flags(systems, rate),
        sentence=_sentence(unmet),
    )


def _is_alive(deal: DealRow, demand: DemandRow) -> bool:
    """Open deals demand; of closed ones only signed demands stay, unless the deal was lost."""
    return deal.is_open or (demand.binding == "signed" and "lost" not in deal.stage.casefold())


def _known_certificates(
    certificates: Iterable[CertificateFact], as_of: datetime
) -> list[CertificateFact]:
    """As known then, or as first entered where that was later: their dates mask themselves."""
    rows = known(certificates, as_of, lambda fact: fact.external_id)
    return [
        row
        for row in rows
        if not row.is_removed
        and (row.known_at <= as_of or (row.issued_on and row.issued_on <= as_of.date()))
    ]


def _is_met(wanted: Demanded, held: Sequence[CertificateFact], day: date) -> bool:
    demand = wanted.demand
    return any(covers(c, demand.framework, demand.level) and is_good(c, day) for c in held)


def _kinds(unmet: Iterable[Demanded]) -> set[tuple[str, int]]:
    return {_key(wanted.deal, wanted.demand)[1:] for wanted in unmet}


def _value_share(demanded: Iterable[Demanded], recent: Iterable[Demanded]) -> float | None:
    """The value of the deals with a recent unmet demand ÷ of those that demand anything."""
    whole = {w.deal.external_id: w.deal.amount or 0.0 for w in demanded}
    unmet = {w.deal.external_id: w.deal.amount or 0.0 for w in recent}
    total = sum(whole.values())
    return sum(unmet.values()) / total if total > 0 else None


def _missing(
    *, has_demands: bool, has_certificates: bool, rate: float, open_count: int
) -> list[Missing]:
    found = []
    if not has_demands:
        what = "Import the deals with the frameworks that each one demands (CSV)."
        found.append(Missing(what=what, minutes=30))
    if has_demands and not has_certificates:
        what = "Enter the certificates you hold or plan."
        found.append(Missing(what=what, minutes=5))
    if rate < LEAST_CONFIRMED:
        what = f"Confirm the demands found in deals: {open_count} wait for a person."
        found.append(Missing(what=what, minutes=max(open_count, 1)))
    return found


def _flags(systems: Sequence[float], rate: float) -> list[str]:
    flags = ["What a certificate covers isn't compared with the product a deal is about."]
    if not systems:
        flags.append("The systems in the last report's scope aren't known: that rule is idle.")
    if rate < 1:
        flags.append(f"{1 - rate:.0%} of the demands aren't confirmed and don't count.")
    return flags


def _evidence(wanted: Demanded) -> Evidence:
    demand = wanted.demand
    needed = f", needed by {demand.needed_on:%d %b %Y}" if demand.needed_on else ""
    return Evidence(
        when=wanted.first_known_at.date(),
        what=f"{wanted.deal.customer} demands {_name(demand)} ({demand.binding}){needed}",
        amount=wanted.deal.amount,
        unit="deal value",
        source=wanted.deal.external_id,
    )


def _name(demand: DemandRow) -> str:
    return f"{demand.framework} {demand.level}".strip()


def _sentence(unmet: Sequence[Demanded]) -> str:
    if not unmet:
        return "Every confirmed demand is met by a current certificate."
    names = sorted({_name(wanted.demand) for wanted in unmet})
    deals = len({wanted.deal.external_id for wanted in unmet})
    plural = "deal demands" if deals == 1 else "deals demand"
    return f"{deals} {plural} what no current certificate covers: {', '.join(names)}."


def _enter(seen: Seen, limits: Limits) -> str:
    now = seen[-1]
    binding, deals = now.get("binding") or 0.0, now.get("deals") or 0.0
    if binding >= limits["binding"]:
        return f"{binding:.0f} signed or mandatory demands are not met."
    if deals >= limits["deals"]:
        return f"{deals:.0f} customers demanded in 180 days what isn't held."
    value = now.get("value")
    if value is not None and value >= limits["value"] and deals:
        return f"{value:.0%} of the value that demands anything demands what isn't held."
    systems = now.get("systems")
    if systems is not None and systems >= limits["systems"]:
        return f"Systems in scope are {systems:.2f} times those in the last report."
    return ""


def _leave(seen: Seen, limits: Limits) -> bool:
    """Empty at every look of 60 days, unknown weeks breaking the run, and no drift of scope."""
    systems = seen[-1].get("systems")
    return _empty_days(seen) >= EMPTY_FOR.days and (
        systems is None or systems < limits["systems"]
    )


def _empty_days(seen: Seen) -> int:
    """How many days back from the last observation every one saw an empty gap."""
    days = 0
    for observation in reversed(seen):
        if not observation.is_known or observation.get("gap") != 0:
            break
        days = (seen[-1].as_of - observation.as_of).days
    return days


def _progress(seen: Seen, _limits: Limits) -> str:
    return f"No unmet demand for {min(_empty_days(seen), EMPTY_FOR.days)} of 60 days."


SIGNAL = Signal(
    name="scope-expansion",
    title="Scope expansion",
    place=3,
    unit="demands",
    question="Do customers demand more certification than there is?",
    definition="Frameworks that deals demand, confirmed by a person, and no current or "
    "bridged certificate satisfies. On with one signed or mandatory demand, with three "
    "customers or 10 % of the demanding value within 180 days, or when systems in scope are "
    "1.25 times those in the last report. Off again when nothing was unmet for 60 days.",
    needs=("Deals with the frameworks they demand, confirmed (CSV).", "The certificates held."),
    thresholds=(
        Threshold(name="binding", value=1.0, unit="demands", meaning="the binding demands"),
        Threshold(name="deals", value=3.0, unit="customers", meaning="the customers asking"),
        Threshold(name="value", value=0.10, unit="share", meaning="the demanding value"),
        Threshold(name="systems", value=1.25, unit="times", meaning="the growth of scope"),
    ),
    watch=_watch,
    enter=_enter,
    leave=_leave,
    progress=_progress,
)
