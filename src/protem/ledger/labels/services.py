"""Every write to the rules; each labels the assets anew and leaves the version before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from protem.ledger import rulebook
from protem.ledger.cuts import Cut, moved_cuts
from protem.ledger.labels.models import AssetRule, RuleChange
from protem.ledger.reconcile import labelling
from protem.ledger.rules import Condition, On, Rule, RuleError, check, exactly
from protem.people.access import OPERATOR, Act, Actor, authorise

MOST_RULES = 1_000
Edit = Callable[[list[Rule]], list[Rule]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What a change of the rules did: the new version, and what is to be measured anew."""

    version: int
    previous: int
    """The version before it, to go back to; 0 is that of no rules."""
    labelled: int
    """How many assets are labelled otherwise now."""
    moved: frozenset[Cut]


@dataclass(frozen=True, kw_only=True, slots=True)
class Edited:
    """Who edits the rules when; ``version`` is the one they looked at, None for any."""

    by: Actor
    at: datetime
    version: int | None = None


def add_rule(edited: Edited, rule: Rule, *, place: int | None = None) -> Changed:
    """Add a rule as number ``place``, at the end without."""
    check(rule)

    def edit(rules: list[Rule]) -> list[Rule]:
        number = len(rules) + 1
        return rulebook.moved([*rules, rule], number, place or number)

    return _change(edited, f"added: {rule.condition_text()}", edit)


def edit_rule(edited: Edited, number: int, rule: Rule) -> Changed:
    """Put ``rule`` in place of rule ``number``."""
    check(rule)
    return _change(
        edited, f"edited rule {number}", lambda rules: rulebook.with_rule(rules, number, rule)
    )


def remove_rule(edited: Edited, number: int) -> Changed:
    """Take rule ``number`` out."""
    what = f"removed rule {number}"
    return _change(edited, what, lambda rules: rulebook.without(rules, number))


def move_rule(edited: Edited, number: int, *, to: int) -> Changed:
    """Put rule ``number`` at place ``to``."""
    what = f"moved rule {number} to place {to}"
    return _change(edited, what, lambda rules: rulebook.moved(rules, number, to))


def switch_rule(edited: Edited, number: int, *, is_enabled: bool) -> Changed:
    """Switch rule ``number`` on or off."""
    what = f"switched rule {number} {'on' if is_enabled else 'off'}"
    return _change(
        edited, what, lambda rules: rulebook.switched(rules, number, is_enabled=is_enabled)
    )


def import_rules(edited: Edited, rules: Sequence[Rule], *, replacing: bool) -> Changed:
    """Add these rules below those there are, or put them in their place."""
    for rule in rules:
        check(rule)
    what = f"imported {len(rules)} rules" + (", replacing all" if replacing else "")
    return _change(edited, what, lambda old: [*([] if replacing else old), *rules])


def label_named(edited: Edited, asset_ids: Sequence[int], labels: Rule) -> Changed:
    """Give these assets the labels that ``labels`` sets, by a first rule on their names."""
    names = labelling.names_of(asset_ids)
    if not names:
        raise RuleError("no asset was chosen", remedy="choose some in the list")
    patterns = tuple(exactly(name) for name in names)
    rule = replace(labels, conditions=(Condition(on=On.NAME, patterns=patterns),))
    check(rule)
    what = f"{rule.effect_text()} for {len(names)} chosen by name"
    return _change(edited, what, lambda rules: [rule, *rules])


def restore_version(edited: Edited, version: int) -> Changed:
    """Make the rules again what they were as of a version; 0 is none at all."""
    if version and not RuleChange.objects.filter(pk=version).exists():
        raise RuleError(f"there is no version {version}", remedy="look at the history")
    before = [rulebook.from_row(row) for row in labelling.rules_as_of(version)]
    return _change(edited, f"went back to version {version}", lambda _rules: before)


def forget_rules(edited: Edited, rules: Sequence[Rule]) -> Changed | None:
    """Take out the rules if they are still these, as when the demo company goes."""
    if not rules or labelling.current_rules() != list(rules):
        return None
    return _change(edited, f"removed the {len(rules)} rules of the demo", lambda _rules: [])


def undo_change(edited: Edited) -> Changed:
    """Take back the newest change: the rules become those of the version before it."""
    versions = RuleChange.objects.order_by("-pk").values_list("pk", flat=True)[:2]
    if not versions:
        raise RuleError("there is no change to take back", remedy="add a rule first")
    before = versions[1] if len(versions) > 1 else 0
    rules = [rulebook.from_row(row) for row in labelling.rules_as_of(before)]
    return _change(edited, f"took back version {versions[0]}", lambda _rules: rules)


@transaction.atomic
def _change(edited: Edited, what: str, edit: Edit) -> Changed:
    authorise(edited.by, Act.EDIT_RULES)
    newest = RuleChange.objects.select_for_update().order_by("-pk").first()
    previous = newest.pk if newest else 0
    if edited.version is not None and edited.version != previous:
        raise RuleError(
            "someone changed the rules in the meantime", remedy="look at them and try again"
        )
    rules = edit(labelling.current_rules())
    if len(rules) > MOST_RULES:
        raise RuleError(
            f"more than {MOST_RULES:,} rules", remedy="join some: a rule takes many names"
        )
    change = RuleChange.objects.create(at=edited.at, by=_who(edited.by), what=what[:300])
    _store(rules, change)
    before = labelling.memberships()
    labelled = labelling.label_assets()
    moved = moved_cuts(before, labelling.memberships())
    return Changed(
        version=change.pk, previous=previous, labelled=labelled, moved=frozenset(moved)
    )


def _store(rules: Sequence[Rule], change: RuleChange) -> None:
    """End the rows that are not so any more, and begin those that are new."""
    wanted = dict(enumerate(rules, 1))
    ended = []
    for row in AssetRule.objects.filter(until=None):
        if wanted.get(row.position) == rulebook.from_row(row):
            del wanted[row.position]
        else:
            ended.append(row.pk)
    AssetRule.objects.filter(pk__in=ended).update(until=change)
    AssetRule.objects.bulk_create(
        AssetRule(position=position, since=change, **rulebook.to_row(rule))
        for position, rule in wanted.items()
    )


def _who(by: Actor) -> str:
    return "the command line" if by is OPERATOR else str(by)[:200]
