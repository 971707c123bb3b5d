"""Episodes from sightings: when a finding was opened and when it was gone.

Pure: what comes out depends only on the sightings of one finding and the scans of the scopes
that reported it, never on the order of imports nor on the present time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import median

from protem.formats.records import FindingState, Severity

FLAP_WINDOW = timedelta(days=7)
STALE_WINDOW = timedelta(days=14)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One sighting row: ``last_at`` None means through the newest scan of the scope."""

    scope_id: int
    first_at: datetime
    last_at: datetime | None
    severity: int
    state: FindingState
    is_fixable: bool
    found_at: datetime | None
    ended_at: datetime | None
    fix_available_on: date | None = None
    is_exploited: bool | None = None
    owner: str = ""
    version: str = ""
    fixed_version: str = ""


@dataclass(frozen=True, kw_only=True)
class ScopeScans:
    """The scans of one scope, oldest first, and what each of them proves."""

    tool: str
    ats: Sequence[datetime]
    proofs: Sequence[datetime]
    """Scans whose silence about a fixable finding proves that it is gone."""
    full_proofs: Sequence[datetime]
    """Those that prove it for findings without a fix too."""

    @cached_property
    def stale_after(self) -> timedelta:
        """How long after its newest scan the scope stops having a say."""
        gaps = [after - before for before, after in zip(self.ats, self.ats[1:], strict=False)]
        usual = timedelta(seconds=median(gap.total_seconds() for gap in gaps)) if gaps else None
        return max(STALE_WINDOW, 3 * usual) if usual else STALE_WINDOW

    @property
    def newest(self) -> datetime:
        return self.ats[-1]

    def before(self, moment: datetime) -> datetime | None:
        index = bisect_left(self.ats, moment)
        return self.ats[index - 1] if index else None

    def after(self, moment: datetime) -> datetime:
        """The first scan after ``moment``, which must not be the newest."""
        return self.ats[bisect_right(self.ats, moment)]

    def before_scan(self, moment: datetime) -> "ScopeScans | None":
        """These scans without those at ``moment`` and after it; None if none is left."""
        ats = self.ats[: bisect_left(self.ats, moment)]
        if not ats:
            return None
        return replace(
            self,
            ats=ats,
            proofs=self.proofs[: bisect_left(self.proofs, moment)],
            full_proofs=self.full_proofs[: bisect_left(self.full_proofs, moment)],
        )

    def proof_after(
        self, last_seen: datetime, *, until: datetime | None, is_fixable: bool
    ) -> datetime | None:
        """The first scan after ``last_seen`` (before ``until``) that proves absence."""
        proofs = self.proofs if is_fixable else self.full_proofs
        index = bisect_right(proofs, last_seen)
        if index == len(proofs) or (until is not None and proofs[index] >= until):
            return None
        return proofs[index]

    def could_have_shown_earlier(self, seen: Seen) -> bool:
        """Whether an earlier scan would have shown the finding had it been there."""
        if seen.is_fixable:
            return self.ats[0] < seen.first_at
        return bool(self.full_proofs) and self.full_proofs[0] < seen.first_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """One span of a finding, as ``ledger.models.Episode`` stores it."""

    opened_at: datetime
    is_start_known: bool
    last_seen_at: datetime | None
    first_absent_at: datetime | None
    closed_at: datetime | None
    ending: str
    severity: int
    critical_at: datetime | None
    critical_until: datetime | None
    reporters: int
    fix_available_on: date | None
    is_exploited: bool | None
    owner: str
    version: str
    fixed_version: str
    is_pending: bool
    """Open, though some reporter no longer shows it: not yet proven, or disputed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span:
    """One reporter's opinion: open from when to when."""

    scope_id: int
    opened_at: datetime
    is_start_known: bool
    seen_until: datetime | None
    is_current: bool
    closed_at: datetime | None = None
    first_absent_at: datetime | None = None
    ending: str = ""
    interval: timedelta = timedelta(0)


def derive(sightings: Sequence[Seen], scopes: Mapping[int, ScopeScans]) -> list[Episode]:
    """The episodes of one finding, oldest first.

    Args:
        sightings: every sighting of the finding, in any order.
        scopes: the scans of every scope that appears in them.
    """
    by_scope: dict[int, list[Seen]] = {}
    for seen in sorted(sightings, key=_in_time):
        by_scope.setdefault(seen.scope_id, []).append(seen)
    spans = [
        span
        for scope_id, rows in sorted(by_scope.items())
        for span in _spans_of_reporter(rows, scopes[scope_id])
    ]
    groups = _overlapping(_without_lost_votes(spans, scopes))
    ordered = sorted(sightings, key=_in_time)
    return [_combine(group, ordered, scopes) for group in groups]


