"""What the world says of vulnerabilities, as frames: exploited ones, and EPSS scores."""

import io
from collections.abc import Sequence
from typing import Any

import polars as pl

from protem.formats.records import ExploitScore
from protem.ledger.facts import INSTANT

EXPLOITED: dict[str, Any] = {
    "vulnerability": pl.String,
    "added_on": pl.Date,
    "due_on": pl.Date,
    "name": pl.String,
    "is_ransomware": pl.Boolean,
}
"""One row an entry of the newest catalogue."""

SCORES: dict[str, Any] = {
    "vulnerability": pl.String,
    "probability": pl.Float32,
    "percentile": pl.Float32,
}
"""One row a vulnerability: how likely it is exploited within 30 days, and the share of all
that are no likelier."""


def with_exploited(episodes: pl.DataFrame, exploited: pl.DataFrame) -> pl.DataFrame:
    """Episodes of listed vulnerabilities as known to be exploited since that day."""
    if exploited.is_empty():
        return episodes
    listed = exploited.group_by("vulnerability").agg(
        listed_at=pl.col("added_on").min().cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
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


def pack(scores: Sequence[ExploitScore]) -> bytes:
    """Scores as a compressed table of ``SCORES``; of a name given twice the last counts."""
    by_name = {score.vulnerability: score for score in scores}
    frame = pl.DataFrame(
        {
            "vulnerability": list(by_name),
            "probability": [score.probability for score in by_name.values()],
            "percentile": [score.percentile for score in by_name.values()],
        },
        schema=SCORES,
    )
    buffer = io.BytesIO()
    frame.sort("vulnerability").write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def unpack(packed: bytes) -> pl.DataFrame:
    """The frame of ``SCORES`` that was packed."""
    return pl.read_parquet(io.BytesIO(packed))
