"""The second Tuesday of the month, and which titles tell it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.formats.patchtuesday import (
    newest_patch_tuesday,
    patch_tuesday,
    released_by_title,
)

pytestmark = pytest.mark.pure
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2023, 3, 14), (2025, 12, 9), (2026, 2, 10), (2026, 9, 8)]
)
def test_known_patch_tuesdays(year: int, month: int, day: int) -> None:
    assert patch_tuesday(year, month) == date(year, month, day)


@given(day=DAYS)
def test_the_newest_is_a_second_tuesday_within_five_weeks(day: date) -> None:
    newest = newest_patch_tuesday(day)
    assert newest.weekday() == 1
    assert 8 <= newest.day <= 14
    assert 0 <= (day - newest).days < 35


@pytest.mark.parametrize(
    ("title", "released"),
    [
        ("2023-03 Cumulative Update for Windows Server 2019 (KB5023702)", date(2023, 3, 14)),
        ("2026-02 Security Monthly Quality Rollup for Windows (KB1)", date(2026, 2, 10)),
        ("2026-02 Cumulative Update Preview for Windows 11 (KB5052094)", None),
        ("Windows Malicious Software Removal Tool x64 - February 2019 (KB890830)", None),
        ("2026-13 Cumulative Update (KB1)", None),
        ("2026-02 Feature something", None),
        ("", None),
    ],
)
def test_a_title_tells_its_month_unless_it_is_a_preview(
    title: str, released: date | None
) -> None:
    assert released_by_title(title) == released
