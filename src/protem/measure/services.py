"""Every write: weekly snapshots and targets."""

from collections.abc import Callable
from datetime import date, datetime

import msgspec
from django.db import transaction

from protem.kit.errors import ProtemError
from protem.kit.weeks import as_of_week, week_of, weeks_between
from protem.ledger.facts import Facts
from protem.measure.metric import METRICS, Metric, Reading
from protem.measure.models import Snapshot, Target
from protem.measure.targets import target_on
from protem.people.access import Act, Actor, authorise

BATCH = 200
UPDATED = ["as_of", "value", "low", "high", "unit", "n", "verdict", "target", "detail"]


class TargetError(ProtemError):
    """A target that makes no sense for its metric."""


def refresh_snapshots(
    facts_loader: Callable[[], Facts],
    *,
    first_week: date,
    last_as_of: datetime,
    progress: Callable[[float], None] | None = None,
) -> int:
    """Compute every metric for each week and keep the snapshots; returns how many.

    Args:
        facts_loader: Loads the facts, once.
        first_week: Any day of the first week.
        last_as_of: The newest moment the facts speak of; its week is the last, as of then.
        progress: Told the share done, 0 to 1, after each week.
    """
    facts = facts_loader()
    weeks = list(weeks_between(first_week, week_of(last_as_of)))
    rows: list[Snapshot] = []
    for done, week in enumerate(weeks, start=1):
        as_of = as_of_week(week, last_as_of)
        rows += [snapshot_of(facts, metric, week=week, as_of=as_of) for metric in METRICS]
        if progress is not None:
            progress(done / len(weeks))
    with transaction.atomic():
        Snapshot.objects.bulk_create(
            rows,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["metric", "cut", "week"],
            update_fields=UPDATED,
        )
    return len(rows)


def remove_snapshots_after(*, week: date) -> int:
    """Take out the snapshots of the weeks after that of ``week``; returns how many."""
    with transaction.atomic():
        return Snapshot.objects.filter(week__gt=week_of(week)).delete()[0]


def set_target(*, by: Actor, metric: str, value: float, since: date) -> Target:
    """Set a metric's target from a day on; the earlier ones stay as history.

    Raises:
        Refused: The person may not.
        RegistryError: There is no such metric.
        TargetError: The value is not a target that can be met.
    """
    authorise(by, Act.SET_TARGETS)
    wanted = METRICS.get(metric)
    if not value >= 0 or (wanted.unit == "%" and value > 100):  # noqa: PLR2004 -- per cent
        raise TargetError(
            f"{value} is not a target for {wanted.title}",
            remedy=f"give a number of {wanted.unit} that can be met",
        )
    with transaction.atomic():
        target, _ = Target.objects.update_or_create(
            metric=metric, since=since, defaults={"value": value}
        )
    return target


def snapshot_of(
    facts: Facts, metric: Metric, *, week: date, as_of: datetime, cut: str = ""
) -> Snapshot:
    """One metric computed as of one week, not stored; the facts are those of the cut."""
    reading: Reading = metric.compute(facts, as_of)
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
        target=target_on(facts.targets.get(metric.name, []), as_of.date(), metric),
        detail=msgspec.to_builtins(reading),
    )
