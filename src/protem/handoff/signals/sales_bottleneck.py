"""Customers' security reviews hold up sales."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from protem.handoff.confidence import confidence, freshness
from protem.handoff.facts import HandoffFacts
from protem.handoff.pipeline import Slip, late_value_share, link_rate, slips, slips_in_review
from protem.handoff.review_clock import Clock, clocks
from protem.handoff.signal import (
    Evidence,
    Limits,
    Missing,
    Observation,
    Seen,
    Signal,
    Threshold,
)
from protem.kit.versions import histories
from protem.stats.proportions import wilson
from protem.stats.survival import Curve, kaplan_meier

WINDOW = timedelta(days=90)
LONG_WINDOW = timedelta(days=365)
TURNAROUND_WINDOW = timedelta(days=180)
LEAST_REVIEWS = 10
LONGEST_LIST = 20
LEAST_LINKED = 0.7
SLOW_SHARE = 0.85
EXIT_WEEKS = 8
LEVEL = 0.8
EVIDENCE_ROWS = 20


def _watch(facts: HandoffFacts, moments: Sequence[datetime]) -> list[Observation]:
    moved = slips(histories(facts.deals, lambda deal: deal.external_id.casefold()))
    return [_observe(facts, moved, moment) for moment in moments]


def _observe(facts: HandoffFacts, moved: Sequence[Slip], as_of: datetime) -> Observation:
    received, undated = clocks(facts.reviews, as_of)
    due = _due_lately(received, as_of)
    missing = _missing(len(due), has_reviews=bool(received))
    if not due:
        return Observation(as_of=as_of, missing=missing)
    missed = [clock for clock in due if clock.is_late(as_of)]
    late = [c for c in received if c.answered_at is None and c.is_late(as_of)]
    linked = link_rate(due, facts.deals, as_of)
    is_linked = linked >= LEAST_LINKED or not late
    value = late_value_share(facts.deals, late, as_of) if is_linked else None
    slipped = slips_in_review(moved, received, as_of)
    low, high = wilson(len(missed), len(due), LEVEL)
    miss = len(missed) / len(due)
    return Observation(
        as_of=as_of,
        value=miss,
        low=low,
        high=high,
        confidence=confidence(
            coverage=len(due) / LEAST_REVIEWS,
            fresh=freshness(max(c.received_at for c in received), as_of, full_days=60),
            labels=len(received) / (len(received) + undated),
        ),
        quantities={
            "misses": miss,
            "low": low,
            "late value": value,
            "slips": float(len(slipped)),
            "slowness": _slowness(received, as_of),
        },
        missing=missing,
        evidence=_evidence(missed, slipped, as_of),
        flags=_flags(undated, linked, value),
        sentence=f"{len(missed)} of the last {len(due)} customers' reviews missed their promise"
        f"{_turnaround(received, as_of)}.",
    )


def _due_lately(received: Sequence[Clock], as_of: datetime) -> list[Clock]:
    """The reviews kept or missed within 90 days; where those are under ten, the last twenty."""
    settled = [(clock.settled_at(as_of), clock) for clock in received]
    dated = sorted(
        ((when, clock) for when, clock in settled if when and when > as_of - LONG_WINDOW),
        key=lambda pair: (pair[0], pair[1].external_id),
    )
    lately = [clock for when, clock in dated if when > as_of - WINDOW]
    if len(lately) >= LEAST_REVIEWS:
        return lately
    return [clock for _, clock in dated[-LONGEST_LIST:]]


def _missing(count: int, *, has_reviews: bool) -> list[Missing]:
    if not has_reviews:
        what = (
            "Import the list of customers' security reviews (CSV): when each came and when it "
            "was answered."
        )
        return [Missing(what=what, minutes=20)]
    if count < LEAST_REVIEWS:
        what = f"Log older reviews: {count} of the 10 needed fell due within the last year."
        return [Missing(what=what, minutes=20)]
    return []


def _slowness(received: Sequence[Clock], as_of: datetime) -> float | None:
    """The multiple of their promise within which 85 % are answered, by Kaplan-Meier.

    Where the curve ends above 15 % it is at least the longest one observed.
    """
    curve = _curve(received, as_of, in_promises=True)
    if curve is None:
        return None
    reached = curve.quantile(SLOW_SHARE)
    return curve.observed_until if reached is None else reached


def _curve(received: Sequence[Clock], as_of: datetime, *, in_promises: bool) -> Curve | None:
    """Turnaround of the reviews alive in the last 180 days, open ones censored.

    Those received before enter late, at the age they had then. In working-day hours, or in
    multiples of each promise.
    """
    begin = as_of - TURNAROUND_WINDOW
    ages, answered, entries = [], [], []
    for clock in received:
        unit = clock.promise_hours if in_promises else 1.0
        entry, age = clock.age_hours(begin) / unit, clock.age_hours(as_of) / unit
        if clock.received_at > begin or age > entry:
            ages.append(age)
            answered.append(clock.answered_at is not None)
            entries.append(entry if clock.received_at <= begin else 0.0)
    return kaplan_meier(ages, answered, entries) if ages else None


def _turnaround(received: Sequence[Clock], as_of: datetime) -> str:
    curve = _curve(received, as_of, in_promises=False)
    median = curve.median() if curve else None
    if median is None:
        return ""
    slow = curve.quantile(SLOW_SHARE) if curve else None
    tail = f"85 % within {slow:.0f}" if slow is not None else "85 % not reached yet"
    return f"; half are answered within {median:.0f} working-day hours, {tail}"


def _flags(undated: int, linked: float, value: float | None) -> list[str]:
    flags = ["The 48 h promise is your own, not an industry norm; larger ones get 72 or 120 h."]
    if undated:
        flags.append(f"{undated} reviews without a time of receipt were left out.")
    if linked < LEAST_LINKED:
        flags.append(f"Only {linked:.0%} of the reviews name a known deal (70 % needed).")
    if value is None:
        flags.append("The deal value behind late reviews can't be told.")
    return flags


def _evidence(
    missed: Sequence[Clock], slipped: Sequence[Slip], as_of: datetime
) -> list[Evidence]:
    newest = sorted(missed, key=lambda c: (c.due_at, c.external_id), reverse=True)
    rows = [
        Evidence(
            when=clock.due_at.date(),
            what=f"{clock.customer}: {'answered' if clock.answered_at else 'still open'} "
            "after it was due",
            amount=round(clock.age_hours(as_of) - clock.promise_hours, 1),
            unit="h over",
            source=clock.external_id,
        )
        for clock in newest[:EVIDENCE_ROWS]
    ]
    rows += [
        Evidence(
            when=slip.noticed_at.date(),
            what=f"Closing moved from {slip.before:%d %b %Y} to {slip.after:%d %b %Y} during a "
            "review",
            amount=float((slip.after - slip.before).days),
            unit="days",
            source=slip.deal,
        )
        for slip in slipped
    ]
    return rows


def _enter(seen: Seen, limits: Limits) -> str:
    now = seen[-1]
    miss, low = now.get("misses") or 0.0, now.get("low") or 0.0
    if miss < limits["misses"] or low <= limits["low"]:
        return ""
    held = [
        (f"{now.get('late value') or 0:.0%} of late-stage value waits",
         (now.get("late value") or 0.0) >= limits["late_value"]),
        (f"{now.get('slips') or 0:.0f} closing days slipped",
         (now.get("slips") or 0.0) >= limits["slips"]),
        (f"85 % take up to {now.get('slowness') or 0:.1f} times the promise",
         (now.get("slowness") or 0.0) > limits["slowness"]),
    ]  # fmt: skip
    reasons = [words for words, is_so in held if is_so]
    return f"{miss:.0%} missed, and {'; '.join(reasons)}." if reasons else ""


def _leave(seen: Seen, limits: Limits) -> bool:
    value = seen[-1].get("late value")
    return (
        _good_weeks(seen, limits) >= EXIT_WEEKS
        and value is not None
        and value < limits["exit_late_value"]
    )


def _good_weeks(seen: Seen, limits: Limits) -> int:
    """How many of the latest weeks in a row, unknown ones ending the row, missed few."""
    count = 0
    for observation in reversed(seen):
        miss = observation.get("misses")
        if not observation.is_known or miss is None or miss >= limits["exit_misses"]:
            break
        count += 1
    return count


def _progress(seen: Seen, limits: Limits) -> str:
    value = seen[-1].get("late value")
    known = "unknown" if value is None else f"{value:.0%}"
    return (
        f"{min(_good_weeks(seen, limits), EXIT_WEEKS)} of 8 weeks with under "
        f"{limits['exit_misses']:.0%} missed; late deal value {known} (must be under "
        f"{limits['exit_late_value']:.0%})."
    )


SIGNAL = Signal(
    name="sales-bottleneck",
    title="Sales bottleneck",
    place=2,
    unit="share",
    question="Do customers' security reviews hold up sales?",
    definition="The share of customers' reviews that missed their promise: the day agreed, "
    "else 48 h of working days (72 over 50 questions, 120 over 200), waits for the customer "
    "not counted. On at 25 % with the 80 % interval above 10 %, when also 5 % of late-stage "
    "value waits, 2 closing days slipped, or 85 % take more than twice the promise. Off "
    "again after 8 weeks under 10 % with under 2 % of value waiting.",
    needs=(
        "At least 10 customers' reviews with the times of receipt and answer (CSV).",
        "Deals with stage, value and closing day, for what waits (CSV).",
    ),
    thresholds=(
        Threshold(name="misses", value=0.25, unit="share", meaning="the share missed"),
        Threshold(name="low", value=0.10, unit="share", meaning="its lower bound"),
        Threshold(name="late_value", value=0.05, unit="share", meaning="the waiting value"),
        Threshold(name="slips", value=2.0, unit="deals", meaning="the slipped closing days"),
        Threshold(name="slowness", value=2.0, unit="promises", meaning="the slow turnaround"),
        Threshold(name="exit_misses", value=0.10, unit="share", meaning="the way out"),
        Threshold(
            name="exit_late_value", value=0.02, unit="share", meaning="the way out by value"
        ),
    ),
    watch=_watch,
    enter=_enter,
    leave=_leave,
    progress=_progress,
)
