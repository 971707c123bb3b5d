"""The metrics' pages: sentences, lists, downloads and targets."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from django.test import Client

from protem.measure.metric import METRICS, Column, Table
from protem.measure.models import Snapshot, Target
from protem.web.metric_tables import MOST_ROWS, listed, ordered

Counting = Callable[[int], AbstractContextManager[object]]


@pytest.mark.parametrize("name", METRICS.names())
def test_a_metric_is_explained_before_anything_is_measured(site: Client, name: str) -> None:
    body = site.get(f"/measure/{name}/").content.decode()
    assert "Nothing is measured yet" in body
    assert METRICS.get(name).title in body


@pytest.mark.parametrize("name", METRICS.names())
def test_a_metric_shows_its_chart_and_definition(loaded: Client, name: str) -> None:
    answer = loaded.get(f"/measure/{name}/")
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "The numbers as a table" in body
    assert "The exact definition" in body
    assert "What to do next" in body


def test_the_list_of_metrics_shows_all_of_them(
    loaded: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(8):
        body = loaded.get("/measure/").content.decode()
    for metric in METRICS:
        assert metric.title in body


def test_an_unknown_metric_is_not_found(loaded: Client) -> None:
    answer = loaded.get("/measure/vibes/")
    assert answer.status_code == 404
    assert "choose from" in answer.content.decode()


def test_a_list_downloads_whole_and_harmless(loaded: Client) -> None:
    answer = loaded.get("/measure/certifications/certificates.csv")
    lines = b"".join(answer).decode().splitlines()
    assert answer["Content-Type"].startswith("text/csv")
    assert lines[0].startswith("Certificate,Scope,State")
    assert any(line.startswith("SOC 2 Type II") for line in lines)


def test_a_list_that_is_not_there_is_not_found(loaded: Client) -> None:
    assert loaded.get("/measure/certifications/nothing.csv").status_code == 404


def test_a_target_is_set_from_a_day_on(loaded: Client) -> None:
    given = {"target-value": "88", "target-since": "2026-03-10"}
    answer = loaded.post("/measure/edr-coverage/target/", given)
    assert answer.status_code == 302
    assert Target.objects.get(metric="edr-coverage").since == date(2026, 3, 10)
    newest = Snapshot.objects.filter(metric="edr-coverage").latest("week")
    assert newest.target == 88
    assert "88" in loaded.get("/measure/edr-coverage/").content.decode()


@pytest.mark.parametrize(
    ("value", "since"), [("", "2026-03-10"), ("90", "2999-01-01"), ("many", "2026-03-10")]
)
def test_a_target_that_makes_no_sense_is_told_at_the_form(
    loaded: Client, value: str, since: str
) -> None:
    given = {"target-value": value, "target-since": since}
    answer = loaded.post("/measure/edr-coverage/target/", given)
    assert answer.status_code == 400
    assert "field-errors" in answer.content.decode()
    assert not Target.objects.exists()


def test_more_than_all_is_no_target_for_a_share(loaded: Client) -> None:
    given = {"target-value": "120", "target-since": "2026-03-10"}
    answer = loaded.post("/measure/edr-coverage/target/", given)
    assert answer.status_code == 400
    assert "can be met" in answer.content.decode()


def table(*ages: int | None) -> Table:
    return Table(
        name="open",
        title="Open",
        columns=[Column(name="asset", label="Asset"), Column(name="age", label="Age")],
        rows=[{"asset": f"web-{at}", "age": age} for at, age in enumerate(ages)],
    )


def test_rows_sort_by_their_own_list_with_the_unknown_last() -> None:
    found = [row["age"] for row in ordered(table(3, None, 20, 1), "-open.age")]
    assert found == [20, 3, 1, None]
    assert [row["age"] for row in ordered(table(3, None, 1), "open.age")] == [1, 3, None]
    assert [row["age"] for row in ordered(table(3, None, 1), "other.age")] == [3, None, 1]


def test_a_long_list_is_cut_on_the_page() -> None:
    shown = listed(table(*range(MOST_ROWS + 5)), sort="", url="/x.csv")
    assert shown.is_cut
    assert len(shown.rows) == MOST_ROWS
    assert shown.count == MOST_ROWS + 5
