"""Charts as a page embeds them: marked safe, in a figure, with key, notes and numbers."""

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from protem.ui import charts
from protem.ui.charts import Chart, SignalHistory


def sparkline_svg(
    values: Sequence[float | None], *, label: str, target: float | None = None
) -> SafeString:
    """The small chart alone."""
    return SafeString(charts.sparkline(values, target=target, label=label))


def line_chart(chart: Chart) -> dict[str, object]:
    """The large chart, drawn wide and again for phones, with its numbers as a table."""
    chart = chart.in_order()
    return {
        "wide": SafeString(charts.line_chart(chart)),
        "compact": SafeString(charts.line_chart(chart, compact=True)),
        "chart": chart,
        "summary": charts.summary_of(chart),
        "points": list(reversed(chart.series)),
        "has_band": any(point.low is not None for point in chart.series),
    }


def signal_strip(
    signals: Sequence[SignalHistory], weeks: Sequence[date], *, label: str
) -> dict[str, object]:
    """The history of signals, drawn wide and again for phones, and as a table."""
    return {
        "wide": SafeString(charts.signal_strip(signals, weeks, label=label)),
        "compact": SafeString(charts.signal_strip(signals, weeks, label=label, compact=True)),
        "label": label,
        "spans": [
            {"name": signal.name, "state": state.value, "first": first, "last": last}
            for signal in signals
            for state, first, last in reversed(charts.spans_of(signal, weeks))
        ],
    }
