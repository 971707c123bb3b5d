"""Customers' questions become more specific and harder to answer with confidence."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from protem.handoff.confidence import confidence, freshness
from protem.handoff.facts import HandoffFacts
from protem.handoff.questionnaires import Questionnaire, Questionnaires, added, standardised
from protem.handoff.signal import (
    Evidence,
    Limits,
    Missing,
    Observation,
    Seen,
    Signal,
    Threshold,
)
from protem.handoff.trend import kendall_p, slope
from protem.stats.proportions import wilson

YEAR = timedelta(days=365)
LEAST_QUESTIONNAIRES, LEAST_QUESTIONS, EXIT_QUESTIONS = 5, 200, 300
LEAST_RATED = 0.8
TREND_QUESTIONNAIRES = 8
TREND_P = 0.1
LEVEL = 0.8


def _watch(facts: HandoffFacts, moments: Sequence[datetime]) -> list[Observation]:
    asked = Questionnaires(facts.questions, facts.reviews)
    return [_observe(asked, moment) for moment in moments]


def _observe(asked: Questionnaires, as_of: datetime) -> Observation:
    year = [q for q in asked.answered(as_of) if q.at > as_of - YEAR]
    if not year:
        return Observation(as_of=as_of, missing=_missing([], 0))
    mix = added(q.questions for q in year)
    last = _last(year, LEAST_QUESTIONS)
    count, rated = sum(q.count for q in last), sum(q.rated for q in last)
    uncertain, new = _shares(last, mix)
    low, high = wilson(round(uncertain * count), count, LEVEL)
    longer = _last(year, EXIT_QUESTIONS)
    enough = sum(q.count for q in longer) >= EXIT_QUESTIONS
    return Observation(
        as_of=as_of,
        value=uncertain,
        low=low,
        high=high,
        confidence=confidence(
            coverage=count / LEAST_QUESTIONS,
            fresh=freshness(last[-1].at, as_of, full_days=60),
            labels=rated / count,
        ),
        quantities={
            "uncertain": uncertain,
            "low": low,
            "new": new,
            "rising": _rising(year),
            "exit uncertain": _shares(longer, mix)[0] if enough else None,
        },
        missing=_missing(last, rated),
        evidence=[_evidence(q) for q in reversed(last)],
        flags=_flags(year),
        sentence=f"{uncertain:.0%} of the {count:,} questions in the last {len(last)} "
        f"questionnaires were answered with low confidence or handed on; {new:.0%} were new.",
    )


def _last(year: Sequence[Questionnaire], questions: int) -> Sequence[Questionnaire]:
    """The last five questionnaires, and as many more as it takes to reach the questions."""
    count = 0
    for place, questionnaire in enumerate(reversed(year), start=1):
        count += questionnaire.count
        if place >= LEAST_QUESTIONNAIRES and count >= questions:
            return year[-place:]
    return year


def _shares(window: Sequence[Questionnaire], mix: Counter[str]) -> tuple[float, float]:
    """The shares uncertain and new, at the trailing year's mix of domains."""
    whole = added(q.questions for q in window)
    uncertain = standardised(added(q.uncertain for q in window), whole, mix)
    return uncertain, standardised(added(q.new for q in window), whole, mix)


def _rising(year: Sequence[Questionnaire]) -> float | None:
    """1 when the share of new questions rises over the questionnaires of the year, else 0.

    Theil and Sen's slope above 0 (Sen, 1968) with Kendall's p under 0.1 (Kendall, 1938); None
    under eight questionnaires.
    """
    if len(year) < TREND_QUESTIONNAIRES:
        return None
    days = [q.at.timestamp() / 86_400 for q in year]
    shares = [q.new_share for q in year]
    return float(slope(days, shares) > 0 and kendall_p(days, shares) < TREND_P)


def _missing(last: Sequence[Questionnaire], rated: int) -> list[Missing]:
    if not last:
        what = "Import how single questions of customers' questionnaires were answered (CSV)."
        return [Missing(what=what, minutes=30)]
    found = []
    count = sum(q.count for q in last)
    if count < LEAST_QUESTIONS or len(last) < LEAST_QUESTIONNAIRES:
        what = (
            f"Log more questionnaires: {len(last)} with {count} questions within the year; 5 "
            "with 200 are needed."
        )
        found.append(Missing(what=what, minutes=30))
    if rated < LEAST_RATED * count:
        what = f"Rate your confidence in {count - rated} of {count} answers (1 to 5)."
        found.append(Missing(what=what, minutes=max((count - rated) // 6, 1)))
    return found


def _flags(year: Sequence[Questionnaire]) -> list[str]:
    flags = ["Ratings are people's own; no answers have been re-checked blind."]
    if len(year) < TREND_QUESTIONNAIRES:
        flags.append(
            "Under 8 questionnaires in a year: whether new questions rise isn't known."
        )
    return flags


def _evidence(questionnaire: Questionnaire) -> Evidence:
    uncertain = questionnaire.uncertain.total()
    return Evidence(
        when=questionnaire.at.date(),
        what=f"{uncertain} of {questionnaire.count} questions uncertain, "
        f"{questionnaire.new.total()} new",
        amount=round(uncertain / questionnaire.count, 3),
        unit="share",
        source=questionnaire.review,
    )


def _enter(seen: Seen, limits: Limits) -> str:
    now = seen[-1]
    uncertain, low, new = (now.get(name) or 0.0 for name in ("uncertain", "low", "new"))
    if uncertain >= limits["uncertain"] and low > limits["low"]:
        return f"{uncertain:.0%} answered with low confidence (at least {low:.0%} with 80 %)."
    if new >= limits["new"] and now.get("rising"):
        return f"{new:.0%} of the questions were new, and rising."
    return ""


def _leave(seen: Seen, limits: Limits) -> bool:
    uncertain = seen[-1].get("exit uncertain")
    return (
        uncertain is not None
        and uncertain <= limits["exit_uncertain"]
        and not _enter(seen, limits)
    )


def _progress(seen: Seen, limits: Limits) -> str:
    uncertain = seen[-1].get("exit uncertain")
    known = "not known yet" if uncertain is None else f"{uncertain:.0%}"
    return (
        f"Low confidence over the last 300 questions {known} (at most "
        f"{limits['exit_uncertain']:.0%})."
    )


SIGNAL = Signal(
    name="harder-questions",
    title="Harder questions",
    place=5,
    unit="share",
    question="Do customers' questions become harder to answer with confidence?",
    definition="The share of questions rated 1 or 2 of 5, declined or escalated in the last "
    "five questionnaires (more where those hold under 200 questions), at the trailing "
    "year's mix of domains. On at 15 % with the 80 % interval above 10 %, or when 25 % were "
    "new to the library and rising over at least 8 questionnaires. Off again at 8 % or less "
    "over 300 questions.",
    needs=("At least 5 questionnaires with 200 questions, 80 % of them rated (CSV).",),
    thresholds=(
        Threshold(name="uncertain", value=0.15, unit="share", meaning="the uncertain share"),
        Threshold(name="low", value=0.10, unit="share", meaning="its lower bound"),
        Threshold(name="new", value=0.25, unit="share", meaning="the new questions"),
        Threshold(name="exit_uncertain", value=0.08, unit="share", meaning="the way out"),
    ),
    watch=_watch,
    enter=_enter,
    leave=_leave,
    progress=_progress,
)
