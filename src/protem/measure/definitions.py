"""What of the definitions can be chosen, between which limits, and the presets of deadlines.

A change is told as (name, before, after) and shown in words by ``told``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from protem.kit.errors import ProtemError
from protem.ledger.definition import Definition
from protem.measure.wording import days, number, percent

MTTR, CADENCE = "mttr-critical", "patch-cadence"
EDR, CERTIFICATIONS = "edr-coverage", "certifications"
DURATIONS = (MTTR, CADENCE)
DEADLINES = (
    "exploited_days", "exposed_days", "critical_days", "high_days", "medium_days", "low_days",
)  # fmt: skip


class DefinitionError(ProtemError):
    """A definition that makes no sense, or that is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One part of the definition that can be chosen.

    Attributes:
        name: The field of ``Definition``.
        unit: ``days``, ``weeks``, ``share`` (0 to 1), ``points``, ``p`` or ``yes or no``.
        metrics: The metrics it touches.
        choices: The values to choose from; empty where any between ``least`` and ``most`` is.
        note: What it means, in a sentence.
    """

    name: str
    label: str
    unit: str
    metrics: tuple[str, ...]
    choices: tuple[float, ...] = ()
    least: float = 1.0
    most: float = 365.0
    note: str = ""

    def check(self, value: float) -> None:
        """Raise ``DefinitionError`` unless the value is one to choose."""
        if self.choices and value not in self.choices:
            allowed = ", ".join(told(self.name, choice) for choice in self.choices)
            raise DefinitionError(
                f"{self.label}: {told(self.name, value)} is not a choice",
                remedy=f"choose one of {allowed}",
            )
        if not self.choices and not self.least <= value <= self.most:
            low, high = told(self.name, self.least), told(self.name, self.most)
            raise DefinitionError(
                f"{self.label}: {told(self.name, value)} is out of range",
                remedy=f"choose something from {low} to {high}",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """Deadlines as a scheme asks for them, in days, in the order of ``DEADLINES``."""

    title: str
    days: tuple[float, float, float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One part of a definition, before and after."""

    name: str
    before: float
    after: float

    @property
    def text(self) -> str:
        """“Critical: 30 days → 14 days”."""
        label = SETTINGS[self.name].label
        return f"{label}: {told(self.name, self.before)} → {told(self.name, self.after)}"


def _deadline(name: str, label: str, note: str = "") -> Setting:
    touched = DURATIONS if name == "critical_days" else (MTTR,)
    return Setting(name=name, label=label, unit="days", metrics=touched, note=note)


SETTINGS: dict[str, Setting] = {
    one.name: one
    for one in (
        _deadline("exploited_days", "Critical and known to be exploited"),
        _deadline(
            "exposed_days",
            "Critical and exposed to the internet",
            "On assets that a rule calls exposed, as the rules are today.",
        ),
        _deadline("critical_days", "Critical"),
        _deadline("high_days", "High"),
        _deadline("medium_days", "Medium"),
        _deadline("low_days", "Low"),
        Setting(
            name="is_exploited_critical", label="Known to be exploited counts as critical",
            unit="yes or no", metrics=(MTTR,), choices=(0.0, 1.0),
            note="From the day it was opened, whatever its score says.",
        ),
        Setting(
            name="window_days", label="Window of the duration metrics", unit="days",
            metrics=DURATIONS, choices=(60.0, 90.0, 120.0, 180.0),
            note="Verdicts compare the last two of it with up to six before. They are "
            "calibrated for 90 days: a shorter window misses more, a longer one tells later.",
        ),
        Setting(
            name="look_back_weeks", label="Coverage and certifications compare with",
            unit="weeks", metrics=(EDR, CERTIFICATIONS), choices=(8.0, 13.0, 26.0),
        ),
        Setting(
            name="material_share", label="A duration has changed when it moved by",
            unit="share", metrics=DURATIONS, least=0.1, most=0.5,
            note="And by more than chance explains.",
        ),
        Setting(
            name="material_points", label="Coverage has changed when it moved by",
            unit="points", metrics=(EDR,), least=0.5, most=10.0,
        ),
        Setting(
            name="significance", label="A change is believed when chance alone is below",
            unit="p", metrics=DURATIONS, choices=(0.05, 0.01, 0.005, 0.001),
            note="At 0.01 about 1 in 10 steady years shows a wrong arrow; at 0.05 far more do.",
        ),
        Setting(
            name="coverage_significance", label="The same for coverage",
            unit="p", metrics=(EDR,), choices=(0.05, 0.01, 0.005, 0.001),
            note="Coverage has to move by the points above too, so less certainty will do.",
        ),
        Setting(
            name="agent_days", label="An agent is healthy if it reported within",
            unit="days", metrics=(EDR,), choices=(2.0, 7.0, 14.0),
            note="Laptops and other machines, counted back from the export.",
        ),
        Setting(
            name="server_agent_days", label="The same on servers and in the cloud",
            unit="days", metrics=(EDR,), choices=(1.0, 2.0, 7.0),
        ),
    )
}  # fmt: skip
"""By name, in the order of the page."""

