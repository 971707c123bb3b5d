"""Every read of measures: snapshots as frozen views, and the facts behind them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import models

from protem.comply.queries import certificate_facts
from protem.kit.weeks import week_of
from protem.ledger.cuts import WHOLE, By, assets_of, parse_cut
from protem.ledger.definition import Definition
from protem.ledger.facts import Facts
from protem.ledger.frames.queries import load_facts
from protem.measure.definitions import Change, changed, completed, touched
from protem.measure.metric import METRICS, Breakdown, Reading, Table
from protem.measure.models import Annotation, DefinitionVersion, Snapshot, Target
from protem.risks.overlay import overlay
from protem.risks.queries import decisions_frame


class SnapshotView(msgspec.Struct, frozen=True, kw_only=True):
    """One metric as of the end of one week; ``reading`` is everything told of it."""

    metric: str
    cut: str
    """The part of the company, such as ``group:Payments``; empty: all of it."""
    title: str
    week: date
    is_higher_better: bool
    target: float | None
    meets_target: bool | None
    """None where there is no value or no target."""
    reading: Reading


class OldReading(msgspec.Struct, frozen=True, kw_only=True):
    """A reading under a definition that no longer holds."""

    value: float | None
    unit: str
    verdict: str
    as_of: datetime


class DefinitionView(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the definition: who, when, why and what."""

    id: int
    since: date
    by: str
    why: str
    made_at: datetime | None
    changes: list[Change]
    metrics: list[str]
    """Those it touches."""
    readings: dict[str, OldReading]
    """What they read under the definition before it."""


class TargetView(msgspec.Struct, frozen=True, kw_only=True):
    """One target as it was set."""

    id: int
    metric: str
    value: float
    since: date
    by: str
    why: str
    made_at: datetime | None


class AnnotationView(msgspec.Struct, frozen=True, kw_only=True):
    """A remark on charts; ``earlier`` are the texts it had before, the oldest first."""

    external_id: str
    metric: str
    """Empty: on all."""
    on: date
    text: str
    by: str
    made_at: datetime | None
    is_removed: bool
    earlier: list[str]


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One week of a metric's chart."""

    week: date
    as_of: datetime
    value: float | None
    low: float | None
    high: float | None
    target: float | None
    verdict: str


def current(as_of: datetime | None = None, *, cut: str = WHOLE) -> list[SnapshotView]:
    """The newest snapshot of each metric as of a moment (None: of all), in their order.

    ``cut`` is the part of the company, such as ``group:Payments``.
    """
    rows = _rows(as_of).filter(cut=cut)
    newest: dict[str, Snapshot] = {}
    for week in rows.order_by("-week").values_list("week", flat=True).distinct()[:1]:
        newest = {row.metric: row for row in rows.filter(week=week)}
    for name in METRICS.names():
        if name not in newest:
            row = rows.filter(metric=name).order_by("-week").first()
            if row is not None:
                newest[name] = row
    return [_view(newest[name]) for name in METRICS.names() if name in newest]


def of_cuts(by: By, as_of: datetime | None = None) -> list[SnapshotView]:
    """Every metric of every cut told apart in one way, of the newest week that has any."""
    rows = _rows(as_of).filter(cut__startswith=f"{by.value}:")
    newest = rows.order_by("-week").values("week")[:1]
    return [_view(row) for row in rows.filter(week=newest).order_by("metric", "cut")]


def _rows(as_of: datetime | None) -> "models.QuerySet[Snapshot]":
    rows = Snapshot.objects.filter(metric__in=METRICS.names())
    return rows if as_of is None else rows.filter(as_of__lte=as_of)


def history(
    metric: str, until: date | None = None, weeks: int = 52, *, cut: str = WHOLE
) -> list[Point]:
    """Up to so many weeks of one metric that end by ``until``'s week, oldest first."""
    rows = Snapshot.objects.filter(metric=metric, cut=cut)
    if until is not None:
        rows = rows.filter(week__lte=week_of(until))
    fields = ("week", "as_of", "value", "low", "high", "target", "verdict")
    newest = rows.order_by("-week").values(*fields)[:weeks]
    return [Point(**row) for row in reversed(newest)]


def facts() -> Facts:
    """What metrics are computed from: ledger, decisions, certificates, targets, definition."""
    targets: dict[str, list[tuple[date, float]]] = defaultdict(list)
    for metric, since, value in Target.objects.order_by("since", "id").values_list(
        "metric", "since", "value"
    ):
        targets[metric].append((since, value))
    ledger = load_facts()
    return replace(
        ledger,
        episodes=overlay(ledger.episodes, decisions_frame()),
        certificates=certificate_facts(),
        targets=dict(targets),
        definition=definition_in_force(),
    )


