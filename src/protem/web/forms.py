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
