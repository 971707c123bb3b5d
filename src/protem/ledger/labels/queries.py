"""Every read of the rules: the list with what each does, its history, why an asset has what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from protem.ledger.labels.models import AssetRule, RuleChange
from protem.ledger.reconcile import labelling
from protem.ledger.rulebook import from_row
from protem.ledger.rules import Label, Rule, apply, explanation


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleRow:
    """One rule with its number, how many assets it matches and on how many it decides."""

    number: int
    rule: Rule
    matches: int
    decides: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a rule would do: how many assets it matches, and how many change by it."""

    matches: int
    changes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeRow:
    """One act upon the rules; its version is the rules as they were after it."""

    version: int
    at: datetime
    by: str
    what: str


def current_version() -> int:
    """The newest version of the rules, 0 before there is any."""
    return RuleChange.objects.aggregate(newest=Max("pk"))["newest"] or 0


def rules() -> list[RuleRow]:
    """The rules in force, in order, with what each did when the assets were labelled last."""
    rows = AssetRule.objects.filter(until=None).order_by("position", "id")
    return [
        RuleRow(
            number=number,
            rule=from_row(row),
            matches=row.matches or 0,
            decides=row.decides or 0,
        )
        for number, row in enumerate(rows, 1)
    ]


def rules_at(version: int) -> list[Rule]:
    """The rules of a past version, in order."""
    return [from_row(row) for row in labelling.rules_as_of(version)]


def preview(rules: Sequence[Rule], number: int) -> Preview:
    """What rule ``number`` among these would do if they were the rules in force."""
    labelled, changes = labelling.preview(rules)
    return Preview(matches=int(labelled.matched[number - 1].sum()), changes=changes)


def history(limit: int = 50) -> list[ChangeRow]:
    """Who changed the rules when, the newest first."""
    return [_change_row(row) for row in RuleChange.objects.order_by("-pk")[:limit]]


def change(version: int) -> ChangeRow | None:
    """The act that made a version; None if there is no such version."""
    row = RuleChange.objects.filter(pk=version).first()
    return _change_row(row) if row else None


def _change_row(row: RuleChange) -> ChangeRow:
    return ChangeRow(version=row.pk, at=row.at, by=row.by, what=row.what)


def explanations(asset_ids: Sequence[int]) -> dict[int, dict[Label, str]]:
    """Why each of these assets has the labels that rules give it, by asset and label."""
    found = labelling.current_rules()
    if not found:
        return {}
    labelled = apply(found, asset_ids, labelling.words_of(sorted(asset_ids)))
    return {
        asset_id: {
            label: explanation(label, found, int(column[at]))
            for label, column in labelled.decided_by.items()
            if column[at] >= 0
        }
        for at, asset_id in enumerate(labelled.ids.tolist())
    }
