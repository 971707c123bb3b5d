"""What the world says of vulnerabilities, as frames: exploited ones, and EPSS scores."""

import io
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
import polars as pl

from protem.formats.advisories import ExploitScore, KnownExploited
from protem.ledger.facts import INSTANT


class Kind(StrEnum):
    """What a catalogue lists."""

    EXPLOITED = "exploited"
    SCORES = "scores"


EXPLOITED: dict[str, Any] = {
    "vulnerability": pl.String,
    "added_on": pl.Date,
    "due_on": pl.Date,
    "name": pl.String,
    "is_ransomware": pl.Boolean,
}
"""One row a vulnerability that is known to be exploited."""

SCORES: dict[str, Any] = {
    "vulnerability": pl.String,
    "probability": pl.Float64,
    "percentile": pl.Float64,
}
"""One row a vulnerability: how likely it is exploited within 30 days, and the share of all
that are no likelier."""

COLUMNS = {Kind.EXPLOITED: EXPLOITED, Kind.SCORES: SCORES}


def with_exploited(episodes: pl.DataFrame, exploited: pl.DataFrame) -> pl.DataFrame:
    """Episodes of listed vulnerabilities as known to be exploited since that day."""
    if exploited.is_empty():
        return episodes
    listed = exploited.select(
        "vulnerability",
        listed_at=pl.col("added_on").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
    )
    is_listed = pl.col("listed_at").is_not_null()
    return (
        episodes.join(listed, on="vulnerability", how="left", maintain_order="left")
        .with_columns(
            is_exploited=pl.when(is_listed).then(statement=True).otherwise("is_exploited"),
            exploited_at=pl.col("listed_at").cast(INSTANT),
        )
        .select(episodes.columns)
    )


def frame_of(
    kind: Kind, entries: Sequence[KnownExploited] | Sequence[ExploitScore]
) -> pl.DataFrame:
    """Entries as a frame; of a vulnerability listed twice the last counts."""
    by_name = {entry.vulnerability: msgspec.structs.asdict(entry) for entry in entries}
    return pl.DataFrame(list(by_name.values()), schema=COLUMNS[kind]).sort("vulnerability")


def pack(frame: pl.DataFrame) -> bytes:
    """A frame, compressed."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def unpack(packed: bytes) -> pl.DataFrame:
    """The frame that was packed."""
    return pl.read_parquet(io.BytesIO(packed))
