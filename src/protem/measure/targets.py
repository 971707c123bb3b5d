"""Which target of a metric held on a day."""

from collections.abc import Sequence
from datetime import date

from protem.measure.metric import Metric


def target_on(
    history: Sequence[tuple[date, float]], day: date, metric: Metric, *, label: str = ""
) -> float:
    """The newest target set by that day, in the metric's unit; its default before any was.

    ``history`` is in the order of entry; of two for one day the later entered holds. ``label``
    is the reading's: one number under two labels has a default for each.
    """
    held = metric.label_targets.get(label, metric.default_target)
    newest = date.min
    for since, value in history:
        if newest <= since <= day:
            newest, held = since, value
    return held