def _in_time(seen: Seen) -> tuple[datetime, int, str, int]:
    return (seen.first_at, seen.scope_id, seen.state.value, seen.severity)


def _spans_of_reporter(rows: Sequence[Seen], scans: ScopeScans) -> list[_Span]:
    spans: list[_Span] = []
    previous: Seen | None = None
    for seen in rows:
        current = spans[-1] if spans else None
        if current and current.closed_at is None and previous:
            spans[-1] = current = _closed_in_gap(current, previous, seen.first_at, scans)
        if seen.state is FindingState.OPEN:
            _extend(spans, current, seen, scans)
        else:
            _end(spans, current, seen, scans)
        previous = seen
    if spans and previous and spans[-1].closed_at is None and previous.last_at is not None:
        spans[-1] = _closed_in_gap(spans[-1], previous, None, scans)
    return spans


def _closed_in_gap(span: _Span, last: Seen, until: datetime | None, scans: ScopeScans) -> _Span:
    """The span, closed if a scan between ``last`` and ``until`` proves that it was gone."""
    if last.last_at is None:
        return span
    absent = scans.proof_after(last.last_at, until=until, is_fixable=last.is_fixable)
    if absent is None:
        return span
    gap = absent - last.last_at
    earlier = scans.before(last.last_at)
    interval = min(gap, last.last_at - earlier) if earlier else gap
    return replace(
        span,
        closed_at=last.last_at + gap / 2,
        first_absent_at=absent,
        ending=FindingState.FIXED.value,
        interval=interval,
        is_current=False,
    )


def _extend(spans: list[_Span], current: _Span | None, seen: Seen, scans: ScopeScans) -> None:
    reach = seen.last_at or scans.newest
    if current and (current.closed_at is None or _is_flap(current, seen.first_at)):
        spans[-1] = replace(
            current,
            seen_until=reach,
            is_current=seen.last_at is None,
            closed_at=None,
            first_absent_at=None,
            ending="",
        )
        return
    own = seen.found_at if not spans else None
    opened = min(own, seen.first_at) if own else seen.first_at
    spans.append(
        _Span(
            scope_id=seen.scope_id,
            opened_at=opened,
            is_start_known=bool(own or spans) or scans.could_have_shown_earlier(seen),
            seen_until=reach,
            is_current=seen.last_at is None,
        )
    )


def _end(spans: list[_Span], current: _Span | None, seen: Seen, scans: ScopeScans) -> None:
    """The tool itself says that it is over."""
    if current and current.closed_at is not None:
        if current.ending == FindingState.FIXED.value and seen.state is not FindingState.FIXED:
            return
        spans[-1] = replace(current, ending=seen.state.value)
        return
    if current is None:
        own = seen.found_at
        current = _Span(
            scope_id=seen.scope_id,
            opened_at=min(own, seen.first_at) if own else seen.first_at,
            is_start_known=bool(own),
            seen_until=None,
            is_current=False,
        )
        spans.append(current)
    start = current.seen_until or scans.before(seen.first_at)
    imputed = start + (seen.first_at - start) / 2 if start else seen.first_at
    spans[-1] = replace(
        current,
        closed_at=max(seen.ended_at or imputed, current.opened_at),
        first_absent_at=seen.first_at,
        ending=seen.state.value,
        is_current=False,
    )


def _is_flap(span: _Span, again: datetime) -> bool:
    if span.ending != FindingState.FIXED.value or span.closed_at is None:
        return False
    return again - span.closed_at <= max(FLAP_WINDOW, 2 * span.interval)


def _without_lost_votes(
    spans: Sequence[_Span], scopes: Mapping[int, ScopeScans]
) -> list[_Span]:
    """End the open span of a reporter that has stopped looking while others go on."""
    voters = {span.scope_id for span in spans}
    kept = []
    for span in spans:
        others = [scopes[scope].newest for scope in voters if scope != span.scope_id]
        scans = scopes[span.scope_id]
        has_lost = bool(others) and max(others) - scans.newest > scans.stale_after
        if span.closed_at is None and has_lost and _is_judged_by_others(span, spans):
            until = _taken_over_at(span, spans, scopes)
            fixed = FindingState.FIXED.value
            kept.append(replace(span, closed_at=until, ending=fixed, is_current=False))
        else:
            kept.append(span)
    return kept


