"""Security work reacts more than it plans."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from protem.handoff.confidence import confidence, freshness
from protem.handoff.facts import HandoffFacts
from protem.handoff.labour import Done, Labour, Promise, imputed_hours
from protem.handoff.signal import (
    Evidence,
    Limits,
    Missing,
    Observation,
    Seen,
    Signal,
    Threshold,
)

WINDOW = timedelta(weeks=8)
OUTSIDE_WINDOW = timedelta(days=180)
QUARTER = timedelta(days=91)
LEAST_ITEMS, LEAST_HOURS = 20, 40.0
MOST_UNLABELLED = 0.2
LEAST_FOUND = 8
LEAST_PROMISES = 5
EXIT_WEEKS = 12
RESAMPLES = 400
SEED = 20_240_229
EVIDENCE_ROWS = 15


def _watch(facts: HandoffFacts, moments: Sequence[datetime]) -> list[Observation]:
    labour = Labour(facts.work_items)
    return [_observe(facts, labour, moment) for moment in moments]


def _observe(facts: HandoffFacts, labour: Labour, as_of: datetime) -> Observation:
    done = labour.done(as_of - WINDOW, as_of)
    labelled = [item for item in done if item.is_unplanned is not None]
    missing = _missing(done, labelled)
    if not labelled:
        return Observation(as_of=as_of, missing=missing)
    hours = imputed_hours(labelled)
    share, low, high = _unplanned_share(labelled, hours)
    on_time = _on_time(labour.promises((as_of - QUARTER).date(), as_of))
    outside, found = _outside(facts, as_of)
    return Observation(
        as_of=as_of,
        value=share,
        low=low,
        high=high,
        confidence=confidence(
            coverage=max(len(done) / LEAST_ITEMS, sum(hours) / LEAST_HOURS),
            fresh=freshness(max(item.at for item in done), as_of, full_days=14),
            labels=len(labelled) / len(done),
        ),
        quantities={
            "unplanned": share,
            "low": low,
            "on time": on_time,
            "outside": outside if found >= LEAST_FOUND else None,
        },
        missing=missing,
        evidence=_evidence(labelled, hours),
        flags=_flags(done, on_time, found),
        sentence=_sentence(share, on_time),
    )


def _sentence(share: float, on_time: float | None) -> str:
    kept = "" if on_time is None else f", and {on_time:.0%} of the planned work came on time"
    return f"{share:.0%} of the security work of the last 8 weeks was unplanned{kept}."


def _unplanned_share(
    done: Sequence[Done], hours: Sequence[float]
) -> tuple[float, float, float]:
    """Unplanned ÷ all hours with an 80 % interval by bootstrap over items (Efron, 1979)."""
    weights = np.array(hours) if sum(hours) > 0 else np.ones(len(done))
    unplanned = weights * np.array([bool(item.is_unplanned) for item in done])
    share = float(unplanned.sum() / weights.sum())
    count = len(done)
    draws = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), RESAMPLES)
    sums = draws @ weights
    shares = (draws @ unplanned)[sums > 0] / sums[sums > 0]
    low, high = np.quantile(shares, [0.1, 0.9])
    return share, min(float(low), share), max(float(high), share)


def _on_time(promises: Sequence[Promise]) -> float | None:
    """The share of the last quarter's planned items resolved by their day; None under five."""
    if len(promises) < LEAST_PROMISES:
        return None
    kept = sum(p.resolved_at is not None and p.resolved_at.date() <= p.due_on for p in promises)
    return kept / len(promises)


def _outside(facts: HandoffFacts, as_of: datetime) -> tuple[float | None, int]:
    """The share of high findings of 180 days that outsiders found first, and of how many.

    Commissioned tests and bug bounties are in the whole and not in the part.
    """
    first = (as_of - OUTSIDE_WINDOW).date()
    rows = [row for row in facts.found if first < row.opened_on <= as_of.date()]
    whole = sum(row.count for row in rows)
    outside = sum(row.count for row in rows if row.found_by == "outside")
    return (outside / whole if whole else None), whole


