"""Forms of rules: one rule, labels for chosen assets, a file of rules."""

from typing import Any

from django import forms

from protem.formats.records import AssetKind
from protem.ledger.rulebook import parse_rule
from protem.ledger.rules import Criticality, Rule, RuleError

LONGEST_PATTERNS = 20_000
MOST_BYTES = 2 << 20
SEVERAL = "Several are parted by a semicolon; * stands for anything."
LEVELS = [("", "as it is"), *((level.value, level.value) for level in reversed(Criticality))]
EXPOSURES = [("", "as it is"), ("yes", "yes"), ("no", "no")]


class LabelsForm(forms.Form):
    """The labels to give; what stays empty is not set."""

    group = forms.CharField(label="Group", max_length=200, required=False)
    owner = forms.CharField(label="Owner", max_length=200, required=False)
    criticality = forms.ChoiceField(label="Criticality", choices=LEVELS, required=False)
    internet_exposed = forms.ChoiceField(
        label="Exposed to the internet", choices=EXPOSURES, required=False
    )

    def __init__(self, *args: Any, groups: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = groups or []
        if self.groups:
            self.fields["group"].widget.attrs["list"] = "groups"


class RuleForm(LabelsForm):
    """One rule: what it matches, and what it sets there."""

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=LONGEST_PATTERNS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=f"pay-*; billing-??. {SEVERAL}",
    )
    hostname = forms.CharField(label="Host name", required=False, max_length=2_000)
    tag = forms.CharField(
        label="Tag", required=False, max_length=2_000, help_text="team=payments or pci"
    )
    kind = forms.CharField(
        label="Kind",
        required=False,
        max_length=200,
        help_text=", ".join(kind.value for kind in AssetKind),
    )
    os = forms.CharField(
        label="Operating system",
        required=False,
        max_length=200,
        help_text="windows, macos, linux, ios, android, chromeos",
    )
    source = forms.CharField(label="Known from", required=False, max_length=500)
    repository = forms.CharField(
        label="Repository or image",
        required=False,
        max_length=2_000,
        help_text="Its path, such as acme/payments-*",
    )
    note = forms.CharField(label="Note", required=False, max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = (
        "name",
        "hostname",
        "tag",
        "kind",
        "os",
        "source",
        "repository",
        "group",
        "owner",
        "criticality",
        "internet_exposed",
        "note",
    )

    def clean(self) -> dict[str, Any]:
        """The rule itself, kept as ``rule``."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.rule: Rule = parse_rule({k: str(v or "") for k, v in cleaned.items()})
            except RuleError as error:
                raise forms.ValidationError(f"{error.what}: {error.remedy}.") from None
        return cleaned


class RuleFileForm(forms.Form):
    """A CSV of rules."""

    file = forms.FileField(label="CSV file", help_text="As exported here, one row a rule.")
    replacing = forms.BooleanField(
        label="Put them in the place of the rules there are", required=False
    )

    def clean_file(self) -> str:
        """The file's text."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("That file is too large to be a list of rules.")
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError("That file is not text in UTF-8.") from None