def _taken_over_at(
    span: _Span, spans: Sequence[_Span], scopes: Mapping[int, ScopeScans]
) -> datetime:
    """When another reporter showed it next, unless its silence in between proves it gone.

    Else when this one showed it last: changing scanners remediates nothing.
    """
    until = span.seen_until or span.opened_at
    taken = [
        other.opened_at
        for other in spans
        if other.scope_id != span.scope_id
        and other.opened_at > until
        and not scopes[other.scope_id].proof_after(
            until, until=other.opened_at, is_fixable=True
        )
    ]
    return min(taken, default=until)


def _is_judged_by_others(span: _Span, spans: Sequence[_Span]) -> bool:
    return any(
        other.scope_id != span.scope_id
        and (other.closed_at is None or other.closed_at >= span.opened_at)
        for other in spans
    )


def _overlapping(spans: Sequence[_Span]) -> list[list[_Span]]:
    groups: list[list[_Span]] = []
    for span in sorted(spans, key=lambda s: (s.opened_at, s.scope_id)):
        if groups and _reaches(groups[-1], span.opened_at):
            groups[-1].append(span)
        else:
            groups.append([span])
    return groups


def _reaches(group: Sequence[_Span], moment: datetime) -> bool:
    return any(span.closed_at is None or span.closed_at >= moment for span in group)


def _combine(
    group: Sequence[_Span], sightings: Sequence[Seen], scopes: Mapping[int, ScopeScans]
) -> Episode:
    first = group[0]
    still_open = [span for span in group if span.closed_at is None]
    last = max(group, key=lambda s: (s.closed_at or s.opened_at, s.scope_id))
    closed_at = None if still_open else last.closed_at
    is_current = any(span.is_current for span in still_open)
    seen_until = [span.seen_until for span in group if span.seen_until]
    absent = [span.first_absent_at for span in group if span.first_absent_at]
    severity, critical_at, critical_until = _severities(
        sightings, first.opened_at, closed_at, {span.scope_id for span in group}
    )
    return Episode(
        opened_at=first.opened_at,
        is_start_known=first.is_start_known,
        last_seen_at=None if is_current or not seen_until else max(seen_until),
        first_absent_at=None if still_open else max(absent, default=None),
        closed_at=closed_at,
        ending="" if still_open else last.ending,
        severity=severity,
        critical_at=critical_at,
        critical_until=critical_until,
        reporters=len({scopes[span.scope_id].tool for span in group}),
        fix_available_on=min(
            (seen.fix_available_on for seen in sightings if seen.fix_available_on), default=None
        ),
        is_exploited=_any(seen.is_exploited for seen in sightings),
        owner=_newest(seen.owner for seen in sightings),
        version=_newest(seen.version for seen in sightings),
        fixed_version=_newest(seen.fixed_version for seen in sightings),
        is_pending=bool(still_open) and not all(span.is_current for span in group),
    )


def _any(claims: Iterable[bool | None]) -> bool | None:
    known = [claim for claim in claims if claim is not None]
    return any(known) if known else None


def _newest(values: Iterable[str]) -> str:
    return next((value for value in reversed(list(values)) if value), "")


def _severities(
    sightings: Sequence[Seen],
    opened_at: datetime,
    closed_at: datetime | None,
    scope_ids: set[int],
) -> tuple[int, datetime | None, datetime | None]:
    """The latest severity, when it became critical, and when it stopped being so."""
    latest: dict[int, int] = {}
    critical_at: datetime | None = None
    critical_until: datetime | None = None
    for seen in sightings:
        within = closed_at is None or seen.first_at <= closed_at or not latest
        if seen.scope_id not in scope_ids or not within:
            continue
        if seen.last_at is not None and seen.last_at < opened_at:
            continue
        start = seen.first_at if latest else opened_at
        latest[seen.scope_id] = seen.severity
        is_critical = max(latest.values()) >= Severity.CRITICAL
        if is_critical and critical_at is None:
            critical_at = start
        critical_until = start if critical_at and not is_critical else None
    return max(latest.values(), default=0), critical_at, critical_until
