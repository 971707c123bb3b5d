"""What a decision is about: findings one by one, or a rule that also covers later ones."""

from dataclasses import dataclass, fields

from protem.formats.records import Severity
from protem.kit.errors import ProtemError

NAMES = {
    "vulnerability": "vulnerability",
    "component": "component",
    "asset": "asset",
    "asset_group": "asset group",
    "version": "version",
}


class DecisionError(ProtemError):
    """A decision on findings that cannot be made, changed or undone as things stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """All findings that match every filled field, now and later."""

    vulnerability: str = ""
    component: str = ""
    asset: str = ""
    asset_group: str = ""
    version: str = ""
    severity_at_most: Severity | None = None

    @property
    def words(self) -> str:
        """The rule in words, such as “vulnerability CVE-2026-1 on asset group shop”."""
        said = [
            f"{NAMES[field.name]} {value}"
            for field in fields(self)
            if field.name in NAMES and (value := getattr(self, field.name))
        ]
        if self.severity_at_most is not None:
            said.append(f"severity {self.severity_at_most.name.lower()} or less")
        return ", ".join(said)


def check_rule(rule: Rule) -> None:
    """Raise ``DecisionError`` for a rule that says too little to be meant."""
    if not (rule.vulnerability or rule.component or rule.asset or rule.asset_group):
        raise DecisionError(
            "the rule matches every finding there is",
            remedy="name a vulnerability, component, asset or asset group",
        )
    if rule.severity_at_most is not None and rule.severity_at_most < Severity.INFO:
        raise DecisionError("“unknown” is no severity to stop at", remedy="name another")
