"""Cuts: the part of the company that a number or a list can be limited to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from protem.kit.errors import ProtemError

LEAST_ASSETS = 5
"""A cut with fewer assets than a handful is not measured by the week."""
MOST_CUTS = 40


class CutError(ProtemError):
    """Text that names no cut."""


class By(StrEnum):
    """What assets are told apart by."""

    GROUP = "group"
    CRITICALITY = "criticality"
    OWNER = "owner"
    KIND = "kind"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Cut:
    """The assets with one label, by the labels of today; written ``group:Payments``.

    An empty value is the assets that have none.
    """

    by: By
    value: str

    def __str__(self) -> str:
        return f"{self.by.value}:{self.value}"

    @property
    def label(self) -> str:
        """As a page names it: “Payments”, “no group”."""
        return self.value or f"no {self.by.value}"


WHOLE = ""
"""How the whole company is written where a cut could stand."""


def parse_cut(text: str) -> Cut:
    """The cut written as ``group:Payments``; raises ``CutError``."""
    by, colon, value = text.partition(":")
    by = by.strip().lower()
    if not colon or by not in set(By):
        raise CutError(
            f"“{text[:60]}” is not a cut",
            remedy="write it like group:Payments, criticality:high, owner:NAME or kind:server",
        )
    return Cut(by=By(by), value=value.strip())


def cut_sizes(assets: pl.DataFrame) -> dict[Cut, int]:
    """Every cut there is with its number of assets, from a frame with a column for each."""
    sizes: dict[Cut, int] = {}
    for by in By:
        counted = assets[by.value].fill_null("").value_counts()
        sizes |= {Cut(by=by, value=str(value)): count for value, count in counted.iter_rows()}
    return sizes


def assets_of(assets: pl.DataFrame, cut: Cut) -> list[int]:
    """The ids of the assets of a cut, from the same frame with its ``asset_id``."""
    return assets.filter(pl.col(cut.by.value).fill_null("") == cut.value)["asset_id"].to_list()


def measured_cuts(sizes: Mapping[Cut, int]) -> list[Cut]:
    """Those worth measuring by the week: at least a handful of assets, the largest first."""
    large = [cut for cut, size in sizes.items() if size >= LEAST_ASSETS]
    return sorted(large, key=lambda cut: (-sizes[cut], cut))[:MOST_CUTS]


def moved_cuts(before: pl.DataFrame, after: pl.DataFrame) -> set[Cut]:
    """The cuts that records known both times left or joined.

    Each frame has one row a record: ``record_id`` and a column for each of ``By``.
    """
    both = before.join(after, on="record_id", suffix="_after")
    found: set[Cut] = set()
    for by in By:
        moved = both.filter(pl.col(by.value) != pl.col(f"{by.value}_after"))
        found |= _of(by, moved[by.value]) | _of(by, moved[f"{by.value}_after"])
    return found


def _of(by: By, values: Iterable[str]) -> set[Cut]:
    return {Cut(by=by, value=value) for value in set(values)}
