"""The calendars of the CTO and the VP of engineering: standing meetings and security work."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from protem.demo import names
from protem.demo.chance import happens
from protem.demo.reviews import Review
from protem.demo.story import DEAL_ARRIVES, PROMISE_MADE, UNDERWATER, Story

DAY_BEGINS, DAY_ENDS = 9.0, 18.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A weekly meeting: its weekday (0 is Monday), the hour it begins, its length in hours."""

    title: str
    weekday: int
    begins: float
    hours: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Single:
    """A meeting held once."""

    title: str
    on: date
    begins: float
    hours: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Diary:
    """One person's calendar over the whole time."""

    person: str
    standing: tuple[Standing, ...]
    singles: list[Single]
    away: list[tuple[date, date]]
    """First and last day of each holiday."""


_CTO_STANDING = (
    Standing(title="Engineering leads", weekday=0, begins=9.0, hours=1.0),
    Standing(title="1:1 Marcus", weekday=0, begins=10.0, hours=1.0),
    Standing(title="Product and engineering sync", weekday=0, begins=14.0, hours=1.0),
    Standing(title="Roadmap", weekday=1, begins=9.0, hours=1.5),
    Standing(title="Leadership team", weekday=1, begins=14.0, hours=2.0),
    Standing(title="1:1 Tomas", weekday=1, begins=16.0, hours=0.5),
    Standing(title="Design review", weekday=2, begins=9.0, hours=1.5),
    Standing(title="1:1 Wen", weekday=2, begins=11.0, hours=0.5),
    Standing(title="Hiring interviews", weekday=2, begins=14.0, hours=2.0),
    Standing(title="Architecture forum", weekday=3, begins=9.0, hours=1.5),
    Standing(title="Platform planning", weekday=3, begins=14.0, hours=1.0),
    Standing(title="1:1 Sofia", weekday=3, begins=15.0, hours=0.5),
    Standing(title="Hiring debrief", weekday=3, begins=16.0, hours=1.0),
    Standing(title="Demo", weekday=4, begins=9.0, hours=1.0),
    Standing(title="1:1 Jonah", weekday=4, begins=10.0, hours=0.5),
    Standing(title="Quarter planning", weekday=4, begins=14.0, hours=1.5),
)
_VP_STANDING = (
    Standing(title="Engineering leads", weekday=0, begins=9.0, hours=1.0),
    Standing(title="1:1 Dana", weekday=0, begins=10.0, hours=1.0),
    Standing(title="Delivery check-in", weekday=0, begins=14.0, hours=2.0),
    Standing(title="Sprint planning", weekday=1, begins=9.0, hours=2.0),
    Standing(title="Hiring interviews", weekday=1, begins=14.0, hours=3.0),
    Standing(title="Design review", weekday=2, begins=9.0, hours=1.5),
    Standing(title="Manager 1:1s", weekday=2, begins=13.0, hours=3.0),
    Standing(title="Architecture forum", weekday=3, begins=9.0, hours=1.5),
    Standing(title="Manager 1:1s", weekday=3, begins=13.0, hours=3.0),
    Standing(title="Demo", weekday=4, begins=9.0, hours=1.0),
    Standing(title="Retrospectives", weekday=4, begins=13.0, hours=2.0),
)
_USUAL = (
    "SOC 2 evidence review",
    "Vendor review - {customer}",
    "Access review sign-off",
    "Vulnerability triage",
    "Security awareness planning",
    "Pen test readout",
    "Risk register review",
    "Incident review",
)
_NEW = (
    "HITRUST scoping",
    "HITRUST readiness - control gaps",
    "Board security update prep",
    "Security call - Meridian Health",
    "Incident review",
    "SOC 2 evidence review",
    "Risk assessment workshop",
    "Vendor review - {customer}",
    "Customer security call - {customer}",
)


