"""Questionnaires answered, counted by domain: how many questions were new or uncertain."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from protem.kit.versions import histories, known_version
from protem.reviews.queries import QuestionRow, ReviewRow

LOW_CONFIDENCE = 2
NOT_ANSWERED = frozenset({"declined", "escalated"})


class Questionnaire(msgspec.Struct, frozen=True, kw_only=True):
    """The answered questions of one review as of one moment; counts by domain."""

    review: str
    at: datetime
    """When its newest question was answered."""
    questions: Counter[str]
    uncertain: Counter[str]
    """Rated 1 or 2, declined or escalated."""
    new: Counter[str]
    """Answered from scratch: nothing in the library was near enough."""
    rated: int
    """With a rating, declined or escalated."""

    @property
    def count(self) -> int:
        """How many questions were answered."""
        return self.questions.total()

    @property
    def new_share(self) -> float:
        """The share that was new, 0 to 1."""
        return self.new.total() / self.count


class Questionnaires:
    """All questions, with their versions, by questionnaire."""

    def __init__(self, questions: Iterable[QuestionRow], reviews: Iterable[ReviewRow]) -> None:
        self._reviews = histories(reviews, lambda row: row.external_id)
        self._of_review: dict[str, list[list[QuestionRow]]] = {}
        for versions in histories(questions, lambda row: (row.review, row.external_id)):
            self._of_review.setdefault(versions[0].review, []).append(versions)
        self._whole: dict[tuple[str, datetime | None], Questionnaire] = {}

    def answered(self, as_of: datetime) -> list[Questionnaire]:
        """The questionnaires with answers by ``as_of``, oldest first."""
        ends = {
            versions[0].external_id: known_version(versions, as_of).answered_at
            for versions in self._reviews
        }
        found = (self._one(review, ends.get(review), as_of) for review in self._of_review)
        return sorted((q for q in found if q), key=lambda q: (q.at, q.review))

    def _one(
        self, review: str, answered_at: datetime | None, as_of: datetime
    ) -> Questionnaire | None:
        """One questionnaire, kept for later moments once nothing about it can change."""
        kept = self._whole.get((review, answered_at))
        if kept and kept.at <= as_of:
            return kept
        rows = [known_version(versions, as_of) for versions in self._of_review[review]]
        dated = [(row.answered_at or answered_at or row.known_at, row) for row in rows]
        seen = [(when, row) for when, row in dated if when <= as_of]
        if not seen:
            return None
        found = _counted(review, max(when for when, _ in seen), [row for _, row in seen])
        is_settled = all(len(versions) == 1 for versions in self._of_review[review])
        if is_settled and len(seen) == len(rows):
            self._whole[review, answered_at] = found
        return found


def _counted(review: str, at: datetime, rows: Sequence[QuestionRow]) -> Questionnaire:
    return Questionnaire(
        review=review,
        at=at,
        questions=Counter(row.domain for row in rows),
        uncertain=Counter(row.domain for row in rows if _is_uncertain(row)),
        new=Counter(row.domain for row in rows if row.source == "new"),
        rated=sum(row.confidence is not None or row.source in NOT_ANSWERED for row in rows),
    )


def _is_uncertain(row: QuestionRow) -> bool:
    is_low = row.confidence is not None and row.confidence <= LOW_CONFIDENCE
    return is_low or row.source in NOT_ANSWERED


def added(counts: Iterable[Counter[str]]) -> Counter[str]:
    """The sum of the counts by domain."""
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total


def standardised(part: Counter[str], whole: Counter[str], mix: Counter[str]) -> float:
    """The share ``part`` ÷ ``whole``, with each domain weighing as in ``mix``.

    Direct standardisation: Σ mixᵢ partᵢ / wholeᵢ ÷ Σ mixᵢ over the domains asked about. Without
    any of those in the mix it is the plain share.
    """
    domains = [domain for domain in sorted(whole) if whole[domain] and mix[domain]]
    weight = sum(mix[domain] for domain in domains)
    if not weight:
        return part.total() / whole.total()
    return sum(mix[d] * part[d] / whole[d] for d in domains) / weight
