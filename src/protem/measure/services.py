"""Every write: weekly snapshots, targets, definitions and remarks on charts."""

import math
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, datetime

import msgspec
from django.db import transaction

from protem.kit.errors import ProtemError
from protem.kit.weeks import as_of_week, week_of, weeks_between
from protem.ledger.cuts import WHOLE
from protem.ledger.facts import Facts
from protem.measure.definitions import DefinitionError, changed, redefined, touched
from protem.measure.kept.services import forget_kept, keep_for_pages
from protem.measure.metric import METRICS, Metric, Reading
from protem.measure.models import Annotation, DefinitionVersion, Snapshot, Target
from protem.measure.queries import definition_in_force
from protem.measure.targets import target_on
from protem.people.access import Act, Actor, authorise

BATCH = 200
THREADS = min(4, os.cpu_count() or 1)
LONGEST_REMARK = 200
UPDATED = ["as_of", "value", "low", "high", "unit", "n", "verdict", "target", "detail"]


class TargetError(ProtemError):
    """A target that makes no sense for its metric."""


class AnnotationError(ProtemError):
    """A remark that cannot be made or found."""


def refresh_snapshots(
    facts_loader: Callable[[], Facts],
    *,
    first_week: date,
    last_as_of: datetime,
    progress: Callable[[float], None] | None = None,
) -> int:
    """Compute every metric for each week and keep the snapshots; returns how many.

    What pages show beside them is kept as of the last week.

    Args:
        facts_loader: Loads the facts, once.
        first_week: Any day of the first week.
        last_as_of: The newest moment the facts speak of; its week is the last, as of then.
        progress: Told the share done, 0 to 1, after each week.
    """
    facts = facts_loader()
    weeks = list(weeks_between(first_week, week_of(last_as_of)))
    rows: list[Snapshot] = []
    for done, found in enumerate(_by_week(facts, weeks, last_as_of), start=1):
        rows += found
        if progress is not None:
            progress(done / len(weeks))
    with transaction.atomic():
        keep_for_pages(facts, as_of=last_as_of)
        Snapshot.objects.bulk_create(
            rows,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["metric", "cut", "week"],
            update_fields=UPDATED,
        )
    return len(rows)


def _by_week(
    facts: Facts, weeks: Sequence[date], last_as_of: datetime
) -> Iterator[list[Snapshot]]:
    """The snapshots of each week, the newest first: all others share what it prepares.

    Several threads work on them: most of the work is NumPy's, which lets others run.
    """

    def of_week(week: date) -> list[Snapshot]:
        as_of, is_newest = as_of_week(week, last_as_of), week == weeks[-1]
        return [
            snapshot_of(facts, metric, week=week, as_of=as_of, is_explained=is_newest)
            for metric in METRICS
        ]

    if weeks:
        yield of_week(weeks[-1])
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(of_week, weeks[:-1])


def remove_snapshots_after(*, week: date) -> int:
    """Take out the snapshots of the weeks after that of ``week``; returns how many.

    When none is left, what pages show beside them goes too.
    """
    with transaction.atomic():
        count: int = Snapshot.objects.filter(week__gt=week_of(week)).delete()[0]
        if not Snapshot.objects.exists():
            forget_kept()
        return count


def set_target(
    *,
    by: Actor,
    metric: str,
    value: float,
    since: date,
    why: str = "",
    at: datetime | None = None,
) -> Target:
    """Set a metric's target from a day on; the earlier ones stay as history.

    Raises:
        Refused: The person may not.
        RegistryError: There is no such metric.
        TargetError: The value is not a target that can be met.
    """
    authorise(by, Act.SET_TARGETS)
    wanted = METRICS.get(metric)
    if not 0 <= value < math.inf or (wanted.unit == "%" and value > 100):  # noqa: PLR2004 -- per cent
        raise TargetError(
            f"{value} is not a target for {wanted.title}",
            remedy=f"give a number of {wanted.unit} that can be met",
        )
    with transaction.atomic():
        return Target.objects.create(
            metric=metric, value=value, since=since, by=str(by), why=_line(why), made_at=at
        )


