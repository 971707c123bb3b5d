"""What the world says of vulnerabilities: the newest list counts, and can be taken out."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.ledger import make

from protem.formats.advisories import ExploitScore, KnownExploited
from protem.formats.records import Scan, Severity
from protem.ledger import queries, services
from protem.ledger.frames.queries import load_facts
from protem.ledger.models import Catalogue
from protem.people.access import OPERATOR

pytestmark = pytest.mark.django_db
FIRST, SECOND = "CVE-2026-0001", "CVE-2026-0002"


def register(on: float, tool: str) -> Scan:
    return make.scan(on, f"register:{tool}", tool=tool, proves_absence=False)


def catalogue(on: float, **added: date) -> Any:
    entries = [
        KnownExploited(vulnerability=name.replace("_", "-"), added_on=day)
        for name, day in added.items()
    ]
    return make.bring(register(on, "cisa-kev"), entries)


def scores(on: float, **given: float) -> Any:
    rows = [
        ExploitScore(vulnerability=name.replace("_", "-"), probability=p, percentile=0.9)
        for name, p in given.items()
    ]
    return make.bring(register(on, "epss"), rows)


def exploited() -> dict[str, Any]:
    rows = load_facts().episodes.sort("vulnerability")
    assert rows["is_exploited"].to_list() == [day is not None for day in rows["exploited_at"]]
    return dict(zip(rows["vulnerability"], rows["exploited_at"].dt.date(), strict=True))


@pytest.fixture
def found(db: None) -> None:  # noqa: ARG001 - opens the database
    names = (FIRST, SECOND)
    make.bring(make.scan(0), [make.finding(name, is_exploited=False) for name in names])


@pytest.mark.usefixtures("found")
def test_an_entry_marks_findings_since_its_own_day():
    _, outcome = catalogue(9, CVE_2026_0001=date(2026, 1, 7))
    assert outcome.touched_on == date(2026, 1, 7)
    assert exploited() == {FIRST: date(2026, 1, 7), SECOND: None}


def test_facts_hold_what_is_critical_and_what_is_listed():
    mild = [make.finding(name, severity=Severity.HIGH) for name in (FIRST, SECOND)]
    make.bring(make.scan(0), mild)
    assert load_facts().episodes.is_empty()
    catalogue(9, CVE_2026_0001=date(2026, 1, 7))
    assert exploited() == {FIRST: date(2026, 1, 7)}


@pytest.mark.usefixtures("found")
def test_the_newest_catalogue_counts_in_whatever_order_they_come():
    both = {"CVE_2026_0001": date(2026, 1, 7), "CVE_2026_0002": date(2026, 1, 12)}
    catalogue(9, **both)
    _, older = catalogue(2, CVE_2026_0001=date(2026, 1, 7))
    assert exploited() == {FIRST: date(2026, 1, 7), SECOND: date(2026, 1, 12)}
    assert older.touched_on == make.day(2).date()
    _, again = catalogue(10, **both)
    assert again.touched_on == make.day(9).date()


@pytest.mark.usefixtures("found")
def test_a_catalogue_can_be_taken_out_again():
    catalogue(2, CVE_2026_0001=date(2026, 1, 7))
    run, _ = catalogue(9, CVE_2026_0002=date(2026, 1, 12))
    services.revert_import(by=OPERATOR, run=run)
    assert exploited() == {FIRST: date(2026, 1, 7), SECOND: None}


def test_scores_are_those_of_the_newest_list_of_a_moment():
    scores(9, CVE_2026_0001=0.5, CVE_2026_0002=0.1)
    run, _ = scores(16, CVE_2026_0001=0.75)
    now, as_of = queries.exploit_scores()
    assert (now["probability"].to_list(), make.is_near(as_of, 16)) == ([0.75], True)
    then, _ = queries.exploit_scores(make.day(12))
    assert then.filter(pl.col("vulnerability") == FIRST)["probability"].item() == 0.5
    assert queries.exploit_scores(make.day(1))[1] is None
    services.revert_import(by=OPERATOR, run=run)
    assert Catalogue.objects.get().count == 2
