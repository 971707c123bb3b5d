"""Dates, ages, quantities and verdicts in the words of the page."""

from datetime import UTC, date, datetime, timedelta

import pytest

from protem.ui.wording import ago, date_plain, percent, quantity, verdict_badge

AS_OF = date(2026, 11, 22)


def test_dates_are_plain_and_exact_on_hover() -> None:
    shown = date_plain(datetime(2026, 3, 12, 14, 3, tzinfo=UTC))
    assert ">12 Mar 2026</time>" in shown
    assert 'title="Thursday 12 March 2026, 14:03 UTC"' in shown
    assert 'datetime="2026-03-12"' in date_plain(date(2026, 3, 12))
    assert 'title="Thursday 12 March 2026"' in date_plain(date(2026, 3, 12))
    assert "no date" in date_plain(None)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "yesterday"),
        (-1, "tomorrow"),
        (3, "3 days ago"),
        (-47, "in 7 weeks"),
        (100, "3 months ago"),
        (800, "2 years ago"),
    ],
)
def test_ages_are_told_from_a_given_day(days: int, words: str) -> None:
    assert ago(AS_OF - timedelta(days), AS_OF) == words


def test_an_age_takes_instants_and_nothing() -> None:
    assert ago(datetime(2026, 11, 21, 23, tzinfo=UTC), AS_OF) == "yesterday"
    assert ago(None, AS_OF) == "never"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (11, "days", "11\xa0days"),
        (19.44, "days", "19.4\xa0days"),
        (1, "days", "1\xa0day"),
        (1.0, "hours per week", "1\xa0hour per week"),
        (1, "%", "1\xa0%"),
        (1240.6, "", "1,241"),
        (0.123, "", "0.12"),
        (-0.001, "", "0"),
        (None, "days", "not enough data"),
        (float("nan"), "days", "not enough data"),
    ],
)
def test_quantities_are_rounded_as_one_would_say_them(
    value: float | None, unit: str, words: str
) -> None:
    assert quantity(value, unit) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.942, "94.2\xa0%"),
        (1, "100\xa0%"),
        (0.9999, "99.9\xa0%"),
        (0.00001, "0.1\xa0%"),
        (0, "0\xa0%"),
        (None, "not enough data"),
    ],
)
def test_shares_are_never_rounded_to_all_or_nothing(share: float | None, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("word", "shape", "said"),
    [
        ("improving", "▲", "improving"),
        ("worse", "▼", "worse"),
        ("steady", "●", "steady"),
        ("not_comparable", "◐", "not comparable"),
        ("insufficient data", "○", "not enough data"),
    ],
)
def test_a_verdict_is_shape_and_word(word: str, shape: str, said: str) -> None:
    badge = verdict_badge(word)
    assert f">{shape}</span> {said}</span>" in badge
