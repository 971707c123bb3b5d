"""The chart of a metric as pure data: drawn on its page, in a report, in whatever comes."""

from collections.abc import Sequence
from datetime import date

from protem.formats.format import FORMATS
from protem.kit.weeks import WEEK
from protem.measure import queries as measured
from protem.measure.metric import METRICS
from protem.measure.queries import AnnotationView, DefinitionView, SnapshotView
from protem.sources import queries as sources
from protem.ui.charts import Chart, Note, NoteKind, Point, Window


def metric_chart(view: SnapshotView, weeks: int, *, is_replay: bool = False) -> Chart:
    """So many weeks up to the one of ``view``: values, target, verdicts, imports, remarks.

    A replay shows no remark on what came after it.
    """
    points = measured.history(view.metric, view.week, weeks, cut=view.cut)
    return Chart(
        series=[
            Point(
                on=one.week,
                value=one.value,
                low=one.low,
                high=one.high,
                target=one.target,
                verdict=one.verdict,
            )
            for one in points
        ],
        unit=view.reading.unit,
        label=METRICS.get(view.metric).title,
        target=view.target,
        windows=_windows(view, points),
        ticks=_imports(view.metric, points),
        notes=[
            note
            for note in _notes(view.metric)
            if points[0].week - WEEK < note.on and not (is_replay and note.on > view.week)
        ],
    )


def _windows(view: SnapshotView, points: Sequence[measured.Point]) -> list[Window]:
    """The two periods compared, as far as they lie within the chart."""
    labels = ("before", "now") if len(view.reading.windows) > 1 else ("compared",)
    first = points[0].week
    return [
        Window(start=max(start, first), end=end, label=label)
        for (start, end), label in zip(view.reading.windows, labels, strict=False)
        if end > first
    ]


def _imports(metric: str, points: Sequence[measured.Point]) -> list[date]:
    """The days on which a file came that feeds the metric."""
    feeding = [form.name for form in FORMATS if metric in form.feeds]
    days = {moment.date() for moment in sources.import_days(feeding)}
    return sorted(day for day in days if points[0].week <= day <= points[-1].week)


def _notes(metric: str) -> list[Note]:
    """What people remarked, and the definitions that changed."""
    remarks = [_remark(one) for one in measured.annotations(metric)]
    changes = [_change(one) for one in measured.definition_history() if metric in one.metrics]
    return [*remarks, *changes]


def _remark(one: AnnotationView) -> Note:
    by = f" ({one.by})" if one.by else ""
    return Note(on=one.on, text=f"{one.text}{by}", label=one.text)


def _change(one: DefinitionView) -> Note:
    told = "; ".join(change.text for change in one.changes)
    return Note(
        on=one.since,
        text=f"Definition changed: {told} ({one.by}: {one.why})",
        label="definition changed",
        kind=NoteKind.DEFINITION,
    )
