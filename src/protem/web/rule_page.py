"""The rules on groups, criticality and owners as their page shows them."""

from dataclasses import dataclass

from django.utils.functional import cached_property

from protem.ledger.labels import queries as rules
from protem.ledger.labels.queries import ChangeRow, RuleRow
from protem.ledger.rulebook import COLUMNS, to_csv_rows
from protem.ledger.rules import Rule
from protem.web.errors import NoSuchThingError


@dataclass(frozen=True, kw_only=True)
class RulePage:
    """The rules in force with what each does, and who changed them when."""

    rules: list[RuleRow]
    history: list[ChangeRow]
    version: int

    @cached_property
    def last(self) -> int:
        """The number of the last rule."""
        return len(self.rules)


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionPage:
    """The rules of a past version."""

    change: ChangeRow
    rules: list[Rule]
    is_current: bool


def rule_page() -> RulePage:
    """The rules as they stand."""
    history = rules.history()
    return RulePage(
        rules=rules.rules(), history=history, version=history[0].version if history else 0
    )


def version_page(version: int) -> VersionPage:
    """A past version; raises ``NoSuchThingError``."""
    change = rules.change(version)
    if change is None:
        raise NoSuchThingError(f"there is no version {version} of the rules")
    return VersionPage(
        change=change,
        rules=rules.rules_at(version),
        is_current=version == rules.current_version(),
    )


def fields_of(rule: Rule) -> dict[str, str]:
    """A rule as the texts of a form."""
    return dict(zip(COLUMNS, to_csv_rows([rule])[0], strict=True))