def set_definition(
    *, by: Actor, values: Mapping[str, float], why: str, since: date, at: datetime
) -> DefinitionVersion | None:
    """Define anew how to measure; None when the values are those in force already.

    The whole past is then to be measured anew (``flow.refresh``), so that all weeks are of one
    definition; the version keeps the newest readings under the old one.

    Args:
        by: Whoever decides.
        values: The parts to change, by the names of ``Definition``.
        why: A sentence for those who wonder later.
        since: The day that the charts mark.
        at: The present moment.

    Raises:
        Refused: The person may not.
        DefinitionError: A value makes no sense, the reason is missing, or the day is to come.
    """
    authorise(by, Act.DEFINE)
    if not why.strip():
        raise DefinitionError(
            "a changed definition needs a reason", remedy="say why, in a line"
        )
    if since > at.date():
        raise DefinitionError(f"{since} lies in the future", remedy="change it on that day")
    with transaction.atomic():
        before = definition_in_force()
        after = redefined(before, values)
        changes = changed(before, after)
        if not changes:
            return None
        return DefinitionVersion.objects.create(
            values=asdict(after),
            before=asdict(before),
            readings=_readings_of(touched(changes)),
            since=since,
            by=str(by),
            why=_line(why),
            made_at=at,
        )


def restore_definition(*, by: Actor, version_id: int, at: datetime) -> DefinitionVersion | None:
    """Set the definition back to what it was before a version; None if it is that already.

    Raises:
        Refused: The person may not.
        DefinitionError: There is no such version.
    """
    version = DefinitionVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise DefinitionError(f"there is no version {version_id} of the definition")
    return set_definition(
        by=by,
        values=version.before,
        why=f"set back to before {version.since}",
        since=at.date(),
        at=at,
    )


def save_annotation(
    *,
    by: Actor,
    text: str,
    on: date,
    at: datetime,
    metric: str = "",
    external_id: str = "",
) -> str:
    """Put a remark on the chart of a metric (or of all), or correct the one of that id.

    Raises:
        Refused: The person may not.
        RegistryError: There is no such metric.
        AnnotationError: There is no text, the day is to come, or no such remark.
    """
    authorise(by, Act.ANNOTATE)
    line = _line(text, LONGEST_REMARK)
    if metric:
        METRICS.get(metric)
    if not line:
        raise AnnotationError("a remark needs a text", remedy="say what happened, in a line")
    if on > at.date():
        raise AnnotationError(f"{on} lies in the future", remedy="annotate what has happened")
    with transaction.atomic():
        if external_id:
            _newest_annotation(external_id)
        name = external_id or uuid.uuid4().hex[:12]
        Annotation.objects.create(
            external_id=name, metric=metric, text=line, since=on, by=str(by), made_at=at
        )
    return name


def mark_annotation(*, by: Actor, external_id: str, is_removed: bool, at: datetime) -> None:
    """Take a remark off the charts, or put it back.

    Raises:
        Refused: The person may not.
        AnnotationError: There is no such remark.
    """
    authorise(by, Act.ANNOTATE)
    with transaction.atomic():
        newest = _newest_annotation(external_id)
        Annotation.objects.create(
            external_id=external_id,
            metric=newest.metric,
            text=newest.text,
            since=newest.since,
            is_removed=is_removed,
            by=str(by),
            made_at=at,
        )


def _newest_annotation(external_id: str) -> Annotation:
    newest = Annotation.objects.filter(external_id=external_id).order_by("-pk").first()
    if newest is None:
        raise AnnotationError(f"there is no remark “{external_id}”")
    return newest


def _readings_of(metrics: Sequence[str]) -> dict[str, dict[str, str | float | None]]:
    """The newest reading of each metric in short."""
    found = {}
    for name in metrics:
        row = Snapshot.objects.filter(metric=name, cut=WHOLE).order_by("-week").first()
        if row is not None:
            found[name] = {
                "value": row.value,
                "unit": row.unit,
                "verdict": row.verdict,
                "as_of": row.as_of.isoformat(),
            }
    return found


def _line(text: str, longest: int = 500) -> str:
    return " ".join(text.split())[:longest]


def snapshot_of(
    facts: Facts,
    metric: Metric,
    *,
    week: date,
    as_of: datetime,
    cut: str = "",
    is_explained: bool = False,
) -> Snapshot:
    """One metric computed as of one week, not stored; the facts are those of the cut."""
    reading: Reading = metric.compute(facts, as_of)
    if is_explained:
        reading = msgspec.structs.replace(reading, breakdowns=metric.explain(facts, as_of))
    return Snapshot(
        metric=metric.name,
        cut=cut,
        week=week,
        as_of=as_of,
        value=reading.value,
        low=reading.low,
        high=reading.high,
        unit=reading.unit,
        n=reading.n,
        verdict=reading.verdict.value,
        target=target_on(
            facts.targets.get(metric.name, []), as_of.date(), metric, label=reading.label
        ),
        detail=msgspec.to_builtins(reading),
    )
