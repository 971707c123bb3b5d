from datetime import UTC, date, datetime
from typing import Any

import pytest

from protem.formats import records as said
from protem.reviews import queries, services
from protem.sources.models import ImportRun

NOW = datetime(2025, 5, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def run(state: str = "done") -> int:
    return ImportRun.objects.create(
        name="f", content_hash=state, size=1, state=state, file_modified_at=NOW, arrived_at=NOW
    ).pk


def deal(**given: Any) -> said.Deal:
    demands = (
        said.Demand(framework="HITRUST", level="i1", binding="signed", is_confirmed=True),
        said.Demand(framework="SOC 2", needed_on=date(2025, 9, 1)),
    )
    return said.Deal(external_id="D-1", customer="Globex", demands=demands, **given)


def test_a_deal_keeps_its_demands():
    assert services.record(run(), NOW, [deal(amount=5.0, is_late_stage=True)]) == 1
    (stored,) = queries.deals()
    assert (stored.external_id, stored.amount, stored.known_at) == ("D-1", 5.0, NOW)
    assert [d.framework for d in stored.demands] == ["HITRUST", "SOC 2"]
    assert stored.demands[0].is_confirmed
    assert stored.demands[1].needed_on == date(2025, 9, 1)


def test_a_later_file_adds_versions_and_changes_none():
    services.record(run(), NOW, [deal(stage="Proposal")])
    services.record(run(), NOW, [deal(stage="Negotiation")])
    assert [row.stage for row in queries.deals()] == ["Proposal", "Negotiation"]


def test_reviews_and_questions_are_kept_as_said():
    given = [
        said.CustomerReview(
            external_id="R-1", customer="Globex", received_at=NOW, questions=80
        ),
        said.QuestionOutcome(review="R-1", external_id="1", source="library", confidence=4),
        said.Skipped(reason="not ours"),
    ]
    assert services.record(run(), NOW, given) == 2
    (review,) = queries.customer_reviews()
    (question,) = queries.question_outcomes()
    assert (review.received_at, review.questions, review.paused_hours) == (NOW, 80, 0.0)
    assert (question.review, question.confidence) == ("R-1", 4)


def test_what_a_reverted_import_brought_does_not_count():
    given = [
        deal(),
        said.CustomerReview(external_id="R-1", customer="Globex"),
        said.QuestionOutcome(review="R-1", external_id="1"),
    ]
    services.record(run("reverted"), NOW, given)
    assert queries.deals() == []
    assert queries.customer_reviews() == []
    assert queries.question_outcomes() == []


def test_reading_takes_as_many_queries_however_many_rows(django_assert_num_queries):
    services.record(run(), NOW, [deal(), deal(), deal()])
    with django_assert_num_queries(2):
        queries.deals()
