"""The week in one sentence, four numbers and five signals: what the command prints."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from protem.handoff import queries as handoff
from protem.handoff.signal import SIGNALS, SignalReading
from protem.handoff.verdict import HandoffVerdict, Stand
from protem.measure import queries as measure
from protem.measure.metric import Verdict
from protem.measure.queries import SnapshotView
from protem.measure.status import status_sentence
from protem.people.queries import company_name
from protem.ui.wording import percent, quantity

NOTHING_YET = "Nothing has been imported yet. Import your first file: protem import FILE"

NOTHING_OF_IT = "Nothing is measured of {}: it takes five assets. See: protem compare"


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricLine:
    """One metric in the status."""

    name: str
    title: str
    value: float | None
    unit: str
    target: float | None
    verdict: str
    n: int
    is_fresh: bool

    @property
    def value_text(self) -> str:
        return quantity(self.value, self.unit)

    @property
    def target_text(self) -> str:
        return f"target {quantity(self.target, self.unit)}" if self.target is not None else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalLine:
    """One signal in the status."""

    name: str
    title: str
    state: str
    value: float | None
    unit: str
    threshold: float
    since: date

    @property
    def value_text(self) -> str:
        return in_words(self.value, self.unit)


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """Everything the status says. ``as_of`` None: nothing was imported yet."""

    as_of: datetime | None
    sentence: str
    metrics: list[MetricLine]
    signals: list[SignalLine]
    handoff: HandoffVerdict | None
    company: str = ""

    @property
    def is_bad_news(self) -> bool:
        """Whether a number is degrading or the handoff point is past."""
        is_past = self.handoff is not None and self.handoff.stand is Stand.PAST
        return is_past or any(one.verdict == Verdict.DEGRADING for one in self.metrics)

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON of ``protem status --json``."""
        verdict = self.handoff
        return {
            "as_of": self.as_of,
            "company": self.company or None,
            "sentence": self.sentence,
            "metrics": [
                {
                    "name": one.name,
                    "value": one.value,
                    "unit": one.unit,
                    "target": one.target,
                    "verdict": one.verdict,
                    "n": one.n,
                    "fresh": one.is_fresh,
                }
                for one in self.metrics
            ],
            "signals": [
                {
                    "name": one.name,
                    "state": one.state,
                    "value": one.value,
                    "threshold": one.threshold,
                    "since": one.since,
                }
                for one in self.signals
            ],
            "signals_on": verdict.signals_on if verdict else 0,
            "phase": verdict.stand.value if verdict else None,
            "start_looking_by": verdict.start_looking_by if verdict else None,
        }


def status_of(as_of: datetime | None = None, *, cut: str = "") -> Status:
    """The status of the newest week, or of the one that holds ``as_of``.

    Of a part of the company, such as ``group:Payments``, it has no signals.
    """
    company = company_name()
    metrics = measure.current(as_of, cut=cut)
    signals = None if cut else handoff.current(as_of)
    if not metrics:
        return Status(
            as_of=None,
            sentence=NOTHING_OF_IT.format(cut) if cut else NOTHING_YET,
            metrics=[],
            signals=[],
            handoff=None,
            company=company,
        )
    sentence = status_sentence([view.reading for view in metrics])
    return Status(
        as_of=max(view.reading.as_of for view in metrics),
        sentence=f"{sentence} {signals.verdict.sentence}" if signals else sentence,
        metrics=[_metric_line(view) for view in metrics],
        signals=[_signal_line(reading) for reading in signals.readings] if signals else [],
        handoff=signals.verdict if signals else None,
        company=company,
    )


def in_words(value: float | None, unit: str) -> str:
    """A value with its unit; shares as per cent."""
    return percent(value) if unit == "share" else quantity(value, unit)


def _metric_line(view: SnapshotView) -> MetricLine:
    return MetricLine(
        name=view.metric,
        title=view.title,
        value=view.reading.value,
        unit=view.reading.unit,
        target=view.target,
        verdict=view.reading.verdict.value,
        n=view.reading.n,
        is_fresh=all(source.is_fresh for source in view.reading.sources),
    )


def _signal_line(reading: SignalReading) -> SignalLine:
    return SignalLine(
        name=reading.signal,
        title=SIGNALS.get(reading.signal).title,
        state=reading.state.value,
        value=reading.value,
        unit=reading.unit,
        threshold=reading.threshold,
        since=reading.since,
    )