def definition_in_force() -> Definition:
    """The newest definition, or the one that Protem comes with; parts it lacks are default."""
    values = DefinitionVersion.objects.order_by("-pk").values_list("values", flat=True).first()
    return _definition(values or {})


def definition_history() -> list[DefinitionView]:
    """Every change of the definition, the newest first."""
    return [_definition_view(row) for row in DefinitionVersion.objects.order_by("-pk")]


def target_history(metric: str | None = None) -> list[TargetView]:
    """Every target set, the newest day first; of one metric or of all."""
    rows = Target.objects.order_by("-since", "-pk")
    if metric is not None:
        rows = rows.filter(metric=metric)
    return [
        TargetView(
            id=row.pk, metric=row.metric, value=row.value, since=row.since,
            by=row.by, why=row.why, made_at=row.made_at,
        )
        for row in rows
    ]  # fmt: skip


def annotations(metric: str | None = None) -> list[AnnotationView]:
    """The remarks in force by day, the oldest first: of one metric's chart, or all."""
    return [view for view in annotation_history(metric) if not view.is_removed]


def annotation_history(metric: str | None = None) -> list[AnnotationView]:
    """Each remark as it stands now, removed ones too, with the versions it replaced."""
    versions: dict[str, list[Annotation]] = defaultdict(list)
    for row in Annotation.objects.order_by("pk"):
        versions[row.external_id].append(row)
    views = [_annotation_view(rows) for rows in versions.values()]
    shown = [view for view in views if metric is None or view.metric in ("", metric)]
    return sorted(shown, key=lambda view: (view.on, view.external_id))


def tables(metric: str, as_of: datetime, *, cut: str = WHOLE) -> list[Table]:
    """The lists behind one metric as of a moment, computed from the facts of the cut."""
    return METRICS.get(metric).tables(_facts_of(cut), as_of)


def behind(view: SnapshotView) -> tuple[list[Table], list[Breakdown]]:
    """The lists behind a snapshot and why it had moved, worked out from the facts."""
    metric, known, as_of = METRICS.get(view.metric), _facts_of(view.cut), view.reading.as_of
    found = kept_breakdowns(view)
    return metric.tables(known, as_of), (
        metric.explain(known, as_of) if found is None else found
    )


def breakdowns(view: SnapshotView) -> list[Breakdown]:
    """Why a metric had moved as of a snapshot, worked out from the facts unless it is kept."""
    found = kept_breakdowns(view)
    if found is None:
        found = METRICS.get(view.metric).explain(_facts_of(view.cut), view.reading.as_of)
    return found


def kept_breakdowns(view: SnapshotView) -> list[Breakdown] | None:
    """The same as kept with the newest week of the whole; None where it is not."""
    if view.reading.value is None:
        return []
    later = Snapshot.objects.filter(metric=view.metric, cut=WHOLE, week__gt=view.week)
    return None if view.cut != WHOLE or later.exists() else view.reading.breakdowns


def _facts_of(cut: str) -> Facts:
    known = facts()
    return known if cut == WHOLE else known.only(assets_of(known.assets, parse_cut(cut)))


def _definition(values: Mapping[str, Any]) -> Definition:
    return Definition(**completed(values))


def _definition_view(row: DefinitionVersion) -> DefinitionView:
    changes = changed(_definition(row.before), _definition(row.values))
    return DefinitionView(
        id=row.pk,
        since=row.since,
        by=row.by,
        why=row.why,
        made_at=row.made_at,
        changes=changes,
        metrics=touched(changes),
        readings=msgspec.convert(row.readings, dict[str, OldReading]),
    )


def _annotation_view(rows: Sequence[Annotation]) -> AnnotationView:
    now = rows[-1]
    told = [f"{row.text} ({row.since})" for row in rows[:-1]]
    return AnnotationView(
        external_id=now.external_id,
        metric=now.metric,
        on=now.since,
        text=now.text,
        by=now.by,
        made_at=now.made_at,
        is_removed=now.is_removed,
        earlier=[one for one in dict.fromkeys(told) if one != f"{now.text} ({now.since})"],
    )


def _view(row: Snapshot) -> SnapshotView:
    metric = METRICS.get(row.metric)
    reading = msgspec.convert(row.detail, Reading)
    meets = None
    if reading.value is not None and row.target is not None:
        is_above = reading.value >= row.target
        meets = is_above if metric.is_higher_better else reading.value <= row.target
    return SnapshotView(
        metric=row.metric,
        cut=row.cut,
        title=metric.title,
        week=row.week,
        is_higher_better=metric.is_higher_better,
        target=row.target,
        meets_target=meets,
        reading=reading,
    )
