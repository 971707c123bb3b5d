"""What a report is made of: sections of blocks, with no word of how they are drawn."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from protem.ui.charts import Chart


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A line of prose; ``is_lead`` for the one everything else explains."""

    text: str
    is_lead: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """One number with its verdict, target and a year of history."""

    title: str
    value: str
    verdict: str
    target: str
    sentence: str
    history: tuple[float | None, ...]
    """A year of weekly values, oldest first."""
    aim: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A large chart; its notes are told below it by their numbers."""

    chart: Chart


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """A small table."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = ""


Block: TypeAlias = Sentence | Number | Figure | Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of a report."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A whole one-page report."""

    title: str
    company: str
    as_of: datetime | None
    sections: tuple[Section, ...]
    footer: str
