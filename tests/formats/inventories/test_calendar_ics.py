"""Calendars: recurrences, whose they are, and rules made to hang the reader."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped] # no stubs in the lock
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.inventories.exports import SAMPLES, read, read_path, skipped

from protem.formats import calendarevents
from protem.formats.format import FormatError
from protem.formats.records import Meeting, Record, Scan
from protem.formats.recurrence import Rules

STAMP = "DTSTAMP:20260310T080000Z"


def calendar(*events: str, top: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\n{STAMP}\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{top}{body}END:VCALENDAR\n".replace("\n", "\r\n")


def event(uid: str = "u", start: str = "20260302T090000Z", more: str = "") -> str:
    return f"UID:{uid}\nDTSTART:{start}\nDURATION:PT1H\nSUMMARY:{uid}\n{more}".rstrip()


def meetings(records: list[Record]) -> list[Meeting]:
    return [each for each in records if isinstance(each, Meeting)]


def scan_of(records: list[Record]) -> Scan:
    [scan] = [each for each in records if isinstance(each, Scan)]
    return scan


def test_flags_moves_and_exceptions_of_the_sample() -> None:
    found = {
        m.uid: m for m in meetings(read_path("calendar-ics", SAMPLES / "calendar-ics/ada.ics"))
    }
    assert found["declined@brightloom.example"].is_declined
    assert found["cancelled@brightloom.example"].is_cancelled
    assert found["holiday@brightloom.example"].is_free
    assert found["holiday@brightloom.example"].is_all_day
    series = sorted(m.starts_at for uid, m in found.items() if uid.startswith("weekly-risk"))
    assert series == [
        datetime(2026, 3, 16, 9, tzinfo=UTC),
        datetime(2026, 3, 30, 12, tzinfo=UTC),
        datetime(2026, 4, 6, 8, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("top", "called", "person"),
    [
        ("X-WR-CALNAME:Ada@Brightloom.example\n", "basic.ics", "ada@brightloom.example"),
        ("X-WR-RELCALID:ada@brightloom.example\n", "basic.ics", "ada@brightloom.example"),
        (
            "X-WR-CALNAME:Team\n",
            "takeout.zip!cal/Bo@brightloom.example.ics",
            "bo@brightloom.example",
        ),
        ("", "/exports/ada.ics.gz", "ada"),
    ],
)
def test_whose_calendar_it_is(top: str, called: str, *, person: str, tmp_path: Path) -> None:
    records = read("calendar-ics", calendar(event(), top=top), tmp_path, called=called)
    assert scan_of(records).target == f"calendar:{person}"
    assert [m.person for m in meetings(records)] == [person]


def test_declined_is_told_by_name_where_the_file_has_no_address(tmp_path: Path) -> None:
    more = (
        "ATTENDEE;CN=Bo;PARTSTAT=DECLINED:mailto:bo@x.example\n"
        "ATTENDEE;CN=Ada:mailto:a@x.example"
    )
    content = calendar(event(more=more))
    for called, is_declined in (("bo.ics", True), ("Bo.ics", True), ("ada.ics", False)):
        [meeting] = meetings(read("calendar-ics", content, tmp_path, called=called))
        assert meeting.is_declined is is_declined
        assert meeting.attendees == ("bo@x.example", "a@x.example")


def test_duplicates_come_once_and_the_newest_wins(tmp_path: Path) -> None:
    old, new = event(more="SEQUENCE:1"), event(start="20260302T110000Z", more="SEQUENCE:2")
    [meeting] = meetings(read("calendar-ics", calendar(new, old, old), tmp_path))
    assert (meeting.uid, meeting.starts_at.hour) == ("u", 11)


def test_uid_of_a_single_event_survives_its_move(tmp_path: Path) -> None:
    before = read("calendar-ics", calendar(event()), tmp_path)
    after = read("calendar-ics", calendar(event(start="20260309T090000Z")), tmp_path)
    assert meetings(before)[0].uid == meetings(after)[0].uid == "u"


def test_times_without_zone_are_the_calendars_or_utc(tmp_path: Path) -> None:
    naive = event(start="20260302T090000")
    [meeting] = meetings(read("calendar-ics", calendar(naive), tmp_path))
    assert meeting.starts_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    top = "X-WR-TIMEZONE:Europe/Berlin\n"
    [meeting] = meetings(read("calendar-ics", calendar(naive, top=top), tmp_path))
    assert meeting.starts_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    [meeting] = meetings(
        read("calendar-ics", calendar(naive, top="X-WR-TIMEZONE:../etc\n"), tmp_path)
    )
    assert meeting.starts_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


def zone(offset: str, rule: str = "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU") -> str:
    return (
        "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        f"RRULE:{rule}\nTZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE\n"
    )


def test_a_files_own_zone_does_not_leak_into_the_next(tmp_path: Path) -> None:
    local = "UID:u\nDTSTART;TZID=Ours:20260302T090000\nDURATION:PT1H"
    for offset, hour in (("+0300", 6), ("-0300", 12)):
        [meeting] = meetings(read("calendar-ics", calendar(local, top=zone(offset)), tmp_path))
        assert meeting.starts_at.hour == hour
    records = read(
        "calendar-ics", calendar(local, top=zone("+0300", "FREQ=SECONDLY")), tmp_path
    )
    assert skipped(records) == {"time zone with an unusual rule": 1}


def test_a_broken_zone_does_not_spoil_the_calendar(tmp_path: Path) -> None:
    top = zone("garbage")
    records = read("calendar-ics", calendar(event(), top=top), tmp_path)
    assert len(meetings(records)) == 1
    assert skipped(records) == {"time zone that cannot be read": 1}


def test_too_many_zones_are_left_out(tmp_path: Path) -> None:
    top = "".join(zone("+0300").replace("Ours", f"Ours{n}") for n in range(103))
    records = read("calendar-ics", calendar(event(), top=top), tmp_path)
    assert skipped(records) == {"time zone beyond what a calendar needs": 3}


def test_entry_that_lasts_beyond_belief_is_left_out(tmp_path: Path) -> None:
    endless = "UID:u\nDTSTART:20260302T090000Z\nDTEND:29990302T090000Z"
    records = read("calendar-ics", calendar(endless), tmp_path)
    assert skipped(records) == {"impossible date of an event": 1}


def test_a_large_calendar_is_read_in_parts(tmp_path: Path) -> None:
    long = "DESCRIPTION:" + "x" * 40_000
    events = [event(f"u{n}", more=long) for n in range(8)]
    found = meetings(read("calendar-ics", calendar(*events), tmp_path))
    assert [meeting.uid for meeting in found] == [f"u{n}" for n in range(8)]
    records = read("calendar-ics", calendar(*events[:4], *events[:4]), tmp_path)
    assert len(meetings(records)) == 4


def test_outlook_marks(tmp_path: Path) -> None:
    more = "X-MICROSOFT-CDO-BUSYSTATUS:FREE\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nTRANSP:OPAQUE"
    [meeting] = meetings(read("calendar-ics", calendar(event(more=more)), tmp_path))
    assert meeting.is_free
    assert meeting.is_all_day


def test_alarm_of_an_event_is_not_the_event(tmp_path: Path) -> None:
    alarm = "BEGIN:VALARM\nUID:alarm\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM"
    [meeting] = meetings(read("calendar-ics", calendar(event(more=alarm)), tmp_path))
    assert meeting.uid == "u"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=SECONDLY", "series that recurs more often than daily"),
        ("FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "series that recurs more often than daily"),
        ("FREQ=DAILY;INTERVAL=0", "series with an unusual recurrence rule"),
        ("FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=1,2", "series with an unusual recurrence rule"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "series that never happens"),
        ("FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30", "series that never happens"),
        ("FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=31", "series that never happens"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "series that never happens"),
    ],
)
def test_rules_that_would_hang_are_left_out(rule: str, reason: str, tmp_path: Path) -> None:
    events = [event(f"u{n}", more=f"RRULE:{rule}") for n in range(300)]
    records = read("calendar-ics", calendar(*events, event("good")), tmp_path)
    assert [m.uid for m in meetings(records)] == ["good"]
    assert skipped(records) == {reason: 300}


def test_ended_series_are_counted_but_not_walked_through(tmp_path: Path) -> None:
    rule = "RRULE:FREQ=DAILY;UNTIL=20210101T000000Z"
    events = [event(f"u{n}", "19900101T090000Z", rule) for n in range(600)]
    records = read("calendar-ics", calendar(*events), tmp_path)
    assert meetings(records) == []
    assert skipped(records) == {"series that ended before the time looked at": 600}


def test_a_calendar_of_old_series_runs_out_of_budget() -> None:
    rules = Rules(date(2023, 1, 1), date(2027, 1, 1))
    reasons = [rules.refusal({"FREQ": ["DAILY"]}, date(1990, 1, 1)) for _ in range(200)]
    assert set(reasons) == {"", "series beyond what one calendar may recur"}
    assert rules.refusal({"FREQ": ["DAILY"]}, date(1601, 1, 1))


def test_a_rule_that_cannot_be_read_never_happens() -> None:
    rules = Rules(date(2023, 1, 1), date(2027, 1, 1))
    barren = {"FREQ": ["YEARLY"], "BYDAY": ["noday"]}
    assert rules.refusal(barren, date(2024, 2, 29)) == "series that never happens"


def test_entries_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendarevents, "MOST_MEETINGS", 500)
    events = [event(f"u{n}", "20260301T090000Z", "RRULE:FREQ=DAILY") for n in range(3)]
    records = read("calendar-ics", calendar(*events), tmp_path)
    assert len(meetings(records)) == 500
    assert skipped(records) == {"entries beyond the most that are read": 1}


def test_time_looked_at_is_bounded(tmp_path: Path) -> None:
    events = [
        event("old", "20220302T090000Z"),
        event("new", "20290302T090000Z"),
        event("zero", "00010101T090000Z"),
        event("weekly", "20100301T090000Z", "RRULE:FREQ=WEEKLY"),
        "UID:none\nSUMMARY:no start",
    ]
    records = read("calendar-ics", calendar(*events), tmp_path)
    starts = [m.starts_at for m in meetings(records)]
    assert 4 * 52 <= len(starts) <= 4 * 53 + 1
    assert min(starts) >= datetime(2023, 3, 9, tzinfo=UTC)
    assert max(starts) <= datetime(2027, 3, 12, tzinfo=UTC)
    assert skipped(records) == {
        "event before the time looked at (three years back, one ahead)": 1,
        "event after the time looked at (three years back, one ahead)": 1,
        "impossible date of an event": 1,
        "event without a start": 1,
    }


def test_a_broken_event_does_not_spoil_the_others(tmp_path: Path) -> None:
    broken = event(
        "bad", more="RRULE:FREQ=WEEKLY;UNTIL=garbage\nEXDATE:nonsense\nno colon here"
    )
    records = read("calendar-ics", calendar(broken, event("good")), tmp_path)
    assert "good" in [m.uid for m in meetings(records)]


def test_bulky_things_are_left_out(tmp_path: Path) -> None:
    big = event("big", more="DESCRIPTION:" + "x" * 1_100_000)
    changes = [event("much") for _ in range(5_001)]
    rules = event("rules", more="\n".join(["RRULE:FREQ=WEEKLY"] * 6))
    records = read("calendar-ics", calendar(big, *changes, rules, event("good")), tmp_path)
    assert [m.uid for m in meetings(records)] == ["good"]
    assert skipped(records) == {
        "event larger than a megabyte": 1,
        "series with more than 5000 changes": 1,
        "series with more than 5 rules": 1,
    }


def test_calendar_of_which_nothing_can_be_read_is_refused(tmp_path: Path) -> None:
    lists = event(more="RECURRENCE-ID:20260302T090000Z\nRECURRENCE-ID:20260303T090000Z")
    with pytest.raises(FormatError, match="no event can be read"):
        read("calendar-ics", calendar(lists), tmp_path)
    records = read("calendar-ics", calendar(lists, event("good")), tmp_path)
    assert [m.uid for m in meetings(records)] == ["good"]
    assert skipped(records) == {"event that cannot be read": 1}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nothing",
        calendar(event())[:-20],
        calendar(event())[:120],
        "BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR\n",
        "BEGIN:VCALENDAR\nCALSCALE:CHINESE\nEND:VCALENDAR\n",
        "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 1_000,
        calendar(event()) + "BEGIN:VEVENT\nEND:VEVENT\n",
        calendar(event()).encode("utf-16"),
    ],
)
def test_bad_calendars_are_refused(content: str | bytes, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as refusal:
        read("calendar-ics", content, tmp_path)
    assert refusal.value.remedy


def test_calendar_without_stamps_looks_around_the_files_time(tmp_path: Path) -> None:
    content = calendar(event()).replace(STAMP + "\r\n", "")
    records = read("calendar-ics", content, tmp_path)
    assert scan_of(records).as_of is None
    assert len(meetings(records)) == 1


RULES = st.fixed_dictionaries(
    {"FREQ": st.sampled_from([["MONTHLY"], ["YEARLY"]])},
    optional={
        "INTERVAL": st.integers(1, 4).map(lambda n: [n]),
        "BYMONTH": st.lists(st.integers(1, 12), min_size=1, max_size=2),
        "BYMONTHDAY": st.lists(st.integers(1, 31), min_size=1, max_size=2),
        "BYDAY": st.lists(st.sampled_from(["MO", "TU", "SU"]), min_size=1, max_size=2),
    },
)


@settings(deadline=None, max_examples=25)
@given(RULES, st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_no_rule_that_fits_is_taken_for_barren(
    rule: dict[str, list[object]], first: date
) -> None:
    refusal = Rules(date(1990, 1, 1), date(2090, 12, 31)).refusal(rule, first)
    text = ";".join(f"{name}={','.join(map(str, values))}" for name, values in rule.items())
    start = datetime(first.year, first.month, first.day)  # noqa: DTZ001
    end = start.replace(year=start.year + 28, day=1)
    fits = next(iter(rrulestr(f"{text};UNTIL={end:%Y%m%d}", dtstart=start)), None) is not None
    assert not (fits and refusal)