def diaries(rng: np.random.Generator, story: Story, reviews: list[Review]) -> list[Diary]:
    """Both calendars; the VP sees an hour of security a week at most."""
    return [
        Diary(
            person=names.CTO,
            standing=_CTO_STANDING,
            singles=_security(rng, story, reviews, standing=_CTO_STANDING),
            away=_holidays(story, 30),
        ),
        Diary(
            person=names.VP_ENGINEERING,
            standing=_VP_STANDING,
            singles=_vulnerability_hours(story),
            away=_holidays(story, 38),
        ),
    ]


def hours_wanted(story: Story, day: float) -> float:
    """Security meetings of the CTO in hours a week: about 4, then 6, 9 and 13."""
    left = story.days_left(day)
    for since, hours in ((UNDERWATER, 12.5), (PROMISE_MADE, 8.5), (DEAL_ARRIVES, 5.5)):
        if left < since:
            return hours
    return 3.6


def _security(
    rng: np.random.Generator,
    story: Story,
    reviews: list[Review],
    *,
    standing: tuple[Standing, ...],
) -> list[Single]:
    singles: list[Single] = []
    for begin in story.week_days():
        wanted = max(1.0, hours_wanted(story, begin) + float(rng.normal(0, 0.9)))
        titles = _titles(rng, story, reviews, begin=begin)
        free = _free_slots(rng, standing)
        booked = 0.0
        while booked < wanted - 0.25 and free:
            weekday, begins = free.pop()
            on = _weekday_in(story, begin, weekday)
            singles.append(Single(title=titles(), on=on, begins=begins, hours=1.0))
            booked += 1.0
    return singles


def _weekday_in(story: Story, begin: float, weekday: int) -> date:
    """That weekday in the seven days from ``begin`` on."""
    first = story.day_on(begin)
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def _free_slots(
    rng: np.random.Generator, standing: tuple[Standing, ...]
) -> list[tuple[int, float]]:
    """Whole hours of the working week without a standing meeting, in random order."""
    free = [
        (weekday, float(hour))
        for weekday in range(5)
        for hour in range(int(DAY_BEGINS), int(DAY_ENDS))
        if hour != 12  # noqa: PLR2004 # lunch
        and not any(
            meeting.weekday == weekday
            and meeting.begins < hour + 1
            and hour < meeting.begins + meeting.hours
            for meeting in standing
        )
    ]
    order = rng.permutation(len(free))
    return [free[int(place)] for place in order]


class _Titles:
    """Titles that fit the week: open questionnaires first, then what is usual then."""

    def __init__(
        self, rng: np.random.Generator, story: Story, reviews: list[Review], *, begin: float
    ) -> None:
        self._rng = rng
        self._usual = _NEW if story.days_left(begin) < DEAL_ARRIVES else _USUAL
        self._open = [
            review.customer
            for review in reviews
            if review.received < begin + 7 and (review.answered or begin + 1) > begin
        ]

    def __call__(self) -> str:
        if self._open and happens(self._rng, 0.5):
            return f"Security questionnaire - {self._open.pop()}"
        title = str(self._rng.choice(self._usual))
        return title.format(customer=self._rng.choice(names.CUSTOMERS))


def _titles(
    rng: np.random.Generator, story: Story, reviews: list[Review], *, begin: float
) -> _Titles:
    return _Titles(rng, story, reviews, begin=begin)


def _vulnerability_hours(story: Story) -> list[Single]:
    return [
        Single(
            title="Vulnerability triage",
            on=_weekday_in(story, begin, 2),
            begins=11.0,
            hours=0.5,
        )
        for begin in story.week_days()
    ]


def _holidays(story: Story, week: int) -> list[tuple[date, date]]:
    """Two weeks a year from Monday to the Friday after next."""
    spans = []
    for year in range(4):
        day = 7.0 * (week + 52 * year)
        if day > story.before_today(100):
            continue
        monday = _weekday_in(story, day, 0)
        spans.append((monday, monday + timedelta(days=11)))
    return spans
