"""The form to enter a certificate; what is wrong is said in plain words."""

import calendar
from datetime import date
from typing import Any

from django import forms

from protem.comply.models import Certificate
from protem.comply.services import CertificateFields

BRIDGE_MONTHS = 3
"""By custom a bridge letter covers at most three months."""
STAGES = [
    ("planned", "Planned"),
    ("readiness", "Getting ready"),
    ("observation", "Observation or audit under way"),
    ("issued", "Issued"),
]
OPINIONS = [
    ("", "Not stated"),
    ("unqualified", "Unqualified (clean)"),
    ("qualified", "Qualified"),
    ("adverse", "Adverse"),
]
LABELS = {
    "framework": "Framework",
    "level": "Level or type",
    "scope": "What it covers",
    "auditor": "Auditor",
    "is_required": "Required by a contract, a deal or our own choice",
    "period_start": "Period starts",
    "period_end": "Period ends",
    "issued_on": "Issued on",
    "expires_on": "Expires on",
    "bridge_until": "Bridge letter covers until",
    "next_due_on": "Next step due on",
}


class CertificateForm(forms.ModelForm[Certificate]):
    """One certificate as a person enters it."""

    stage = forms.ChoiceField(choices=STAGES, label="How far it is")
    opinion = forms.ChoiceField(choices=OPINIONS, required=False, label="Auditor's opinion")

    class Meta:
        model = Certificate
        fields = CertificateFields.__struct_fields__
        labels = LABELS
        help_texts = {
            "framework": "For example SOC 2, ISO 27001, HITRUST, PCI DSS.",
            "level": "For example Type 2, i1, Moderate. Leave empty if there is none.",
        }
        error_messages = {"framework": {"required": "Name the framework, for example SOC 2."}}
        widgets = {
            name: forms.DateInput(attrs={"type": "date"})
            for name in LABELS
            if name.endswith(("_on", "_start", "_end", "_until"))
        }

    def __init__(self, *args: Any, as_of: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._as_of = as_of

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        self._check_order(given)
        self._check_bridge(given.get("period_end"), given.get("bridge_until"))
        self._check_issued(given)
        return given

    def fields_entered(self) -> CertificateFields:
        """What was entered, for ``save_certificate``; only after ``is_valid``."""
        given = {name: self.cleaned_data[name] for name in CertificateFields.__struct_fields__}
        return CertificateFields(**given)

    def _check_order(self, given: dict[str, Any]) -> None:
        start, end = given.get("period_start"), given.get("period_end")
        if start and end and end <= start:
            self.add_error("period_end", "The period must end after it starts.")
        if start and not end:
            self.add_error("period_end", "Say when the period ends.")
        issued, expires = given.get("issued_on"), given.get("expires_on")
        if issued and expires and expires <= issued:
            self.add_error("expires_on", "It must expire after it was issued.")
        if end and issued and issued < end:
            self.add_error("issued_on", "A report is issued after its period has ended.")

    def _check_bridge(self, end: date | None, bridge: date | None) -> None:
        if not bridge:
            return
        if not end:
            self.add_error(
                "bridge_until", "Say when the period before the bridge letter ended."
            )
        elif bridge <= end:
            self.add_error("bridge_until", "A bridge letter covers time after the period ends.")
        elif bridge > months_after(end, BRIDGE_MONTHS):
            latest = f"{months_after(end, BRIDGE_MONTHS):%d %b %Y}".lstrip("0")
            self.add_error(
                "bridge_until",
                "A bridge letter covers at most three months after the period's end: "
                f"{latest} at the latest.",
            )

    def _check_issued(self, given: dict[str, Any]) -> None:
        issued = given.get("issued_on")
        if given.get("stage") == "issued" and not issued:
            self.add_error("issued_on", "Say when it was issued.")
        if issued and issued > self._as_of:
            self.add_error("issued_on", "The day of issue lies in the future.")
        if issued and given.get("stage") in {"planned", "readiness"}:
            self.add_error("stage", "It has a day of issue: choose “Issued”, or clear the day.")


def months_after(day: date, months: int) -> date:
    """The same day ``months`` later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
