"""The site's own small forms."""

from datetime import date
from typing import Any

from django import forms

from protem.demo import COMPANY


class TargetForm(forms.Form):
    """A metric's target and the day from which it holds."""

    value = forms.FloatField(label="Target", min_value=0)
    since = forms.DateField(
        label="Holds from",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Weeks before it keep the target they had.",
    )
    why = forms.CharField(
        label="Why",
        max_length=500,
        required=False,
        help_text="A line for those who wonder later.",
    )

    def __init__(self, *args: Any, unit: str, latest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._latest = latest
        self.fields["value"].label = f"Target, {'per cent' if unit == '%' else unit}"
        self.fields["value"].widget.attrs["step"] = "any"
        if unit == "%":
            self.fields["value"].widget.attrs["max"] = 100

    def clean_since(self) -> date:
        since: date = self.cleaned_data["since"]
        if since > self._latest:
            raise forms.ValidationError("That day lies in the future.")
        return since


class RemarkForm(forms.Form):
    """A remark for the charts: what happened, when, and for which metric."""

    text = forms.CharField(
        label="What happened",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Moved to new scanners"}),
    )
    on = forms.DateField(label="When", widget=forms.DateInput(attrs={"type": "date"}))
    everywhere = forms.BooleanField(label="On the charts of all metrics", required=False)


class LeaderForm(forms.Form):
    """Someone to count as engineering leadership, and from when."""

    address = forms.CharField(
        label="Address or name",
        max_length=200,
        help_text="As it stands in the calendar.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label="Name in tickets",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    since = forms.DateField(
        label="Counts from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Left empty, all their hours count.",
    )


class CompanyForm(forms.Form):
    """The company's name, as reports show it."""

    name = forms.CharField(
        label="Company",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class DemoRemovalForm(forms.Form):
    """Asks for the company's name before the demo is removed."""

    company = forms.CharField(
        label=f"Type {COMPANY} to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_company(self) -> str:
        given: str = self.cleaned_data["company"]
        if given.strip() != COMPANY:
            raise forms.ValidationError(f"Type the name exactly: {COMPANY}.")
        return given
