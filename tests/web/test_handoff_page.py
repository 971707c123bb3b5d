"""The handoff page."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.test import Client

from protem.handoff.signal import SIGNALS

Counting = Callable[[int], AbstractContextManager[object]]


def test_it_says_what_to_import_before_any_signal_is_read(site: Client) -> None:
    assert "No signal can be read yet" in site.get("/handoff/").content.decode()


def test_it_shows_every_signal_with_what_is_missing(
    loaded: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(8):
        body = loaded.get("/handoff/").content.decode()
    for signal in SIGNALS:
        assert signal.title in body
        assert f'id="{signal.name}"' in body
    assert "What is missing" in body
    assert "The quickest way to know more" in body
    assert "Week by week" in body


def test_it_replays_the_past(loaded: Client) -> None:
    assert "looking at the past" in loaded.get("/handoff/?as_of=2026-03-05").content.decode()
