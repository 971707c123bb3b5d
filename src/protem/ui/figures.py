"""Charts as a page embeds them: marked safe, in a figure, with key, notes and numbers."""

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from protem.ui import charts
from protem.ui.charts import Note, Point, SignalHistory, Window


def sparkline_svg(
    values: Sequence[float | None], *, label: str, target: float | None = None
) -> SafeString:
    """The small chart alone."""
    return SafeString(charts.sparkline(values, target=target, label=label))


def line_chart(  # noqa: PLR0913 - the parts of a chart, most of them optional
    series: Sequence[Point],
    *,
    unit: str,
    label: str,
    target: float | None = None,
    windows: Sequence[Window] = (),
    ticks: Sequence[date] = (),
    notes: Sequence[Note] = (),
) -> dict[str, object]:
    """The large chart, drawn wide and again for phones, with its numbers as a table."""
    wide, compact = (
        charts.line_chart(
            series,
            unit=unit,
            label=label,
            target=target,
            windows=windows,
            ticks=ticks,
            notes=notes,
            compact=is_compact,
        )
        for is_compact in (False, True)
    )
    return {
        "wide": SafeString(wide),
        "compact": SafeString(compact),
        "label": label,
        "unit": unit,
        "series": sorted(series, key=lambda point: point.on, reverse=True),
        "has_band": any(point.low is not None for point in series),
        "has_windows": bool(windows),
        "has_ticks": bool(ticks),
        "has_target": target is not None,
        "notes": sorted(notes, key=lambda note: note.on),
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
