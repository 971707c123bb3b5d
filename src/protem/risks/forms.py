"""Forms to decide on findings: on those chosen, or on all that a rule matches."""

from datetime import date
from typing import Any

from django import forms

from protem.formats.records import Severity
from protem.risks.justifications import LABELS
from protem.risks.models import Kind
from protem.risks.rules import Rule

KINDS = [
    (Kind.ACCEPTED.value, "Accept the risk until a day"),
    (Kind.FALSE_POSITIVE.value, "False positive: it is no finding"),
]
DUPLICATE = (Kind.DUPLICATE.value, "Duplicate of another finding")
SEVERITIES = [
    ("", "Any"),
    *((str(int(one)), f"{one.name.capitalize()} or less") for one in reversed(Severity) if one),
]
DATE = {"type": "date"}
_NEEDED: dict[str, tuple[str, ...]] = {
    Kind.ACCEPTED.value: ("reason", "approver", "expires_on"),
    Kind.FALSE_POSITIVE.value: ("reason",),
    Kind.DUPLICATE.value: ("duplicate_of",),
}


class DecisionForm(forms.Form):
    """What is decided, why, who approved it and until when."""

    SOMETIMES_NEEDED = frozenset(name for names in _NEEDED.values() for name in names)

    kind = forms.ChoiceField(label="Decision", choices=[*KINDS, DUPLICATE])
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For whoever asks in a year: why can it wait, or why is it none?",
    )
    justification = forms.ChoiceField(
        label="Why it cannot bite",
        choices=[("", "Not said"), *LABELS.items()],
        required=False,
        help_text="For a false positive, in the words of VEX.",
    )
    approver = forms.CharField(
        label="Approved by", max_length=200, required=False, help_text="Who accepts the risk."
    )
    expires_on = forms.DateField(
        label="Accepted until",
        required=False,
        widget=forms.DateInput(attrs=DATE),
        help_text="The last day, at most a year ahead. Then it is open again.",
    )
    ticket = forms.CharField(label="Ticket", max_length=200, required=False)
    duplicate_of = forms.IntegerField(
        label="Duplicate of",
        required=False,
        help_text="The number on the other finding's page.",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        kind = given.get("kind")
        for name in _NEEDED.get(str(kind), ()):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, "This is needed for that decision.")
        return given


class RuleForm(DecisionForm):
    """A decision on all findings that match, now and later."""

    vulnerability = forms.CharField(
        label="Vulnerability",
        max_length=200,
        required=False,
        help_text="Such as CVE-2026-12345.",
    )
    component = forms.CharField(
        label="Component",
        max_length=500,
        required=False,
        help_text="As the list shows it, such as pkg:npm/lodash.",
    )
    asset = forms.CharField(label="Asset", max_length=300, required=False)
    asset_group = forms.CharField(label="Asset group", max_length=200, required=False)
    severity_at_most = forms.TypedChoiceField(
        label="Severity",
        choices=SEVERITIES,
        required=False,
        coerce=int,
        empty_value=None,
        help_text="What is rescored above it is covered no longer.",
    )
    field_order = ("vulnerability", "component", "asset", "asset_group", "severity_at_most")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("duplicate_of")
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = KINDS

    def rule(self) -> Rule:
        """The rule as entered; call it on a valid form."""
        given = self.cleaned_data
        most = given["severity_at_most"]
        return Rule(
            vulnerability=given["vulnerability"].strip(),
            component=given["component"].strip(),
            asset=given["asset"].strip(),
            asset_group=given["asset_group"].strip(),
            severity_at_most=None if most is None else Severity(most),
        )


class ExtensionForm(forms.Form):
    """Until when a risk is accepted for longer, and why."""

    expires_on = forms.DateField(label="Accepted until", widget=forms.DateInput(attrs=DATE))
    reason = forms.CharField(
        label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    approver = forms.CharField(label="Approved by", max_length=200)

    def __init__(self, *args: Any, after: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if after is not None:
            self.fields["expires_on"].help_text = f"Later than {after.isoformat()}."
