from datetime import date, datetime

import pytest
from tests.handoff import make
from tests.handoff.make import at, sunday

from protem.formats import records as said
from protem.handoff import queries, services
from protem.handoff.facts import HandoffFacts
from protem.handoff.models import Leader, SignalSnapshot
from protem.ledger.models import AssetRecord, Episode, Finding
from protem.reviews.services import record
from protem.sources.models import ImportRun

pytestmark = pytest.mark.django_db
FACTS = HandoffFacts(meetings=make.calendar([12] * 10))


def refresh(facts: HandoffFacts = FACTS, first: date = date(2025, 1, 1), last: int = 9) -> int:
    return services.refresh_signals(facts, first_week=first, last_as_of=sunday(last))


def asked(as_of: datetime | None = None) -> queries.Current:
    found = queries.current(as_of)
    assert found is not None
    return found


def test_before_the_first_refresh_there_is_no_verdict():
    assert queries.current() is None
    assert queries.history() == {}


def test_every_signal_gets_every_week():
    assert refresh() == 50
    found = queries.history()
    assert [len(weeks) for weeks in found.values()] == [10] * 5
    time = found["leadership-time"]
    assert [point.state for point in time] == ["unknown"] * 7 + ["on"] * 3
    assert time[-1].since == sunday(7).date()
    assert time[-1].threshold == 10


def test_the_reading_kept_is_the_reading_computed():
    refresh()
    current = asked()
    kept = next(r for r in current.readings if r.signal == "leadership-time")
    assert kept == make.reading("leadership-time", FACTS, 9)
    assert current.week == sunday(9).date()
    assert current.verdict.signals_on == 1
    assert current.verdict.signals_unknown == 4


def test_the_past_can_be_asked_for():
    refresh()
    assert asked(sunday(3)).verdict.signals_on == 0
    assert asked(sunday(30)).week == sunday(9).date()
    assert queries.current(at(-20)) is None


def test_a_second_refresh_replaces_and_clears_what_is_no_more():
    refresh()
    refresh(last=5)
    assert SignalSnapshot.objects.count() == 30
    refresh(first=sunday(4).date(), last=9)
    assert SignalSnapshot.objects.count() == 50
    refresh(HandoffFacts(), last=9)
    assert SignalSnapshot.objects.count() == 5


def test_one_refresh_takes_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        refresh()


def test_the_facts_come_from_every_domain():
    run = ImportRun.objects.create(
        name="f",
        content_hash="h",
        size=1,
        state="done",
        file_modified_at=at(0),
        arrived_at=at(0),
    )
    record(run.pk, at(0), [said.CustomerReview(external_id="R-1", customer="Globex")])
    Leader.objects.create(address="cto@acme.example")
    asset = AssetRecord.objects.create(
        id=1, source="s", external_id="a", role="target", kind="server", described_at=at(0)
    )
    for number, found_by in enumerate(("outside", "")):
        finding = Finding.objects.create(
            id=number, record=asset, vulnerability="v", found_by=found_by, described_at=at(0)
        )
        Episode.objects.create(finding=finding, number=1, opened_at=at(1), severity=4)
    facts = queries.handoff_facts()
    assert [review.external_id for review in facts.reviews] == ["R-1"]
    assert [leader.address for leader in facts.leaders] == ["cto@acme.example"]
    assert [(f.opened_on, f.found_by, f.count) for f in facts.found] == [
        (at(1).date(), "outside", 1)
    ]
