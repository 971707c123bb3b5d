"""Today: the verdict of the week and what asks for a person, as one record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from protem.handoff import queries as handoff
from protem.handoff.signal import SIGNALS, SignalReading
from protem.kit import clock
from protem.measure import queries as measured
from protem.measure.metric import Companion
from protem.measure.queries import SnapshotView
from protem.measure.status import status_parts
from protem.measure.wording import count, sentence
from protem.people.access import Actor
from protem.sources import queries as sources
from protem.ui.wording import NOT_ENOUGH, quantity
from protem.web import freshness, moments, todo
from protem.web.fix_list import FixRow, fix_rows
from protem.web.freshness import SourceLine
from protem.web.moments import Menu
from protem.web.todo import Todo
from protem.web.wording import in_short, number_of

WEEKS = 52
FIXES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricCard:
    """One of the four numbers."""

    name: str
    value: str
    verdict: str
    href: str
    history: list[float | None]
    target: float | None
    target_text: str
    is_fresh: bool
    freshness_text: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalLine:
    """One handoff signal in a line."""

    name: str
    state: str
    value: str
    threshold: str
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Today:
    """Everything the page shows."""

    sentence: str
    menu: Menu | None
    cards: list[MetricCard]
    signals: list[SignalLine]
    decisions: list[Todo]
    late: list[Todo]
    sources_line: str
    has_stale: bool
    is_first_run: bool
    is_working: bool
    handoff_url: str
    fixes: list[FixRow]
    """The first three of what to fix first; none when looking at the past."""

    @property
    def decision_count(self) -> str:
        """How many decisions wait; empty for none."""
        return str(len(self.decisions) or "")

    @property
    def late_count(self) -> str:
        """How many things are late or due; empty for none."""
        return str(len(self.late) or "")

    @property
    def states(self) -> list[str]:
        """The signals' states, for the row of dots."""
        return [line.state for line in self.signals]


def today(by: Actor, as_of: datetime | None, *, is_working: bool) -> Today:
    """The page as of a moment, None for the newest; read from snapshots."""
    views = measured.current(as_of)
    stand = handoff.current(as_of)
    shown = max((view.reading.as_of for view in views), default=None)
    looked_at = as_of or clock.now()
    found = freshness.lines((s for view in views for s in view.reading.sources), looked_at)
    query = moments.kept(as_of)
    readings = stand.readings if stand else []
    decisions, late = todo.gather(by, views, readings, as_of=looked_at)
    histories = {view.metric: measured.history(view.metric, view.week, WEEKS) for view in views}
    first = min((points[0].week for points in histories.values() if points), default=None)
    return Today(
        sentence=_sentence(views, stand.verdict.sentence if stand else ""),
        menu=moments.menu(shown, as_of, first) if shown else None,
        cards=[
            _card(
                view,
                [point.value for point in histories[view.metric]],
                found=found,
                query=query,
            )
            for view in views
        ],
        signals=[signal_line(reading, query) for reading in readings],
        decisions=decisions,
        late=late,
        sources_line=freshness.summary(found),
        has_stale=bool(freshness.stale(found)),
        is_first_run=not views and sources.is_empty(),
        is_working=is_working,
        handoff_url=reverse("web:handoff") + query,
        fixes=[] if as_of else fix_rows(FIXES),
    )


def signal_line(reading: SignalReading, query: str = "") -> SignalLine:
    """A signal as a row: its state, its value and the threshold it is held against."""
    signal = SIGNALS.get(reading.signal)
    is_known = reading.value is not None and reading.state != "unknown"
    return SignalLine(
        name=signal.title,
        state=reading.state.value,
        value=in_short(reading.value, reading.unit) if is_known else NOT_ENOUGH,
        threshold=f"limit {number_of(reading.threshold, reading.unit)}" if is_known else "",
        href=f"{reverse('web:handoff')}{query}#{reading.signal}",
    )


def target_words(view: SnapshotView) -> str:
    """“target 30 days or less”, empty without a target."""
    if view.target is None:
        return ""
    side = "or more" if view.is_higher_better else "or less"
    return f"target {quantity(view.target, view.reading.unit)} {side}"


def _sentence(views: Sequence[SnapshotView], of_handoff: str) -> str:
    """What was measured, then what the signals say; red flags stand among the decisions."""
    parts = status_parts(view.reading for view in views)
    measured_part = f"{sentence('; '.join(parts))}." if parts else ""
    return " ".join(part for part in (measured_part, of_handoff) if part)


def _card(
    view: SnapshotView,
    history: list[float | None],
    *,
    found: Sequence[SourceLine],
    query: str,
) -> MetricCard:
    own = {source.tool for source in view.reading.sources}
    late = [line.text for line in freshness.stale(found) if line.tool in own]
    return MetricCard(
        name=view.title,
        value=quantity(view.reading.value, view.reading.unit),
        verdict=view.reading.verdict.value,
        href=reverse("web:metric", args=(view.metric,)) + query,
        history=history,
        target=view.target,
        target_text=target_words(view),
        is_fresh=not late,
        freshness_text=f"stale: {'; '.join(late)}" if late else "",
        note=_note(view),
    )


def _note(view: SnapshotView) -> str:
    """What else is needed to read the number: what was measured, or the next deadline."""
    beside = {one.name: one for one in view.reading.companions}
    if "next_deadline" in beside:
        return _certified(view, beside)
    late = beside.get("open_past_deadline")
    if late is not None and late.value:
        return f"{count(int(late.value), 'vulnerability', 'vulnerabilities')} past deadline"
    is_told = view.reading.label and view.reading.value is not None
    return f"measured as {view.reading.label}" if is_told else ""


def _certified(view: SnapshotView, beside: dict[str, Companion]) -> str:
    held = beside.get("held")
    if held is None or held.value is None or not view.reading.n:
        return beside["next_deadline"].note
    return f"{int(held.value)} of {view.reading.n} held. {beside['next_deadline'].note}".strip()
