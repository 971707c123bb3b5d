"""Security takes more than ten hours a week from engineering leadership."""

import math
import statistics
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from protem.handoff.confidence import confidence, freshness
from protem.handoff.facts import DIARY_FACTOR, HandoffFacts
from protem.handoff.leadership_hours import LeadershipHours, WeekHours
from protem.handoff.signal import (
    Evidence,
    Limits,
    Missing,
    Observation,
    Seen,
    Signal,
    Threshold,
)
from protem.kit.weeks import WEEK, end_of_week, week_of

ENTER_WEEKS, EXIT_WEEKS = 4, 8
LOOK_BACK_WEEKS = 26
"""Valid weeks older than half a year say nothing about now."""
MOST_HIDDEN = 0.3
DROP = 0.4
T_3_80 = 1.638
"""The 90 % point of Student's t with 3 degrees of freedom: an 80 % interval of 4 weeks."""
EVIDENCE_ROWS = 12


def _watch(facts: HandoffFacts, moments: Sequence[datetime]) -> list[Observation]:
    hours = LeadershipHours(facts)
    return [_observe(facts, hours, moment) for moment in moments]


def _observe(facts: HandoffFacts, hours: LeadershipHours, as_of: datetime) -> Observation:
    recent = [hours.week(week, as_of) for week in _ended_weeks(as_of)]
    valid = [week for week in recent if week.is_valid][:EXIT_WEEKS]
    hidden = _hidden_share(valid)
    missing = _missing(valid, hidden, has_calendar=any(w.calendar.people for w in recent))
    if not valid:
        return Observation(as_of=as_of, missing=missing)
    four = [week.hours for week in valid[:ENTER_WEEKS]]
    mean = statistics.fmean(four)
    margin = T_3_80 * statistics.stdev(four) / math.sqrt(len(four)) if len(four) > 1 else 0.0
    in_ten = sum(week.is_valid for week in recent[: EXIT_WEEKS + 2])
    return Observation(
        as_of=as_of,
        value=mean,
        low=max(mean - margin, 0.0) if len(four) == ENTER_WEEKS else None,
        high=mean + margin if len(four) == ENTER_WEEKS else None,
        confidence=confidence(
            coverage=in_ten / EXIT_WEEKS,
            fresh=freshness(end_of_week(valid[0].week), as_of, full_days=14),
            labels=1 - hidden,
        ),
        quantities={f"week {place}": week.hours for place, week in enumerate(valid)},
        missing=missing,
        evidence=_evidence(valid[:ENTER_WEEKS]),
        flags=_flags(facts, recent, valid),
        sentence=f"Security took {mean:.1f} hours a week of engineering leadership's time, "
        f"the mean of the last {len(four)} usable weeks.",
    )


def _ended_weeks(as_of: datetime) -> list[date]:
    """Half a year of weeks that have ended, the newest first."""
    newest = week_of(as_of)
    if end_of_week(newest) > as_of:
        newest -= WEEK
    return [newest - back * WEEK for back in range(LOOK_BACK_WEEKS)]


def _hidden_share(valid: Sequence[WeekHours]) -> float:
    booked = sum(week.calendar.booked_hours for week in valid)
    return sum(week.calendar.unknown_hours for week in valid) / booked if booked else 0.0


def _missing(valid: Sequence[WeekHours], hidden: float, *, has_calendar: bool) -> list[Missing]:
    if not has_calendar:
        return [
            Missing(what="Import the calendar of engineering leadership (.ics).", minutes=10)
        ]
    found = []
    if len(valid) < EXIT_WEEKS:
        what = (
            f"Import a fuller calendar: {len(valid)} of the 8 usable weeks needed are there "
            "(3 working days and 40 % of the work hours in each)."
        )
        found.append(Missing(what=what, minutes=10))
    if hidden > MOST_HIDDEN:
        what = f"Export the calendar with titles: {hidden:.0%} of its hours are private."
        found.append(Missing(what=what, minutes=15))
    return found


