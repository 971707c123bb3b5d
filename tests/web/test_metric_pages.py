"""The metrics' pages: sentences, lists, downloads and targets."""

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from django.http import QueryDict
from django.test import Client
from openpyxl import load_workbook

from protem.measure import queries
from protem.measure.metric import METRICS, Column, Table
from protem.measure.models import Snapshot, Target
from protem.web.metric_tables import MOST_ROWS, Listed, listed, ordered
from protem.web.table_filters import facets, filters_of

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
    assert "the numbers as a table" in body
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


def sort(given: Table, by: str) -> list[int | None]:
    return [row["age"] for row in ordered(given, given.rows, by)]


def test_rows_sort_by_their_own_list_with_the_unknown_last() -> None:
    assert sort(table(3, None, 20, 1), "-open.age") == [20, 3, 1, None]
    assert sort(table(3, None, 1), "open.age") == [1, 3, None]
    assert sort(table(3, None, 1), "other.age") == [3, None, 1]


def shown(given: Table, query: str = "") -> Listed:
    filters = filters_of(QueryDict(query))
    return listed(given, sort="", filters=filters, csv_url="/x.csv", xlsx_url="/x.xlsx")


def test_a_long_list_is_cut_on_the_page() -> None:
    found = shown(table(*range(MOST_ROWS + 5)))
    assert found.is_cut
    assert len(found.rows) == MOST_ROWS
    assert found.count == MOST_ROWS + 5


def test_rows_are_found_by_words_and_by_choice() -> None:
    given = table(*range(12))
    assert [row["open.asset"] for row in shown(given, "q=WEB-1").rows] == [
        "web-1",
        "web-10",
        "web-11",
    ]
    assert shown(given, "q=web-1+11").count == 1
    chosen = shown(given, "f.asset=web-3")
    assert (chosen.count, chosen.total) == (1, 12)
    nothing = shown(given, "f.owner=payments")
    assert nothing.empty == "No row is like that."
    assert (nothing.csv_url, nothing.count) == ("", 0)


def test_a_column_with_few_values_can_be_chosen_from() -> None:
    rows = [
        {"asset": f"web-{at}", "owner": ["Ops", "dev", ""][at % 3], "age": at}
        for at in range(40)
    ]
    columns = [Column(name=name, label=name.title()) for name in ("asset", "owner", "age")]
    given = Table(name="open", title="Open", columns=columns, rows=rows)
    (facet,) = facets([given], filters_of(QueryDict("f.owner=dev")))
    assert (facet.parameter, facet.values, facet.chosen) == ("f.owner", ["dev", "Ops"], "dev")


@pytest.mark.parametrize("given", ["", "range=6m", "range=2y", "range=nonsense"])
def test_the_chart_looks_back_as_far_as_asked(loaded: Client, given: str) -> None:
    body = loaded.get(f"/measure/edr-coverage/?{given}&q=mac").content.decode()
    current = re.findall(r'<a href="([^"]*)" aria-current="page">([^<]*)<', body)
    labels = [label.strip() for _, label in current if "year" in label or "month" in label]
    wanted = {"range=6m": "6 months", "range=2y": "2 years"}.get(given, "1 year")
    assert labels == [wanted]
    assert 'name="q" value="mac"' in body


def test_a_workbook_says_what_it_is_and_obeys_the_filters(loaded: Client) -> None:
    address = "/measure/certifications/certificates.xlsx"
    answer = loaded.get(address, {"q": "soc"})
    book = load_workbook(io.BytesIO(b"".join(answer)))
    names = [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)]
    assert names
    assert all("SOC 2" in str(name) for name in names)
    about = {row[0].value: row[1].value for row in book["About"].rows}
    assert about["Filtered by"] == "“soc”"
    assert about["Metric"] == "Certifications"
    assert loaded.get(f"{address}?q=nothing-like-it").status_code == 200


def test_a_remark_is_put_on_the_chart_corrected_and_taken_off(loaded: Client) -> None:
    page, on = "/measure/edr-coverage/", str(queries.history("edr-coverage")[-1].as_of.date())
    given = {"remark-text": "Moved scanners", "remark-on": on, "remark-everywhere": "on"}
    assert loaded.post(f"{page}remarks/", given).status_code == 302
    (remark,) = queries.annotations()
    other = loaded.get("/measure/certifications/").content.decode()
    assert "Moved scanners (Ada Roe)" in other
    again = {"remark": remark.external_id, "remark-text": "Moved the agent", "remark-on": on}
    loaded.post(f"{page}remarks/", again)
    body = loaded.get(page).content.decode()
    assert "Moved the agent (Ada Roe)" in body
    assert "before: Moved scanners" in body
    loaded.post(f"{page}remarks/{remark.external_id}/", {"act": "remove"})
    assert "Moved the agent (Ada Roe)" not in loaded.get(page).content.decode()
    loaded.post(f"{page}remarks/{remark.external_id}/", {"act": "restore"})
    assert "Moved the agent (Ada Roe)" in loaded.get(page).content.decode()


@pytest.mark.parametrize("on", ["", "2999-01-01", "soon"])
def test_a_remark_without_a_day_that_was_is_not_kept(loaded: Client, on: str) -> None:
    given = {"remark-text": "x", "remark-on": on}
    assert loaded.post("/measure/edr-coverage/remarks/", given).status_code == 400
    assert queries.annotations() == []


def test_targets_keep_their_history_and_can_be_set_again(loaded: Client) -> None:
    for value, why in (("88", "a start"), ("95", "the board asked")):
        given = {"target-value": value, "target-since": "2026-03-10", "target-why": why}
        loaded.post("/measure/edr-coverage/target/", given)
    body = loaded.get("/measure/edr-coverage/").content.decode()
    assert "the board asked (Ada Roe)" in body
    assert "a start (Ada Roe)" in body
    assert body.count(">Set again") == 1
