"""Which target of a metric held on a day."""

from collections.abc import Sequence
from datetime import date

from protem.measure.metric import Metric


def target_on(history: Sequence[tuple[date, float]], day: date, metric: Metric) -> float:
    """The newest target set by that day, in the metric's unit; its default before any was."""
    set_by_then = [pair for pair in history if pair[0] <= day]
    return (
        max(set_by_then, key=lambda pair: pair[0])[1] if set_by_then else metric.default_target
    )
