"""The rules as an ordered list: edits of it, and its forms in storage and in CSV."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from protem.ledger.rules import Condition, Criticality, On, Rule, RuleError, check

Rules = Sequence[Rule]

COLUMNS = (
    *(on.value for on in On),
    "group",
    "criticality",
    "owner",
    "internet_exposed",
    "enabled",
    "note",
)
"""The columns of the CSV, one row a rule, in order; several patterns are parted by ``;``."""
LONGEST = 200
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


class Stored(Protocol):
    """The part of a stored row that is the rule itself."""

    conditions: Any
    group: str | None
    criticality: str | None
    owner: str | None
    is_internet_exposed: bool | None
    is_enabled: bool
    note: str


def from_row(row: Stored) -> Rule:
    """The rule that a stored row holds."""
    return Rule(
        conditions=tuple(
            Condition(on=On(one["on"]), patterns=tuple(one["patterns"]))
            for one in row.conditions
        ),
        group=row.group,
        criticality=None if row.criticality is None else Criticality(row.criticality),
        owner=row.owner,
        is_internet_exposed=row.is_internet_exposed,
        is_enabled=row.is_enabled,
        note=row.note,
    )


def to_row(rule: Rule) -> dict[str, Any]:
    """The fields of a stored row for a rule."""
    return {
        "conditions": [
            {"on": one.on.value, "patterns": list(one.patterns)} for one in rule.conditions
        ],
        "group": rule.group,
        "criticality": rule.criticality and rule.criticality.value,
        "owner": rule.owner,
        "is_internet_exposed": rule.is_internet_exposed,
        "is_enabled": rule.is_enabled,
        "note": rule.note,
    }


def with_rule(rules: Rules, number: int, rule: Rule) -> list[Rule]:
    """With ``rule`` in place of rule ``number``; numbers start at 1."""
    _at(rules, number)
    return [*rules[: number - 1], rule, *rules[number:]]


def without(rules: Rules, number: int) -> list[Rule]:
    """Without rule ``number``."""
    _at(rules, number)
    return [*rules[: number - 1], *rules[number:]]


def moved(rules: Rules, number: int, to: int) -> list[Rule]:
    """With rule ``number`` at place ``to``, which is brought within the list."""
    rule = _at(rules, number)
    rest = without(rules, number)
    place = min(max(to, 1), len(rules)) - 1
    return [*rest[:place], rule, *rest[place:]]


def switched(rules: Rules, number: int, *, is_enabled: bool) -> list[Rule]:
    """With rule ``number`` on or off."""
    return with_rule(rules, number, replace(_at(rules, number), is_enabled=is_enabled))


def _at(rules: Rules, number: int) -> Rule:
    if not 1 <= number <= len(rules):
        raise RuleError(
            f"there is no rule {number}", remedy=f"there are {len(rules)}; look at the list"
        )
    return rules[number - 1]


def patterns_of(text: str) -> tuple[str, ...]:
    r"""Patterns parted by ``;`` or line breaks; ``\;`` stands for a semicolon."""
    parts = re.split(r"(?<!\\)[;\n]", text)
    return tuple(part.strip().replace("\\;", ";") for part in parts if part.strip())


def text_of(patterns: Sequence[str]) -> str:
    """The reverse of ``patterns_of``."""
    return "; ".join(pattern.replace(";", "\\;") for pattern in patterns)


def to_csv_rows(rules: Rules) -> list[list[str]]:
    """Each rule as a row of ``COLUMNS``."""
    return [_csv_row(rule) for rule in rules]


def from_csv(text: str) -> list[Rule]:
    """The rules of a CSV; raises ``RuleError`` that names the row."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    known = [name.strip().lower() for name in reader.fieldnames or []]
    if unknown := sorted(set(known) - set(COLUMNS)):
        raise RuleError(
            f"unknown column “{unknown[0]}”",
            where="first row",
            remedy=f"the columns are {', '.join(COLUMNS)}",
        )
    rules = []
    try:
        for row in reader:
            named = {str(k).strip().lower(): _cell(v) for k, v in row.items()}
            if any(named.values()):
                rules.append(_parsed(named, where=f"row {reader.line_num}"))
    except csv.Error as error:
        raise RuleError(
            f"not a CSV: {error}",
            where=f"row {reader.line_num}",
            remedy="export one to see how",
        ) from None
    if not rules:
        raise RuleError("no rule in the file", remedy=f"the columns are {', '.join(COLUMNS)}")
    return rules


def parse_rule(fields: Mapping[str, str]) -> Rule:
    """The rule that texts by the names of ``COLUMNS`` state; raises ``RuleError``."""
    criticality = fields.get("criticality", "").strip().lower()
    if criticality and criticality not in set(Criticality):
        raise RuleError(
            f"“{criticality[:40]}” is no criticality",
            remedy=f"choose from: {', '.join(Criticality)}",
        )
    conditions = (
        Condition(on=on, patterns=patterns)
        for on in On
        if (patterns := patterns_of(fields.get(on.value, "")))
    )
    rule = Rule(
        conditions=tuple(conditions),
        group=fields.get("group", "").strip()[:LONGEST] or None,
        criticality=Criticality(criticality) if criticality else None,
        owner=fields.get("owner", "").strip()[:LONGEST] or None,
        is_internet_exposed=_flag(fields.get("internet_exposed", ""), "internet_exposed"),
        is_enabled=_flag(fields.get("enabled", ""), "enabled") is not False,
        note=fields.get("note", "").strip()[:300],
    )
    check(rule)
    return rule


def _parsed(fields: Mapping[str, str], *, where: str) -> Rule:
    try:
        return parse_rule(fields)
    except RuleError as error:
        raise RuleError(error.what, where=where, remedy=error.remedy) from None


def _csv_row(rule: Rule) -> list[str]:
    patterns = {one.on: text_of(one.patterns) for one in rule.conditions}
    exposed = {None: "", True: "yes", False: "no"}[rule.is_internet_exposed]
    return [
        *(patterns.get(on, "") for on in On),
        rule.group or "",
        rule.criticality or "",
        rule.owner or "",
        exposed,
        "yes" if rule.is_enabled else "no",
        rule.note,
    ]


def _cell(value: object) -> str:
    """A cell's text, without the apostrophe that keeps spreadsheets from running it."""
    text = value if isinstance(value, str) else ""
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def _flag(text: str, column: str) -> bool | None:
    said = text.strip().lower()
    if not said:
        return None
    if said in (*_YES, *_NO):
        return said in _YES
    raise RuleError(
        f"“{said[:40]}” is neither yes nor no", where=column, remedy="write yes or no"
    )