def _missing(done: Sequence[Done], labelled: Sequence[Done]) -> list[Missing]:
    if not done:
        what = "Import the security tickets of the last 8 weeks (CSV or JSON)."
        return [Missing(what=what, minutes=15)]
    found = []
    logged = sum(item.hours or 0.0 for item in done)
    if len(done) < LEAST_ITEMS and logged < LEAST_HOURS:
        what = (
            f"Import more security tickets: {len(done)} items and {logged:.0f} h in 8 weeks; "
            "20 items or 40 h are needed."
        )
        found.append(Missing(what=what, minutes=15))
    open_count = len(done) - len(labelled)
    if open_count > MOST_UNLABELLED * len(done):
        what = f"Mark {open_count} of {len(done)} tickets as planned or unplanned."
        found.append(Missing(what=what, minutes=max(open_count // 4, 1)))
    return found


def _flags(done: Sequence[Done], on_time: float | None, found: int) -> list[str]:
    flags = []
    unlogged = sum(item.hours is None for item in done)
    if unlogged:
        flags.append(
            f"{unlogged} of {len(done)} tickets have no hours; they count as usual ones."
        )
    if on_time is None:
        flags.append(
            "Fewer than 5 planned tickets fell due in the quarter: on time isn't known."
        )
    if found < LEAST_FOUND:
        flags.append(
            f"Who found {found} high findings is known (8 needed): outside finds don't count."
        )
    return flags


def _evidence(done: Sequence[Done], hours: Sequence[float]) -> list[Evidence]:
    unplanned = [pair for pair in zip(done, hours, strict=True) if pair[0].is_unplanned]
    unplanned.sort(key=lambda pair: (-pair[1], pair[0].external_id))
    return [
        Evidence(
            when=item.at.date(),
            what=f"{item.title or item.external_id} (unplanned)",
            amount=round(amount, 2),
            unit="h",
            source=item.external_id,
        )
        for item, amount in unplanned[:EVIDENCE_ROWS]
    ]


def _enter(seen: Seen, limits: Limits) -> str:
    now = seen[-1]
    share, low = now.get("unplanned") or 0.0, now.get("low") or 0.0
    if share >= limits["unplanned"] and low > limits["low"]:
        return f"{share:.0%} of the hours were unplanned (at least {low:.0%} with 80 %)."
    outside, on_time = now.get("outside"), now.get("on time")
    held = []
    if share >= limits["half"]:
        held.append(f"{share:.0%} unplanned")
    if outside is not None and outside >= limits["outside"]:
        held.append(f"{outside:.0%} of high findings found by outsiders")
    if on_time is not None and on_time < limits["on_time"]:
        held.append(f"{on_time:.0%} on time")
    return f"Two of three: {', '.join(held)}." if len(held) > 1 else ""


def _leave(seen: Seen, limits: Limits) -> bool:
    on_time = seen[-1].get("on time")
    calm = _calm_weeks(seen, limits) >= EXIT_WEEKS
    return calm and on_time is not None and on_time >= limits["exit_on_time"]


def _calm_weeks(seen: Seen, limits: Limits) -> int:
    """How many of the latest weeks in a row, unknown ones ending the row, were planned."""
    count = 0
    for observation in reversed(seen):
        share = observation.get("unplanned")
        if not observation.is_known or share is None or share > limits["exit_unplanned"]:
            break
        count += 1
    return count


def _progress(seen: Seen, limits: Limits) -> str:
    on_time = seen[-1].get("on time")
    known = "unknown" if on_time is None else f"{on_time:.0%}"
    return (
        f"{min(_calm_weeks(seen, limits), EXIT_WEEKS)} of 12 weeks with at most "
        f"{limits['exit_unplanned']:.0%} unplanned; on time {known} (at least "
        f"{limits['exit_on_time']:.0%})."
    )


SIGNAL = Signal(
    name="reactive-work",
    title="Reactive work",
    place=4,
    unit="share",
    question="Does security work react more than it plans?",
    definition="Unplanned hours among all hours of security tickets over 8 weeks. On at 60 "
    "% with the 80 % interval above 50 %, or when two of these hold: 50 % unplanned; half "
    "the high findings of 180 days found by outsiders (of at least 8); under half of the "
    "quarter's planned work on time. Off again after 12 weeks at 45 % or less with 70 % on "
    "time.",
    needs=(
        "Security tickets with days, hours and whether they were planned: 20 items or 40 h.",
        "Who found high findings first, and due days of planned work, for the second rule.",
    ),
    thresholds=(
        Threshold(name="unplanned", value=0.60, unit="share", meaning="the unplanned share"),
        Threshold(name="low", value=0.50, unit="share", meaning="its lower bound"),
        Threshold(name="half", value=0.50, unit="share", meaning="the unplanned share of two"),
        Threshold(name="outside", value=0.50, unit="share", meaning="the outside finds"),
        Threshold(name="on_time", value=0.50, unit="share", meaning="the work on time"),
        Threshold(name="exit_unplanned", value=0.45, unit="share", meaning="the way out"),
        Threshold(
            name="exit_on_time", value=0.70, unit="share", meaning="the way out by work on time"
        ),
    ),
    watch=_watch,
    enter=_enter,
    leave=_leave,
    progress=_progress,
)