PRESETS = {
    "default": Preset(title="Protem's own", days=(14, 14, 30, 30, 90, 180)),
    "fedramp": Preset(title="FedRAMP: 30, 90 and 180 days", days=(30, 30, 30, 30, 90, 180)),
    "bod-26-04": Preset(
        title="In the style of BOD 26-04: 3, 14 and 60 days", days=(3, 14, 14, 14, 60, 60)
    ),
    "pci": Preset(title="PCI DSS: one month", days=(30, 30, 30, 30, 90, 180)),
}


def told(name: str, value: float) -> str:
    """A value in words: “30 days”, “20 %”, “yes”."""
    unit = _setting(name).unit
    if unit == "yes or no":
        return "yes" if value else "no"
    if unit == "share":
        return percent(value)
    if unit == "days":
        return days(value)
    return number(value, 3) if unit == "p" else f"{number(value)} {unit}"


def changed(before: Definition, after: Definition) -> list[Change]:
    """Every part that differs, in the order of the page."""
    old, new = asdict(before), asdict(after)
    return [
        Change(name=name, before=float(old[name]), after=float(new[name]))
        for name in SETTINGS
        if old[name] != new[name]
    ]


def redefined(definition: Definition, values: Mapping[str, float]) -> Definition:
    """The definition with other values; those not named stay.

    Raises:
        DefinitionError: There is no such part, a value is out of its limits, or the deadlines
            allow something graver more time than something lesser.
    """
    for name, value in values.items():
        _setting(name).check(value)
    typed: dict[str, Any] = {
        name: type(getattr(definition, name))(value) for name, value in values.items()
    }
    made = replace(definition, **typed)
    allowed = [getattr(made, name) for name in DEADLINES]
    if allowed != sorted(allowed):
        raise DefinitionError(
            "something graver would have more time than something lesser",
            remedy="let the days rise from known-exploited to low",
        )
    return made


def of_preset(name: str) -> dict[str, float]:
    """The deadlines of a preset as values; raises ``DefinitionError`` for an unknown one."""
    if name not in PRESETS:
        raise DefinitionError(
            f"there is no preset “{name}”", remedy=f"choose one of {', '.join(PRESETS)}"
        )
    return dict(zip(DEADLINES, PRESETS[name].days, strict=True))


def preset_of(definition: Definition) -> str:
    """The name of the first preset with these deadlines; empty for own numbers."""
    allowed = tuple(getattr(definition, name) for name in DEADLINES)
    return next((name for name, one in PRESETS.items() if one.days == allowed), "")


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """A stored definition with the parts that came later.

    Before criticals exposed to the internet had a deadline of their own they had that of all
    criticals; they now have the default, as far as the order of the deadlines allows.
    """
    known = {name: value for name, value in values.items() if name in SETTINGS}
    default = Definition()
    if known:
        soonest = known.get("exploited_days", default.exploited_days)
        latest = known.get("critical_days", default.critical_days)
        known.setdefault("exposed_days", min(max(default.exposed_days, soonest), latest))
    return known


def touched(changes: Sequence[Change]) -> list[str]:
    """The metrics that changes touch, by name."""
    return sorted({metric for one in changes for metric in SETTINGS[one.name].metrics})


def in_force(definition: Definition, metric: str) -> list[tuple[str, str]]:
    """What of the definition a metric rests on, as (label, value in words)."""
    return [
        (one.label, told(name, float(getattr(definition, name))))
        for name, one in SETTINGS.items()
        if metric in one.metrics
    ]


def _setting(name: str) -> Setting:
    if name not in SETTINGS:
        raise DefinitionError(
            f"there is no definition “{name}”", remedy=f"choose one of {', '.join(SETTINGS)}"
        )
    return SETTINGS[name]
