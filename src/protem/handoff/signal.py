"""What a signal declares, the reading it returns, and how its state follows week by week.

A signal looks at the facts once for every week (``watch``) and gets an ``Observation`` each.
From these the state follows by the enter rule while it is off and the leave rule while it is
on (hysteresis). What a past week says depends only on what was known by its end: a replay up
to week t is the beginning of every longer one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from protem.handoff.facts import HandoffFacts
from protem.kit.registry import Registry
from protem.kit.weeks import week_of

LEAST_CONFIDENCE = 0.5
"""Below it a signal is unknown."""
TURNS = {"20 % lower": 0.8, "20 % higher": 1.2}
"""By how much each threshold is moved to see whether the state depends on it."""


class SignalState(StrEnum):
    """Whether a signal says that the role has outgrown its holder."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One row that made the reading what it is."""

    when: date | None
    what: str
    amount: float | None = None
    unit: str = ""
    source: str = ""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """An input that a signal lacks, and about how long it takes a person to supply it."""

    what: str
    """An instruction: “Import …”, “Confirm …”, “Rate …”."""
    minutes: int


class SignalReading(msgspec.Struct, frozen=True, kw_only=True):
    """One signal as of one moment. ``value`` None: not enough data, ``missing`` says what.

    ``low`` and ``high`` are an 80 % interval. ``confidence`` is the product of coverage,
    freshness and label quality, 0 to 1. ``since`` is the Sunday of the first week of an
    unbroken run in ``state``.
    """

    signal: str
    as_of: datetime
    state: SignalState
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    threshold: float
    since: date
    confidence: float
    sentence: str
    rule: str = ""
    """By which rule it came on, in words; empty unless it is on."""
    missing: list[Missing] = []
    """What is missing when unknown, the cheapest first."""
    evidence: list[Evidence] = []
    flags: list[str] = []
    """Assumptions and doubts about the data, in words."""
    exit_progress: str = ""
    """While on: how far the way out is."""
    sensitivity: list[str] = []
    """“Flips if …” for every threshold that decides the state."""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the facts: the named quantities that the rules read, before any rule.

    A quantity None is one that cannot be told; ``missing`` not empty makes the week unknown.
    """

    as_of: datetime
    value: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float = 0.0
    quantities: Mapping[str, float | None] = {}
    missing: list[Missing] = []
    evidence: list[Evidence] = []
    flags: list[str] = []
    sentence: str = ""

    @property
    def is_known(self) -> bool:
        """Whether a rule may be applied to it."""
        return not self.missing and self.confidence >= LEAST_CONFIDENCE

    def get(self, name: str) -> float | None:
        """The quantity of that name, None when it cannot be told."""
        return self.quantities.get(name)


Limits: TypeAlias = Mapping[str, float]
Seen: TypeAlias = Sequence[Observation]
"""Observations of consecutive weeks, the one to be judged last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """One number of a rule, moved in the sensitivity check."""

    name: str
    value: float
    unit: str
    meaning: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One signal. All its functions are pure.

    Attributes:
        name: Its key, such as ``leadership-time``.
        title: Its name for people.
        place: Where it stands among the signals.
        unit: Of the headline value.
        question: What it asks, in plain words.
        definition: What is counted and when it is on and off again, in plain words.
        needs: What has to be imported or entered for it.
        thresholds: The numbers of its rules; the first is the headline's.
        watch: The observation at each of the moments given, oldest first and a week apart;
            each uses only what happened by its own moment.
        enter: The rule, in words, by which the last of the observations turns it on, or ''.
        leave: Whether the last of the observations turns it off.
        progress: How far from leaving it is, in words.
    """

    name: str
    title: str
    place: int
    unit: str
    question: str
    definition: str
    needs: Sequence[str]
    thresholds: Sequence[Threshold]
    watch: Callable[[HandoffFacts, Sequence[datetime]], list[Observation]]
    enter: Callable[[Seen, Limits], str]
    leave: Callable[[Seen, Limits], bool]
    progress: Callable[[Seen, Limits], str] = field(default=lambda _seen, _limits: "")

    @property
    def limits(self) -> dict[str, float]:
        """The thresholds by name."""
        return {threshold.name: threshold.value for threshold in self.thresholds}

    def compute(self, facts: HandoffFacts, as_of: datetime) -> SignalReading:
        """The reading as of a moment, replayed from the first week of the data."""
        return self.history(facts, as_of)[-1]

    def history(self, facts: HandoffFacts, as_of: datetime) -> list[SignalReading]:
        """The reading of every week from the first of the data to that of ``as_of``."""
        seen = self.watch(facts, facts.moments(as_of))
        return _readings(self, seen)


SIGNALS: Registry[Signal] = Registry(
    "protem.handoff.signals",
    "SIGNAL",
    Signal,
    "protem.signals",
    order=lambda signal: (signal.place, signal.name),
)
"""The five, and whatever plug-ins add."""


def states(signal: Signal, seen: Seen, limits: Limits) -> tuple[list[SignalState], list[str]]:
    """The state of every week, and by which rule it came on.

    An unknown week shows as unknown and leaves memory alone: the next known one is judged by
    the state before. The first known week starts from off.
    """
    found: list[SignalState] = []
    rules: list[str] = []
    rule = ""
    for place, observation in enumerate(seen, start=1):
        if not observation.is_known:
            found.append(SignalState.UNKNOWN)
            rules.append("")
            continue
        if not rule:
            rule = signal.enter(seen[:place], limits)
        elif signal.leave(seen[:place], limits):
            rule = ""
        found.append(SignalState.ON if rule else SignalState.OFF)
        rules.append(rule)
    return found, rules


def _readings(signal: Signal, seen: Seen) -> list[SignalReading]:
    found, rules = states(signal, seen, signal.limits)
    turned = _turned(signal, seen)
    readings: list[SignalReading] = []
    since = week_of(seen[0].as_of)
    for place, (observation, state) in enumerate(zip(seen, found, strict=True)):
        if place and state != found[place - 1]:
            since = week_of(observation.as_of)
        is_on = state is SignalState.ON
        readings.append(
            SignalReading(
                signal=signal.name,
                as_of=observation.as_of,
                state=state,
                value=observation.value,
                unit=signal.unit,
                low=observation.low,
                high=observation.high,
                threshold=signal.thresholds[0].value,
                since=since,
                confidence=round(observation.confidence, 3),
                sentence=_sentence(observation, state),
                rule=rules[place],
                missing=_missing(observation),
                evidence=observation.evidence,
                flags=observation.flags,
                exit_progress=signal.progress(seen[: place + 1], signal.limits)
                if is_on
                else "",
                sensitivity=_flips(turned, place, state),
            )
        )
    return readings


def _turned(signal: Signal, seen: Seen) -> list[tuple[str, list[SignalState]]]:
    """The states that each threshold, moved up or down alone, would have given."""
    found = []
    for threshold in signal.thresholds:
        for turn, factor in TURNS.items():
            moved = threshold.value * factor
            limits = {**signal.limits, threshold.name: moved}
            words = f"{threshold.meaning} were {moved:.4g} {threshold.unit} ({turn})"
            found.append((words, states(signal, seen, limits)[0]))
    return found


def _flips(
    turned: Sequence[tuple[str, list[SignalState]]], place: int, state: SignalState
) -> list[str]:
    if state is SignalState.UNKNOWN:
        return []
    return [f"Flips if {words}." for words, found in turned if found[place] != state]


def _missing(observation: Observation) -> list[Missing]:
    if observation.is_known:
        return []
    missing = sorted(observation.missing, key=lambda need: (need.minutes, need.what))
    return missing or [
        Missing(
            what="Import newer or fuller data: what there is gives too little certainty.",
            minutes=10,
        )
    ]


def _sentence(observation: Observation, state: SignalState) -> str:
    if state is SignalState.UNKNOWN:
        return f"Not enough data. {_missing(observation)[0].what}"
    return observation.sentence
