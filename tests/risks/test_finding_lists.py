"""Lists of findings: every filter, in order, page after page, with few queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from tests.ledger import make

from protem.formats.advisories import KnownExploited
from protem.formats.records import Severity
from protem.ledger import services as ledger
from protem.ledger.definition import Definition
from protem.ledger.labels import services as labels
from protem.ledger.models import Finding
from protem.ledger.queries import exploited
from protem.ledger.rulebook import parse_rule
from protem.measure.overdue import deadlines
from protem.people.access import OPERATOR, Actor
from protem.risks import services
from protem.risks.filters import Filters, Order, Overdue, State
from protem.risks.queries import findings as lists

pytestmark = pytest.mark.django_db
Counting = Callable[[int], AbstractContextManager[object]]
NOW = make.day(30)
SHOP = "repository:acme/shop"


@pytest.fixture
def company(db: None) -> None:  # noqa: ARG001 - opens the database
    """Two repositories: five findings of several severities in one, two in the other."""
    web = [
        make.finding(
            f"CVE-2026-100{n}",
            severity=Severity(1 + n),
            component=f"pkg:pypi/part-{n}",
            found_at=make.day(n - 10),
            owner="ann" if n % 2 else "",
        )
        for n in range(5)
    ]
    for week in (0, 7, 14):
        make.bring(make.scan(week), web[: 4 if week == 14 else 5])
        make.bring(
            make.scan(week, SHOP, tool="grype"),
            make.findings("CVE-2026-1000", "CVE-2026-2000", target=SHOP),
        )


def names(by: Actor, **given: object) -> list[str]:
    page = lists.finding_page(by, Filters(**given), at=NOW)  # type: ignore[arg-type]
    return [f"{row.vulnerability[-4:]} {row.asset[5:]}" for row in page.rows]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["1000 shop", "2000 shop", "1003 web", "1002 web", "1001 web", "1000 web"]),
        (
            {"order": Order.OLDEST},
            ["1000 web", "1001 web", "1002 web", "1003 web", "1000 shop", "2000 shop"],
        ),
        ({"state": State.CLOSED}, ["1004 web"]),
        ({"severity": Severity.MEDIUM}, ["1002 web"]),
        ({"asset": "ACME/shop"}, ["1000 shop", "2000 shop"]),
        ({"source": "grype"}, ["1000 shop", "2000 shop"]),
        ({"vulnerability": "cve-2026-1000"}, ["1000 shop", "1000 web"]),
        ({"component": "pkg:pypi/part-3"}, ["1003 web"]),
        ({"component": "PART"}, ["1003 web", "1002 web", "1001 web", "1000 web"]),
        ({"owner": "ann"}, ["1003 web", "1001 web"]),
        ({"group": "nowhere"}, []),
        ({"state": State.ACCEPTED}, []),
    ],
)
def test_a_list_is_cut_and_ordered(owner, filters, found):
    assert names(owner, **filters) == found


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_follow_each_other_without_gap_or_repeat(owner, order, size):
    filters, after, seen = Filters(order=order), "", []
    while True:
        page = lists.finding_page(owner, filters, at=NOW, after=after, limit=size)
        seen += [row.finding_id for row in page.rows]
        after = page.after
        if not after:
            break
    whole = [row.finding_id for row in lists.all_findings(owner, filters, at=NOW)]
    assert seen == whole
    assert len(set(seen)) == page.count == 6


@pytest.mark.usefixtures("company")
def test_what_is_decided_moves_to_its_own_list(owner):
    ids = lists.finding_ids(owner, Filters(vulnerability="CVE-2026-1000"), at=NOW)
    services.accept_risk(
        by=owner,
        findings=ids,
        reason="why",
        approver="Ada",
        expires_on=date(2026, 3, 1),
        at=NOW,
    )
    assert "1000 web" not in names(owner)
    assert names(owner, state=State.ACCEPTED) == ["1000 shop", "1000 web"]
    later = NOW + timedelta(days=60)
    page = lists.finding_page(owner, Filters(vulnerability="CVE-2026-1000"), at=later)
    assert len(page.rows) == 2


@pytest.mark.usefixtures("company")
def test_what_is_exploited_and_what_is_late_can_be_asked_for(owner):
    register = make.scan(15, "register:kev", tool="cisa-kev", proves_absence=False)
    listed = make.day(1).date()
    make.bring(register, [KnownExploited(vulnerability="CVE-2026-1001", added_on=listed)])
    assert names(owner, is_exploited=True) == ["1001 web"]
    late = Overdue(
        before={Severity.HIGH: make.day(-5)},
        exposed=make.day(-20),
        exploited=make.day(16),
        listed=frozenset(["CVE-2026-1001"]),
    )
    assert names(owner, overdue=late) == ["1003 web", "1001 web"]


@pytest.mark.usefixtures("company")
def test_a_critical_one_on_an_exposed_asset_is_late_earlier(owner):
    allowed = deadlines(Definition(), exploited())
    at = make.day(0) + timedelta(days=20)
    late = allowed.overdue(at)
    assert names(owner, overdue=late) == []
    ledger.resolve_assets()
    rule = parse_rule({"repository": "acme/shop", "internet_exposed": "yes"})
    labels.add_rule(labels.Edited(by=OPERATOR, at=NOW), rule)
    assert names(owner, overdue=late) == ["1000 shop", "2000 shop"]
    page = lists.finding_page(owner, Filters(overdue=late), at=at)
    due = {
        allowed.due_at(
            vulnerability=row.vulnerability,
            severity=row.severity,
            opened_at=row.opened_at,
            critical_at=row.critical_at,
            is_exploited=row.is_exploited,
            is_exposed=row.is_exposed,
        )
        for row in page.rows
    }
    assert {(one - page.rows[0].opened_at).days for one in due if one} == {14}


@pytest.mark.usefixtures("company")
def test_a_page_takes_few_queries(owner, django_assert_num_queries: Counting):
    with django_assert_num_queries(2):
        lists.finding_page(owner, Filters(), at=NOW)
    found = lists.choices(owner)
    assert (found.sources, Finding.objects.count()) == (["grype", "trivy"], 7)


@pytest.mark.parametrize("after", ["x", "1", "1_2", "9" * 40 + "_1_1"])
def test_a_page_that_is_not_there_is_told(owner, after):
    with pytest.raises(lists.ListError):
        lists.finding_page(owner, Filters(), at=NOW, after=after)
