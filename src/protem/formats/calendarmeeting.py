"""One event of a calendar as a meeting: who, when, and whether it takes place."""

from datetime import UTC, date, datetime, time
from typing import Any

import icalendar

from protem.formats.records import Meeting

_MOST_ATTENDEES = 500


def meeting_of(event: icalendar.Component, person: str, recurring: frozenset[str]) -> Meeting:
    """The meeting that an expanded event is.

    Args:
        event: One occurrence, with its own start and end.
        person: Whose calendar it stands in; their refusal makes it declined.
        recurring: The UIDs of series; only there does the uid name the occurrence, so a
            single event that is moved stays the same meeting.
    """
    start = _moment(event["DTSTART"])
    starts_at = _utc(start)
    ends_at = _utc(_moment(event["DTEND"])) if "DTEND" in event else starts_at
    uid = str(event.get("UID", "")) or f"{starts_at:%Y%m%dT%H%M%SZ} {_text(event, 'SUMMARY')}"
    if uid in recurring:
        uid = f"{uid}#{_utc(_moment(event['RECURRENCE-ID'])):%Y%m%dT%H%M%SZ}"
    attendees = _people(event, "ATTENDEE")
    return Meeting(
        uid=uid,
        person=person,
        title=_text(event, "SUMMARY"),
        organizer=next((_address(each) for each in _people(event, "ORGANIZER")), ""),
        attendees=tuple(dict.fromkeys(_address(each) for each in attendees)),
        starts_at=starts_at,
        ends_at=max(starts_at, ends_at),
        is_all_day=not isinstance(start, datetime)
        or _text(event, "X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE",
        is_cancelled=_text(event, "STATUS").upper() == "CANCELLED",
        is_declined=any(_has_declined(each, person) for each in attendees),
        is_free=_text(event, "TRANSP").upper() == "TRANSPARENT"
        or _text(event, "X-MICROSOFT-CDO-BUSYSTATUS").upper() == "FREE",
    )


def _moment(value: Any) -> date:
    moment: date = value.dt
    return moment


def _utc(moment: date) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), tzinfo=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _text(event: icalendar.Component, name: str) -> str:
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value).strip()


def _people(event: icalendar.Component, name: str) -> list[Any]:
    value = event.get(name, [])
    return value[:_MOST_ATTENDEES] if isinstance(value, list) else [value]


def _parameter(someone: Any, name: str) -> str:
    return str(getattr(someone, "params", {}).get(name, "")).strip().strip('"')


def _address(someone: Any) -> str:
    """The address in lower case; the name where the calendar hides the address."""
    scheme, _, address = str(someone).partition(":")
    if scheme.lower() == "mailto" and "@" in address:
        return address.strip().lower()
    return _parameter(someone, "EMAIL").lower() or _parameter(someone, "CN") or str(someone)


def _has_declined(someone: Any, person: str) -> bool:
    if _parameter(someone, "PARTSTAT").upper() != "DECLINED":
        return False
    address, owner = _address(someone), person.lower()
    return owner in {address, address.partition("@")[0], _parameter(someone, "CN").lower()}
