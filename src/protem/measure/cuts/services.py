"""Every write of the cuts' snapshots: what is missing is computed, what moved is forgotten."""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime

from django.db import models, transaction

from protem.kit.weeks import week_of
from protem.ledger.cuts import WHOLE, Cut, assets_of, cut_sizes, measured_cuts
from protem.ledger.facts import Facts
from protem.measure.metric import METRICS, Metric
from protem.measure.models import Snapshot
from protem.measure.services import BATCH, snapshot_of

WEEKS = 52
"""How far back cuts are measured: a year, for a quarter and the one a year before."""


def cut_metrics() -> list[Metric]:
    """The metrics that make sense for a part of the company."""
    return [metric for metric in METRICS if metric.can_be_cut]


def forget_cuts(cuts: Collection[Cut]) -> int:
    """Take out every snapshot of these cuts; returns how many."""
    return _cut_rows().filter(cut__in=[str(cut) for cut in cuts]).delete()[0] if cuts else 0


def forget_cuts_since(week: date) -> int:
    """Take out the cuts' snapshots of the weeks from that of ``week`` on; returns how many."""
    return _cut_rows().filter(week__gte=week_of(week)).delete()[0]


def refresh_cuts(
    facts_loader: Callable[[], Facts], *, progress: Callable[[float], None] | None = None
) -> int:
    """Compute what is missing of the last year of every cut worth measuring; returns how many.

    Cuts too small, beyond the most that are measured, or not there any more are taken out.
    Each cut is kept as soon as it is computed, so that it can be interrupted.

    Args:
        facts_loader: Loads the facts, once, and only if anything is missing.
        progress: Told the share done, 0 to 1, after each cut.
    """
    weeks = dict(
        Snapshot.objects.filter(cut=WHOLE)
        .order_by("-week")
        .values_list("week", "as_of")
        .distinct()[:WEEKS]
    )
    if not weeks:
        return _cut_rows().delete()[0]
    facts = facts_loader()
    cuts = measured_cuts(cut_sizes(facts.assets))
    _cut_rows().exclude(cut__in=[str(cut) for cut in cuts], week__gte=min(weeks)).delete()
    known = set(_cut_rows().values_list("cut", "week").distinct())
    count = 0
    for done, cut in enumerate(cuts, start=1):
        missing = {week: at for week, at in weeks.items() if (str(cut), week) not in known}
        count += _measure(facts, cut, missing) if missing else 0
        if progress is not None:
            progress(done / len(cuts))
    return count


def _measure(facts: Facts, cut: Cut, weeks: dict[date, datetime]) -> int:
    part = facts.only(assets_of(facts.assets, cut))
    rows = [
        snapshot_of(part, metric, week=week, as_of=as_of, cut=str(cut))
        for week, as_of in sorted(weeks.items())
        for metric in cut_metrics()
    ]
    _store(rows)
    return len(rows)


@transaction.atomic
def _store(rows: Iterable[Snapshot]) -> None:
    Snapshot.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def _cut_rows() -> "models.QuerySet[Snapshot]":
    return Snapshot.objects.exclude(cut=WHOLE)
