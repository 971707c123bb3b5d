"""Why a metric moved, as its page shows it: one sentence, one small table for each way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from protem.measure.breakdown import signed
from protem.measure.metric import Breakdown, Contribution
from protem.ui.tables import Column

MOST_ROWS = 6
"""So many parts have a row of their own; the rest share one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """One way to take the change apart; the rows add up to the last of them."""

    sentence: str
    caption: str
    columns: list[Column]
    rows: list[dict[str, Any]]


def whys(breakdowns: Sequence[Breakdown]) -> list[Why]:
    """Every way, in the order given."""
    return [_why(one) for one in breakdowns]


def _why(one: Breakdown) -> Why:
    top = one.parts if len(one.parts) <= MOST_ROWS else one.parts[: MOST_ROWS - 1]
    rows = [_row(part.name, [part], one.unit) for part in top]
    if rest := one.parts[len(top) :]:
        rows.append(_row(f"{len(rest)} more", rest, one.unit))
    return Why(
        sentence=one.sentence,
        caption=f"What moved it, by {one.label.lower()}",
        columns=[
            Column(key="name", label=one.label),
            Column(key="change", label="Adds", is_numeric=True,
                   hint="What it adds to the change; the rows add up to the whole."),
            Column(key="own", label="Itself", is_numeric=True,
                   hint="By having become better or worse itself."),
            Column(key="mix", label="By its size", is_numeric=True,
                   hint="By being more or less of the whole than before."),
            Column(key="size", label=one.counted.capitalize(), is_numeric=True,
                   hint="How many were measured in the quarter before, and in this one."),
        ],
        rows=[*rows, _row("The whole change", one.parts, one.unit)],
    )  # fmt: skip


def _row(name: str, parts: Sequence[Contribution], unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "change": signed(sum(part.change for part in parts), unit),
        "own": signed(sum(part.own for part in parts), unit),
        "mix": signed(sum(part.mix for part in parts), unit),
        "size": f"{sum(part.was for part in parts):,} → {sum(part.now for part in parts):,}",
    }
