from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.formats.dates import parse_day, parse_instant, plausible
from protem.formats.localdates import MixedOrdersError, Order, order_of, parse_local
from protem.formats.skips import Skips

MOMENT = datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-04T05:06:07Z",
        "2024-03-04 05:06:07",
        "2024-03-04  05:06:07",
        "2024-03-04T05:06:07.0000000Z",
        "2024-03-04T05:06:07.000000000+00:00",
        "2024-03-04 05:06:07 UTC",
        "2024-03-03T21:06:07-08:00",
        "2024-03-04T10:36:07+0530",
        "2024-03-04T06:06:07+01",
        " 2024-03-04t05:06:07z ",
        "1709528767",
        "1709528767000",
        1709528767,
        1709528767000,
        1709528767.0,
    ],
)
def test_one_instant_in_many_spellings(text: str | float) -> None:
    assert parse_instant(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "-",
        "never",
        "20240304",
        "2024",
        "2024-13-01",
        "2024-02-30",
        "2024-03-04T25:00:00Z",
        "2024-03-04T05:06:07+25:00",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "2024-03-04T05:06:07Z tail",
        "٢٠٢٤-٠٣-٠٤",
        float("nan"),
        float("inf"),
        1e300,
        10**30,
        True,
    ],
)
def test_what_is_no_instant(text: str | float | None) -> None:
    assert parse_instant(text) is None
    assert parse_day(text) is None


def test_day_is_that_of_utc() -> None:
    assert parse_day("2024-03-03T21:06:07-08:00") == date(2024, 3, 4)
    assert parse_day("2024-03-04") == date(2024, 3, 4)


def test_long_fractions_are_cut() -> None:
    assert parse_instant("2016-12-31T23:58:46.7156189Z") == datetime(
        2016, 12, 31, 23, 58, 46, 715618, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "text", ["0001-01-01", "1970-01-01", "1989-12-31", "9999-12-31T23:59:59Z"]
)
def test_sentinels_are_parsed_but_not_plausible(text: str) -> None:
    moment = parse_instant(text)
    assert moment is not None
    assert not plausible(moment)


@pytest.mark.parametrize("day", [date(1990, 1, 1), date(2100, 12, 31)])
def test_plausible_range_includes_its_ends(day: date) -> None:
    assert plausible(day)


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001
    st.integers(-23 * 60, 23 * 60),
)
def test_iso_format_comes_back(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_instant(moment.isoformat()) == moment


@given(st.text(max_size=40) | st.floats() | st.integers())
def test_anything_is_an_instant_in_utc_or_none(value: str | float) -> None:
    moment = parse_instant(value)
    assert moment is None or moment.utcoffset() == timedelta(0)


def test_one_date_settles_the_order_of_all() -> None:
    assert order_of(["03/04/2024", "25/12/2024"]) is Order.DAY_FIRST
    assert order_of(["03/04/2024", "12/25/2024"]) is Order.MONTH_FIRST
    assert order_of(["03.04.2024"]) is Order.DAY_FIRST
    assert order_of(["03/04/2024", "", "2024-12-25"]) is Order.MONTH_FIRST
    with pytest.raises(MixedOrdersError):
        order_of(["25/12/2024", "12/25/2024"])


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("3/4/2024 12:00:00 AM", Order.MONTH_FIRST, datetime(2024, 3, 4, tzinfo=UTC)),
        ("3/4/2024 12:30 PM", Order.MONTH_FIRST, datetime(2024, 3, 4, 12, 30, tzinfo=UTC)),
        (
            "3/4/2024 1:02:03\u202fPM",
            Order.DAY_FIRST,
            datetime(2024, 4, 3, 13, 2, 3, tzinfo=UTC),
        ),
        ("04.03.2024 05:06:07", Order.DAY_FIRST, MOMENT),
        ("2024/3/4", Order.DAY_FIRST, datetime(2024, 3, 4, tzinfo=UTC)),
        ("2024-03-04T05:06:07Z", Order.DAY_FIRST, MOMENT),
    ],
)
def test_local_dates(text: str, order: Order, moment: datetime) -> None:
    assert parse_local(text, order) == moment


@pytest.mark.parametrize("text", ["13/13/2024", "3/4/2024 13:00 PM", "3/4/2024 25:00", "soon"])
def test_what_is_no_local_date(text: str) -> None:
    assert parse_local(text, Order.MONTH_FIRST) is None


def test_reasons_are_kept_few() -> None:
    skips = Skips()
    for number in range(300):
        skips.add(f"reason {number}")
    counted = list(skips.records())
    assert len(counted) == 201
    assert (counted[-1].reason, counted[-1].count) == ("other reasons", 100)
