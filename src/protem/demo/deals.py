"""The deals behind the reviews, what they demand, and the certificates Tidemark holds."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from protem.demo import names
from protem.demo.chance import happens
from protem.demo.reviews import MERIDIAN_DEAL, Review
from protem.demo.story import DEAL_ARRIVES, PROMISE_MADE, Story

HITRUST_NEEDED = 245
"""Days from the newest export until Meridian needs the certificate."""
_OPENED_BEFORE = 25.0
_NO_GAP_NEAR = ((780.0, 660.0), (385.0, 255.0))
"""Spans, in days before the newest export, with a current report for the half-year to come."""
_NOTICED_AFTER = 4.0
"""Days after which sales sees that a late review moves the closing day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deal:
    """One opportunity; days are day numbers."""

    id: str
    customer: str
    name: str
    amount: int
    opened: float
    late_from: float
    closes: float
    is_won: bool
    slipped_at: float | None
    slips_to: float
    demands: str

    def closes_as_of(self, day: float) -> float:
        """When it was to close, as sales thought on ``day``."""
        if self.slipped_at is not None and self.slipped_at <= day:
            return self.slips_to
        return self.closes


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """One version of one row of the certificate register."""

    id: str
    framework: str
    level: str
    auditor: str
    stage: str
    is_required: bool = True
    period_start: date | None = None
    period_end: date | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    bridge_until: date | None = None
    next_due_on: date | None = None
    opinion: str = ""


def deals_of(rng: np.random.Generator, story: Story, reviews: list[Review]) -> list[Deal]:
    """One deal a review; the late reviews of the last months make some of them slip."""
    return [
        _meridian(story) if review.deal == MERIDIAN_DEAL else _deal(rng, story, review)
        for review in reviews
    ]


def _deal(rng: np.random.Generator, story: Story, review: Review) -> Deal:
    closes = review.received + float(rng.uniform(22, 55))
    is_late = review.answered is None or review.answered > review.due
    is_recent = story.days_left(review.received) < PROMISE_MADE
    slips = is_recent and is_late and happens(rng, 0.45)
    return Deal(
        id=review.deal,
        customer=review.customer,
        name=f"{review.customer} - platform",
        amount=int(rng.integers(40, 260)) * 1000,
        opened=review.received - _OPENED_BEFORE,
        late_from=review.received - 5,
        closes=closes,
        is_won=happens(rng, (0.35 if slips else 0.6)),
        slipped_at=review.due + _NOTICED_AFTER if slips else None,
        slips_to=closes + float(rng.uniform(20, 45)),
        demands=_demands(rng, story.days_left(review.received)),
    )


def _demands(rng: np.random.Generator, asked_days_ago: float) -> str:
    """A few customers ask for the report Tidemark holds, outside the gaps between reports."""
    is_held = any(begin > asked_days_ago > end for begin, end in _NO_GAP_NEAR)
    return "SOC 2 Type II preferred" if is_held and happens(rng, 0.12) else ""


def _meridian(story: Story) -> Deal:
    needed = story.day_on(story.end_day + HITRUST_NEEDED)
    return Deal(
        id=MERIDIAN_DEAL,
        customer=names.MERIDIAN,
        name="Meridian Health - care network",
        amount=1_400_000,
        opened=story.before_today(DEAL_ARRIVES + 60),
        late_from=story.before_today(DEAL_ARRIVES),
        closes=story.before_today(-20),
        is_won=False,
        slipped_at=story.before_today(5),
        slips_to=story.before_today(-65),
        demands=f"HITRUST r2 mandatory by {needed} confirmed; SOC 2 Type II signed confirmed",
    )


_AUDITOR = "Calloway & Reed LLP"
_ASSESSOR = "Northgate Assurance"


def certificates_on(story: Story, day: float) -> list[Certificate]:
    """The register as it stood on that day: SOC 2 year by year, HITRUST since the deal."""
    rows = [_type_one(story, day)]
    rows += _type_two(story, day)
    if story.days_left(day) < DEAL_ARRIVES:
        stage = "readiness" if story.days_left(day) < DEAL_ARRIVES - 45 else "planned"
        rows.append(
            Certificate(
                id="HITRUST-R2",
                framework="HITRUST",
                level="r2",
                auditor=_ASSESSOR,
                stage=stage,
                next_due_on=story.day_on(story.end_day + HITRUST_NEEDED),
            )
        )
    return rows


def _type_one(story: Story, day: float) -> Certificate:
    issued = story.before_today(1020)
    is_out = day >= issued
    return Certificate(
        id="SOC2-T1",
        framework="SOC 2",
        level="Type I",
        auditor=_AUDITOR,
        stage="issued" if is_out else "readiness",
        is_required=day < story.before_today(790),
        issued_on=story.day_on(issued) if is_out else None,
        opinion="unqualified" if is_out else "",
    )


_PERIODS = ((1010, 830, 795), (829, 430, 392), (429, 62, 34))
"""Begin, end and issue of each Type II report, in days before the newest export."""
_BRIDGE_DAYS = 90
_YEAR_DAYS = 365


def _type_two(story: Story, day: float) -> list[Certificate]:
    rows = []
    for number, (begin, end, issued) in enumerate(_PERIODS, start=1):
        if story.days_left(day) > begin:
            continue
        is_out = story.days_left(day) <= issued
        is_last = number == len(_PERIODS)
        bridged_from = end if is_last else end - _YEAR_DAYS
        bridge = story.day_on(story.before_today(bridged_from - _BRIDGE_DAYS))
        rows.append(
            Certificate(
                id=f"SOC2-T2-{number}",
                framework="SOC 2",
                level="Type II",
                auditor=_AUDITOR,
                stage="issued" if is_out else "observation",
                is_required=is_last or story.days_left(day) > _PERIODS[number][2],
                period_start=story.day_on(story.before_today(begin)),
                period_end=story.day_on(story.before_today(end)),
                issued_on=story.day_on(story.before_today(issued)) if is_out else None,
                bridge_until=bridge if story.days_left(day) <= bridged_from else None,
                opinion="unqualified" if is_out else "",
            )
        )
    return rows
