"""Filters of the lists behind a number, taken from the address: words, and values to choose.

``q`` is looked for in every cell; ``f.owner=payments`` keeps the rows whose owner is that. A
column can be chosen from when it holds few values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from protem.measure.metric import Table

WORDS = "q"
CHOICE = "f."
MOST_VALUES = 30
"""A column with more values is searched, not chosen from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facet:
    """A column to choose from: the name of its parameter, its values, the one in force."""

    parameter: str
    label: str
    values: list[str]
    chosen: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """What the address asks for."""

    words: str
    choices: Mapping[str, str]
    """Value by column name."""

    @property
    def is_on(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.words or self.choices)

    @property
    def told(self) -> str:
        """What is filtered, in words; empty when nothing is."""
        parts = [f"{name} = {value}" for name, value in self.choices.items()]
        return ", ".join([f"“{self.words}”", *parts] if self.words else parts)


def filters_of(query: QueryDict) -> Filters:
    """The filters in an address."""
    choices = {
        name.removeprefix(CHOICE): str(query[name])
        for name in query
        if name.startswith(CHOICE) and query[name]
    }
    return Filters(words=" ".join(query.get(WORDS, "").split()), choices=choices)


def facets(tables: Iterable[Table], filters: Filters) -> list[Facet]:
    """What can be chosen from, over all lists of a page, in the order of their columns."""
    labels: dict[str, str] = {}
    values: dict[str, set[str]] = {}
    for table in tables:
        for column in table.columns:
            if not column.is_number and column.name != table.columns[0].name:
                found = {row[column.name] for row in table.rows}
                labels.setdefault(column.name, column.label)
                values.setdefault(column.name, set()).update(_words(found))
    return [
        Facet(
            parameter=f"{CHOICE}{name}",
            label=label,
            values=sorted(values[name], key=str.casefold),
            chosen=filters.choices.get(name, ""),
        )
        for name, label in labels.items()
        if 1 < len(values[name]) <= MOST_VALUES or name in filters.choices
    ]


def narrowed(table: Table, filters: Filters) -> list[dict[str, Any]]:
    """The rows of a list that the filters keep; a list without the column keeps none."""
    wanted = [word.casefold() for word in filters.words.split()]
    return [
        row
        for row in table.rows
        if all(str(row.get(name) or "") == value for name, value in filters.choices.items())
        and _holds(row.values(), wanted)
    ]


def _holds(cells: Iterable[Any], wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    text = " ".join(str(cell) for cell in cells if cell is not None).casefold()
    return all(word in text for word in wanted)


def _words(found: Iterable[Any]) -> set[str]:
    """The values that are words: dates and numbers are for sorting."""
    return {value for value in found if isinstance(value, str) and value}
