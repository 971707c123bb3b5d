"""Today: what it says at first, with data, and of the past."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.test import Client

Counting = Callable[[int], AbstractContextManager[object]]


def test_the_first_run_asks_for_a_file(site: Client) -> None:
    body = site.get("/").content.decode()
    assert "Start with one file" in body
    assert 'type="file"' in body


def test_today_shows_the_four_numbers_and_the_signals(loaded: Client) -> None:
    body = loaded.get("/").content.decode()
    for name in ("/measure/edr-coverage/", "/measure/mttr-critical/", "/handoff/"):
        assert name in body
    assert 'class="verdict-sentence"' in body
    assert "handoff signals" in body
    assert "Decisions waiting for you" in body
    assert "Sources" in body


def test_today_takes_few_queries(
    loaded: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(22):
        loaded.get("/")


def test_the_past_is_marked_as_past(loaded: Client) -> None:
    body = loaded.get("/?as_of=2026-03-05").content.decode()
    assert "You are looking at the past" in body
    assert "?as_of=2026-03-05" in body


def test_before_the_first_week_there_is_nothing_to_show(loaded: Client) -> None:
    body = loaded.get("/?as_of=2001-01-01").content.decode()
    assert "Nothing could be measured yet" in body


def test_a_day_that_is_none_is_explained(loaded: Client) -> None:
    answer = loaded.get("/?as_of=yesterday")
    assert answer.status_code == 400
    assert "write it like 2026-03-01" in answer.content.decode()


def test_the_navigation_marks_the_page(loaded: Client) -> None:
    assert 'aria-current="page">Measure' in loaded.get("/measure/").content.decode()
    assert 'aria-current="page">Sources' in loaded.get("/imports/").content.decode()