def _flags(
    facts: HandoffFacts, recent: Sequence[WeekHours], valid: Sequence[WeekHours]
) -> list[str]:
    assumed = " (assumed)" if facts.diary_factor == DIARY_FACTOR else ""
    flags = [
        f"One calendar hour counts as {facts.diary_factor:g} hours of work{assumed}.",
        "Kinds of work are told by words in titles; no sample has been checked by a person.",
    ]
    if not facts.leaders:
        flags.append("Nobody is marked as engineering leadership: every calendar counts.")
    if any(week.review_hours for week in valid[:ENTER_WEEKS]):
        flags.append("All effort on customers' reviews counts as leadership's.")
    usual = statistics.median(week.calendar.booked_hours for week in valid)
    if recent[0].calendar.booked_hours < DROP * usual:
        flags.append("The last week shows far less than usual: is the calendar whole?")
    return flags


def _evidence(weeks: Sequence[WeekHours]) -> list[Evidence]:
    rows = [
        Evidence(
            when=entry.starts_at.date(),
            what=f"{entry.title or 'Untitled'} ({entry.category})",
            amount=(entry.ends_at - entry.starts_at) / timedelta(hours=1),
            unit="h",
            source="calendar",
        )
        for week in weeks
        for entry in week.calendar.entries
    ]
    rows.sort(key=lambda row: (-(row.amount or 0.0), str(row.when), row.what))
    for week in weeks:
        for what, amount in (
            ("Tickets", week.ticket_hours),
            ("Customers' reviews", week.review_hours),
        ):
            if amount:
                source = "tickets" if what == "Tickets" else "reviews"
                rows.insert(
                    0,
                    Evidence(
                        when=week.week,
                        what=what,
                        amount=round(amount, 2),
                        unit="h",
                        source=source,
                    ),
                )
    return rows[: EVIDENCE_ROWS + 2 * len(weeks)]


def _hours(seen: Seen, count: int) -> list[float]:
    """The last ``count`` valid weeks' hours, the newest first."""
    found = (seen[-1].get(f"week {place}") for place in range(count))
    return [hours for hours in found if hours is not None]


def _enter(seen: Seen, limits: Limits) -> str:
    four, limit = _hours(seen, ENTER_WEEKS), limits["hours"]
    over = sum(hours > limit for hours in four)
    if over >= limits["weeks"] and statistics.fmean(four) > limit:
        return f"{over} of the last 4 usable weeks and their mean were over {limit:g} hours."
    return ""


def _leave(seen: Seen, limits: Limits) -> bool:
    eight = _hours(seen, EXIT_WEEKS)
    over = sum(hours > limits["hours"] for hours in eight)
    return statistics.median(eight) < limits["exit_hours"] and over <= 1


def _progress(seen: Seen, limits: Limits) -> str:
    eight = _hours(seen, EXIT_WEEKS)
    over = sum(hours > limits["hours"] for hours in eight)
    return (
        f"8-week median {statistics.median(eight):.1f} h (must be under "
        f"{limits['exit_hours']:g}); {over} of 8 weeks over {limits['hours']:g} h (at most 1)."
    )


SIGNAL = Signal(
    name="leadership-time",
    title="Leadership time",
    place=1,
    unit="h/wk",
    question="Does security take more than ten hours a week from engineering leadership?",
    definition="Security meetings of engineering leadership times a diary factor, plus "
    "security tickets assigned to them and effort on customers' reviews; overlapping "
    "meetings count once. On when 3 of the last 4 usable weeks and their mean are over 10 "
    "hours. Off again when the median of 8 is under 8 hours and at most one is over 10.",
    needs=("A calendar of engineering leadership over at least 8 weeks (.ics).",),
    thresholds=(
        Threshold(name="hours", value=10.0, unit="h/wk", meaning="the weekly limit"),
        Threshold(name="weeks", value=3.0, unit="of 4 weeks", meaning="the weeks over it"),
        Threshold(name="exit_hours", value=8.0, unit="h/wk", meaning="the way out"),
    ),
    watch=_watch,
    enter=_enter,
    leave=_leave,
    progress=_progress,
)
