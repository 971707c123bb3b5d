"""Numbers and lists of one team, and teams side by side, as pages show them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.measure.test_cut_snapshots import names, week

from protem import flow
from protem.ledger.models import Scan

Counting = Callable[[int], AbstractContextManager[CaptureQueriesContext]]


@pytest.fixture
def teams(site: Client) -> Client:
    """Six servers each: all of Payments covered, half of Data."""
    for number in range(2):
        week(number, covered=names("Payments", 6) + names("Data", 3))
    flow.refresh()
    return site


def body(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_team_that_lags_is_named_and_comes_first(
    teams: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(8):
        shown = body(teams, "/measure/compare/")
    assert "Data is furthest behind: EDR coverage." in shown
    assert shown.index('group=Data">Data') < shown.index('group=Payments">Payments')
    assert "/measure/edr-coverage/?cut=group%3AData" in shown
    assert "Data is furthest behind" in body(teams, "/measure/")


def test_a_comparison_is_by_whatever_the_address_says(teams: Client) -> None:
    assert ">server<" in body(teams, "/measure/compare/?by=kind")
    assert ">Data<" in body(teams, "/measure/compare/?by=nonsense")
    lines = b"".join(teams.get("/measure/compare.csv?by=group")).decode().splitlines()
    assert lines[0].startswith("Part,")
    assert [line.split(",")[0] for line in lines[1:]] == ["Data", "Payments"]


def test_a_metric_is_limited_to_the_team(
    teams: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(40):
        shown = body(teams, "/measure/edr-coverage/?cut=group:Data&lists=now")
    assert "of Data alone" in shown
    assert "50\N{NO-BREAK SPACE}%" in shown
    assert "data-5" in shown
    assert "/measure/edr-coverage/uncovered.csv?cut=group%3AData" in shown
    assert 'name="cut" value="group:Data"' in shown, "another day keeps the team"
    for part, count in (("Data", 3), ("Payments", 0)):
        url = f"/measure/edr-coverage/uncovered.csv?cut=group:{part}"
        assert len(b"".join(teams.get(url)).splitlines()) == 1 + count


def test_a_page_of_a_team_looks_at_no_fact(
    teams: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(40) as seen:
        shown = body(teams, "/measure/edr-coverage/?cut=group:Data")
    tables = ("ledger_presence", "ledger_episode", "ledger_scan", "ledger_patchevent")
    read = [query["sql"] for query in seen if any(name in query["sql"] for name in tables)]
    assert read == []
    assert 'hx-get="?cut=group%3AData&amp;lists=now"' in shown
    assert "data-5" not in shown


def test_a_past_week_of_a_team_is_shown(teams: Client) -> None:
    first = Scan.objects.order_by("at")[0].at.date() + timedelta(days=6)
    shown = body(teams, f"/measure/edr-coverage/?cut=group:Data&as_of={first}")
    assert "You are looking at the past" in shown
    assert "of Data alone" in shown


def test_the_list_of_metrics_is_limited_too(teams: Client) -> None:
    shown = body(teams, "/measure/?cut=group:Payments")
    assert "/measure/edr-coverage/?cut=group%3APayments" in shown
    assert "Certifications" not in shown.split("<main")[1]


def test_a_team_too_small_says_so(teams: Client) -> None:
    assert "Nothing is measured of this part" in body(
        teams, "/measure/edr-coverage/?cut=group:Gone"
    )


def test_what_is_no_cut_is_told(teams: Client) -> None:
    assert "is not a cut" in body(teams, "/measure/edr-coverage/?cut=Payments", 400)
    assert "is not a cut" in body(teams, "/measure/?cut=colour:red", 400)


def test_without_teams_the_page_says_how_to_make_some(site: Client) -> None:
    assert "Nothing to compare yet" in body(site, "/measure/compare/")
