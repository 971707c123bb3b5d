"""A source that nobody fed goes stale though its last reading called it fresh."""

from datetime import UTC, datetime, timedelta

from protem.measure.metric import SourceState
from protem.web import freshness

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def state(
    tool: str, days: float, *, usual: float | None = 7, fresh: bool = True
) -> SourceState:
    return SourceState(
        tool=tool,
        newest_at=NOW - timedelta(days=days),
        age_days=0.0,
        is_fresh=fresh,
        usual_interval_days=usual,
    )


def test_age_counts_to_today_not_to_the_reading() -> None:
    (line,) = freshness.lines([state("trivy", 30)], NOW)
    assert not line.is_fresh
    assert line.text == "trivy, 30 days"


def test_a_slow_source_has_three_of_its_intervals() -> None:
    (line,) = freshness.lines([state("pentest", 80, usual=30)], NOW)
    assert line.is_fresh


def test_a_source_counts_once_with_its_newest_look() -> None:
    found = freshness.lines([state("trivy", 9), state("trivy", 2), state("falcon", 22)], NOW)
    assert [(line.tool, line.is_fresh) for line in found] == [
        ("falcon", False),
        ("trivy", True),
    ]
    assert freshness.summary(found) == "1 fresh, 1 stale (falcon, 22 days)"


def test_one_that_never_reported_is_stale() -> None:
    never = SourceState(tool="jamf", newest_at=None, age_days=None, is_fresh=True)
    assert freshness.summary(freshness.lines([never], NOW)) == "0 fresh, 1 stale (jamf, never)"


def test_without_sources_there_is_nothing_to_say() -> None:
    assert freshness.summary([]) == ""
