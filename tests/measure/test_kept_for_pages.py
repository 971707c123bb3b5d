"""What is kept beside snapshots reads as it was computed, cut to the first rows."""

from datetime import timedelta

import pytest
from tests.measure import make

from protem.ledger.facts import Facts
from protem.measure import services
from protem.measure.kept import queries as kept
from protem.measure.kept.services import MOST_ROWS
from protem.measure.metric import METRICS

pytestmark = pytest.mark.django_db
LATE = MOST_ROWS + 7


def refresh(facts: Facts) -> None:
    services.refresh_snapshots(
        lambda: facts, first_week=make.AS_OF.date(), last_as_of=make.AS_OF
    )


def test_kept_lists_read_as_computed() -> None:
    facts = make.fleet(30, covered=20, was_covered=25)
    refresh(facts)
    for metric in METRICS:
        assert kept.tables(metric.name, make.AS_OF) == metric.tables(facts, make.AS_OF)


def test_dates_stay_dates() -> None:
    facts = make.facts(
        episodes=[make.episode(1, 60)], scan_rows=make.scans(every=7, first=400, last=30)
    )
    refresh(facts)
    _, stale, _ = kept.tables("mttr-critical", make.AS_OF) or []
    assert [row["last_scan_on"] for row in stale.rows] == [make.ago(30).date()]
    assert stale == METRICS.get("mttr-critical").tables(facts, make.AS_OF)[1]


def test_long_list_keeps_its_first_rows_and_says_how_many_more_there_are() -> None:
    facts = make.facts(episodes=[make.episode(at, 60 + at / 100) for at in range(LATE)])
    refresh(facts)
    past_deadline = (kept.tables("mttr-critical", make.AS_OF) or [])[0]
    whole = METRICS.get("mttr-critical").tables(facts, make.AS_OF)[0]
    assert (len(past_deadline.rows), past_deadline.more) == (MOST_ROWS, LATE - MOST_ROWS)
    assert past_deadline.rows == whole.rows[:MOST_ROWS]


def test_nothing_is_kept_of_another_moment_or_a_part_of_the_company() -> None:
    refresh(make.facts(episodes=[make.episode(1, 60)]))
    assert kept.tables("mttr-critical", make.AS_OF - timedelta(days=7)) is None
    assert kept.tables("mttr-critical", make.AS_OF, cut="group:Payments") is None


def test_freshness_of_each_tool() -> None:
    rows = [*make.scans(1), *make.scans(2, target="repository:b"),
            *make.scans(3, tool="pentest", every=90, last=10)]  # fmt: skip
    refresh(make.facts(scan_rows=rows))
    pentest, trivy = kept.freshness()
    assert (pentest.tool, pentest.newest_at, pentest.scopes) == ("pentest", make.ago(10), 1)
    assert (trivy.usual_days, trivy.scopes) == (7, 2)


def test_nothing_is_kept_when_no_week_is_left() -> None:
    refresh(make.fleet(30, covered=20))
    services.remove_snapshots_after(week=make.AS_OF.date() - timedelta(weeks=1))
    assert kept.freshness() == []
