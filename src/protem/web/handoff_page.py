"""The handoff page: the verdict of the signals, each with its evidence, and their history."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from protem.handoff import queries as handoff
from protem.handoff.queries import SignalWeek
from protem.handoff.signal import SIGNALS, Evidence, Missing, SignalReading, SignalState
from protem.handoff.verdict import HandoffVerdict
from protem.kit.weeks import weeks_between
from protem.ui.charts import SignalHistory
from protem.ui.tables import Column
from protem.ui.wording import NOT_ENOUGH, percent
from protem.web import moments
from protem.web.moments import Menu
from protem.web.wording import amount, number_of

WEEKS = 78
MOST_EVIDENCE = 40
EVIDENCE_COLUMNS = (
    Column(key="what", label="What"),
    Column(key="when", label="When"),
    Column(key="amount", label="How much", is_numeric=True),
    Column(key="source", label="Source"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceRow:
    """One row of a signal's evidence."""

    what: str
    when: date | None
    amount: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalCard:
    """One signal with everything that made it so."""

    name: str
    title: str
    question: str
    definition: str
    needs: list[str]
    state: str
    value: str
    band: str
    threshold: str
    since: date
    confidence: str
    sentence: str
    rule: str
    exit_progress: str
    missing: list[Missing]
    flags: list[str]
    sensitivity: list[str]
    evidence: list[EvidenceRow]
    evidence_count: int

    @property
    def evidence_summary(self) -> str:
        """What unfolds the evidence."""
        shown = len(self.evidence)
        if self.evidence_count > shown:
            return f"Evidence: {shown} of {self.evidence_count:,} rows"
        return f"Evidence: {shown} {'row' if shown == 1 else 'rows'}"

    @property
    def evidence_caption(self) -> str:
        """The name of its table."""
        return f"Evidence of {self.title.lower()}"


@dataclass(frozen=True, kw_only=True, slots=True)
class HandoffPage:
    """Everything the page shows."""

    verdict: HandoffVerdict
    menu: Menu
    cards: list[SignalCard]
    histories: list[SignalHistory]
    weeks: list[date]

    @property
    def states(self) -> list[str]:
        """The signals' states, for the row of dots."""
        return [card.state for card in self.cards]


def handoff_page(as_of: datetime | None) -> HandoffPage | None:
    """The page as of a moment; None before the first signal was read."""
    now = handoff.current(as_of)
    if now is None:
        return None
    history = handoff.history()
    first = min((weeks[0].week for weeks in history.values() if weeks), default=now.week)
    start = max(first, now.week - timedelta(weeks=WEEKS - 1))
    weeks = list(weeks_between(start, now.week))
    return HandoffPage(
        verdict=now.verdict,
        menu=moments.menu(now.verdict.as_of, as_of, first),
        cards=[_card(reading) for reading in now.readings],
        histories=[
            _states(one.signal, history.get(one.signal, []), weeks) for one in now.readings
        ],
        weeks=weeks,
    )


def _card(reading: SignalReading) -> SignalCard:
    signal = SIGNALS.get(reading.signal)
    is_known = reading.value is not None
    return SignalCard(
        name=reading.signal,
        title=signal.title,
        question=signal.question,
        definition=signal.definition,
        needs=list(signal.needs),
        state=reading.state.value,
        value=amount(reading.value, reading.unit) if is_known else NOT_ENOUGH,
        band=_band(reading),
        threshold=amount(reading.threshold, reading.unit),
        since=reading.since,
        confidence=percent(reading.confidence),
        sentence=reading.sentence,
        rule=reading.rule,
        exit_progress=reading.exit_progress,
        missing=reading.missing,
        flags=reading.flags,
        sensitivity=reading.sensitivity,
        evidence=[_row(row) for row in reading.evidence[:MOST_EVIDENCE]],
        evidence_count=len(reading.evidence),
    )


def _band(reading: SignalReading) -> str:
    if reading.low is None or reading.high is None:
        return ""
    return f"{number_of(reading.low, reading.unit)} to {amount(reading.high, reading.unit)}"


def _row(row: Evidence) -> EvidenceRow:
    return EvidenceRow(
        what=row.what,
        when=row.when,
        amount="" if row.amount is None else amount(row.amount, row.unit),
        source=row.source,
    )


def _states(name: str, known: list[SignalWeek], weeks: list[date]) -> SignalHistory:
    """One state a week; a week without a reading is unknown."""
    by_week = {point.week: point.state for point in known}
    return SignalHistory(
        name=SIGNALS.get(name).title,
        states=[by_week.get(week, SignalState.UNKNOWN).value for week in weeks],
    )
