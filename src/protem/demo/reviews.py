"""Customers' security reviews and how their questions were answered."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np

from protem.demo import names
from protem.demo.chance import happens
from protem.demo.story import DEAL_ARRIVES, PROMISE_MADE, UNDERWATER, WEEKDAYS, Story

_CALM_PROMISE_DAYS, _PROMISE_DAYS = 5, 2
MERIDIAN_DEAL = "OPP-1900"
_MERIDIAN_ASKED = 11.0
"""Days before the newest export at which Meridian's review came; it is still open."""
DOMAINS = (
    "Access control",
    "Encryption",
    "Incident response",
    "Business continuity",
    "Vendor management",
    "Vulnerability management",
    "Secure development",
    "Privacy",
    "Logging and monitoring",
    "Governance",
)


@dataclass(kw_only=True, slots=True)
class Review:
    """One customer's security review; days are day numbers."""

    id: str
    customer: str
    deal: str
    received: float
    answered: float | None
    due: float
    questions: int
    hours: float
    paused_hours: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """How one question was answered."""

    review: str
    id: str
    domain: str
    source: str
    confidence: int | None
    answered: float


def reviews_of(rng: np.random.Generator, story: Story) -> list[Review]:
    """All reviews in order of receipt; Meridian's is among the last and still open."""
    found: list[Review] = []
    for begin in story.week_days():
        for _ in range(int(rng.poisson(_reviews_a_week(story, begin)))):
            received = _working_moment(story, begin + float(rng.uniform(0, 7)))
            if received > story.end_day - 0.5:
                continue
            found.append(_review(rng, story, received))
    received = _working_moment(story, story.before_today(_MERIDIAN_ASKED))
    meridian = _review(rng, story, received)
    meridian.customer, meridian.deal = names.MERIDIAN, MERIDIAN_DEAL
    meridian.answered, meridian.questions, meridian.paused_hours = None, 312, 0.0
    found.append(meridian)
    found.sort(key=lambda review: review.received)
    for number, review in enumerate(found):
        review.id = f"SR-{number + 101}"
        review.deal = review.deal or f"OPP-{number + 1001}"
    return found


def _reviews_a_week(story: Story, day: float) -> float:
    left = story.days_left(day)
    if left < PROMISE_MADE:
        return 2.0
    return 1.1 if left < DEAL_ARRIVES else 0.6


def _review(rng: np.random.Generator, story: Story, received: float) -> Review:
    is_promised = story.days_left(received) < PROMISE_MADE
    turnaround = float(rng.lognormal(np.log(2.7 if is_promised else 1.6), 0.6))
    promise = _PROMISE_DAYS if is_promised else _CALM_PROMISE_DAYS
    answered = _after_working_days(story, received, turnaround)
    questions = rng.integers(40, 85) if is_promised else rng.integers(25, 55)
    return Review(
        id="",
        customer=str(rng.choice(names.CUSTOMERS)),
        deal="",
        received=received,
        answered=answered if answered <= story.end_day else None,
        due=_after_working_days(story, received, promise),
        questions=int(questions),
        hours=round(float(rng.uniform(0.8, 1.8)), 1),
        paused_hours=float(rng.choice([0, 0, 0, 6, 12])),
    )


def _working_moment(story: Story, day: float) -> float:
    """The nearest later moment between 9 and 17 h of a working day."""
    moment = story.at(day)
    while moment.weekday() >= WEEKDAYS:
        moment += timedelta(days=1)
    hour = 9 + (moment.hour * 7 + moment.minute) % 8
    return _day_number(story, datetime.combine(moment.date(), time(hour, 20), tzinfo=UTC))


def _after_working_days(story: Story, day: float, working_days: float) -> float:
    """So many days of 24 h later, Saturdays and Sundays not counted."""
    moment, left = story.at(day), timedelta(days=working_days)
    while left > timedelta():
        midnight = datetime.combine(moment.date() + timedelta(days=1), time(), tzinfo=UTC)
        step = min(left, midnight - moment)
        if moment.weekday() < WEEKDAYS:
            left -= step
            moment += step
        else:
            moment = midnight
    return _day_number(story, moment)


def _day_number(story: Story, moment: datetime) -> float:
    return (moment - story.start_at) / timedelta(days=1)


def questions_of(
    rng: np.random.Generator, story: Story, reviews: list[Review]
) -> list[Question]:
    """Every question of the answered reviews: 4 % uncertain at first, 12 % in the end."""
    found = []
    for review in reviews:
        if review.answered is None:
            continue
        uncertain, new = _shares(story, review.answered)
        order = rng.permutation(review.questions)
        for place, number in enumerate(order.tolist()):
            share = (place + 0.5) / review.questions
            source, confidence = _outcome(rng, share, uncertain, new=new)
            found.append(
                Question(
                    review=review.id,
                    id=f"Q{number + 1}",
                    domain=DOMAINS[number % len(DOMAINS)],
                    source=source,
                    confidence=confidence,
                    answered=review.answered,
                )
            )
    return found


def _shares(story: Story, day: float) -> tuple[float, float]:
    """The shares answered without confidence and anew."""
    left = story.days_left(day)
    if left < UNDERWATER:
        return 0.12, 0.19
    return (0.085, 0.15) if left < DEAL_ARRIVES else (0.045, 0.11)


def _outcome(
    rng: np.random.Generator, share: float, uncertain: float, *, new: float
) -> tuple[str, int | None]:
    if share < uncertain:
        source = str(rng.choice(["escalated", "declined", "new", "edited"]))
        return source, int(rng.integers(1, 3))
    if share < uncertain * 0.75 + new:
        return "new", int(rng.integers(3, 5))
    confidence = None if happens(rng, 0.05) else int(rng.integers(3, 6))
    return ("library" if happens(rng, 0.7) else "edited"), confidence
