"""The sources with their freshness, and the formats that can be read."""

from dataclasses import dataclass
from datetime import datetime

from protem.formats.format import FORMATS
from protem.handoff.signal import SIGNALS
from protem.measure.kept import queries as kept
from protem.measure.metric import METRICS
from protem.sources import queries as sources
from protem.ui.tables import Column
from protem.ui.wording import verdict_badge
from protem.web import freshness

COLUMNS = (
    Column(key="tool", label="Source"),
    Column(key="state", label="State"),
    Column(key="newest_at", label="Newest report"),
    Column(key="age_days", label="Days ago", is_numeric=True),
    Column(key="usual_days", label="Usual days between", is_numeric=True),
    Column(key="scopes", label="Scopes", is_numeric=True, hint="What it looks at: targets"),
)
FORMAT_COLUMNS = (
    Column(key="title", label="Export"),
    Column(key="example", label="How to get it"),
    Column(key="feeds", label="What it feeds"),
    Column(key="imports", label="Imports", is_numeric=True),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRow:
    """One source."""

    tool: str
    state: str
    newest_at: datetime | None
    age_days: int | None
    usual_days: float | None
    scopes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FormatRow:
    """One format that can be read."""

    title: str
    example: str
    feeds: str
    imports: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcePage:
    """Everything the page shows."""

    summary: str
    rows: list[SourceRow]
    formats: list[FormatRow]
    columns = COLUMNS
    format_columns = FORMAT_COLUMNS


def source_page(as_of: datetime) -> SourcePage:
    """The sources as of now."""
    found = kept.freshness()
    lines = freshness.of_ledger(found, as_of)
    counts = sources.counts_by_format()
    titles = {one.name: one.title for one in (*METRICS, *SIGNALS)}
    return SourcePage(
        summary=freshness.summary(lines),
        rows=[
            SourceRow(
                tool=line.tool,
                state="fresh" if line.is_fresh else verdict_badge("stale"),
                newest_at=line.newest_at,
                age_days=None if line.age_days is None else int(line.age_days),
                usual_days=line.usual_days,
                scopes=one.scopes,
            )
            for line, one in zip(lines, found, strict=True)
        ],
        formats=[
            FormatRow(
                title=form.title,
                example=form.example,
                feeds=", ".join(titles.get(fed, fed) for fed in form.feeds),
                imports=counts.get(form.name, 0),
            )
            for form in FORMATS
        ],
    )
