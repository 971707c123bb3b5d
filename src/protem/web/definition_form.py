"""The form of the definitions: one field for each part that can be chosen."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms

from protem.ledger.definition import Definition
from protem.measure.definitions import (
    DEADLINES,
    PRESETS,
    SETTINGS,
    DefinitionError,
    Setting,
    of_preset,
    redefined,
    told,
)

UNITS = {"days": "days", "points": "points", "share": "per cent", "p": "", "yes or no": ""}
OWN = ""


class DefinitionForm(forms.Form):
    """Deadlines by preset or own numbers, windows, what counts as a change; and why.

    ``given`` holds the values chosen, by the names of ``Definition``, once it is valid.
    """

    def __init__(self, *args: Any, present: Definition, latest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._present, self._latest = present, latest
        self.given: dict[str, float] = {}
        presets = [(name, one.title) for name, one in PRESETS.items()]
        self.fields["preset"] = forms.ChoiceField(
            label="Deadlines",
            required=False,
            choices=[(OWN, "as numbered below"), *presets],
            help_text="A scheme replaces the five numbers below. Counted from the first "
            "detection.",
        )
        for name, setting in SETTINGS.items():
            value = float(asdict(present)[name])
            self.fields[name] = _field(setting, value)
        self.fields["since"] = forms.DateField(
            label="Marked on the charts on",
            initial=latest,
            widget=forms.DateInput(attrs={"type": "date"}),
        )
        self.fields["why"] = forms.CharField(
            label="Why",
            max_length=500,
            help_text="A line for those who wonder later.",
        )

    def clean(self) -> dict[str, Any]:
        """Take over a preset, and see that the whole makes sense."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        values = {name: _number(SETTINGS[name], cleaned[name]) for name in SETTINGS}
        if cleaned["preset"]:
            values |= of_preset(cleaned["preset"])
        try:
            redefined(self._present, values)
        except DefinitionError as error:
            raise forms.ValidationError(str(error)) from None
        if cleaned["since"] > self._latest:
            self.add_error("since", "That day lies in the future.")
        self.given = values
        return cleaned


def _field(setting: Setting, value: float) -> forms.Field:
    name, note = setting.name, setting.note
    if setting.choices:
        choices = [(f"{choice:g}", told(name, choice)) for choice in setting.choices]
        return forms.ChoiceField(
            label=setting.label, help_text=note, choices=choices, initial=f"{value:g}"
        )
    scale = 100 if setting.unit == "share" else 1
    unit = UNITS[setting.unit]
    label = f"{setting.label}, {unit}" if name not in DEADLINES else f"{setting.label} (days)"
    return forms.FloatField(
        label=label,
        help_text=note,
        initial=f"{value * scale:g}",
        min_value=setting.least * scale,
        max_value=setting.most * scale,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


def _number(setting: Setting, given: Any) -> float:
    return float(given) / 100 if setting.unit == "share" else float(given)
