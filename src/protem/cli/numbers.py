"""Commands about numbers: status, metric, signals, report."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protem.cli import boot, output
from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protem.handoff.signal import Evidence
    from protem.measure.metric import Breakdown

BAD_NEWS = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CutOption = Annotated[str, typer.Option("--cut", help="A part of it: group:Payments")]
AsOf = Annotated[str | None, typer.Option(help="As of the end of that day: 2026-03-01")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(status)
    app.command()(metric)
    app.command()(signals)
    app.command()(report)


def status(as_of: AsOf = None, cut: CutOption = "", as_json: AsJson = False) -> None:
    """Print the verdict of the week: four numbers and five signals.

    Exit code 1 when a number is degrading or the handoff point is past.
    Example: protem status --as-of 2026-03-01 --json
    """
    boot.boot_ready()
    is_bad = print_status(_end_of(as_of), cut=_cut(cut), as_json=as_json)
    if is_bad:
        raise typer.Exit(BAD_NEWS)


def print_status(
    as_of: datetime | None = None, *, cut: str = "", as_json: bool = False
) -> bool:
    """Print the status; returns whether it is bad news."""
    from protem.board.status import status_of

    found = status_of(as_of, cut=cut)
    if as_json:
        output.print_json(found.as_dict())
        return found.is_bad_news
    output.say(found.sentence)
    if found.as_of is None:
        return False
    output.say()
    rows = [
        (
            one.title,
            one.value_text,
            f"{output.SHAPES[one.verdict]} {one.verdict}",
            one.target_text,
            one.n,
            "" if one.is_fresh else "◐ stale source",
        )
        for one in found.metrics
    ]
    output.print_table(("metric", "value", "verdict", "target", "n", ""), rows)
    if cut:
        return found.is_bad_news
    output.say()
    signal_rows = [
        (f"{output.SHAPES[one.state]} {one.title}", one.state, one.value_text, one.since)
        for one in found.signals
    ]
    output.print_table(("signal", "state", "value", "since"), signal_rows)
    return found.is_bad_news


def metric(
    name: Annotated[str, typer.Argument(help="patch-cadence, mttr-critical, …")],
    as_of: AsOf = None,
    weeks: Annotated[int, typer.Option(help="How many weeks of history.")] = 12,
    cut: CutOption = "",
    as_json: AsJson = False,
) -> None:
    """Print one metric in full: value, verdict, what it rests on, what it leaves out.

    Example: protem metric mttr-critical --weeks 26
    """
    boot.boot_ready()
    import msgspec

    from protem.measure import queries
    from protem.measure.metric import METRICS

    known, part = METRICS.get(name), _cut(cut)
    moment = _end_of(as_of)
    views = queries.current(moment, cut=part)
    found = next((view for view in views if view.metric == name), None)
    if found is None:
        output.say(f"{known.title}: not enough data. Import what feeds it: protem formats")
        return
    points = queries.history(name, moment.date() if moment else None, weeks, cut=part)
    reading = msgspec.structs.replace(found.reading, breakdowns=queries.breakdowns(found))
    if as_json:
        found = msgspec.structs.replace(found, reading=reading)
        body: dict[str, Any] = msgspec.to_builtins(found)
        output.print_json({**body, "history": msgspec.to_builtins(points)})
        return
    output.say(f"{known.title}: {reading.sentence}")
    output.say(f"{output.SHAPES[reading.verdict]} {reading.verdict_sentence}")
    if reading.is_red_flag:
        output.say(f"! {reading.red_flag}")
    output.say()
    rows = [(one.label, one.value, one.unit) for one in reading.companions]
    output.print_table(("beside it", "value", "unit"), rows)
    _print_breakdowns(reading.breakdowns)
    output.say()
    output.print_table(
        ("week ending", "value", "verdict"), [(p.week, p.value, p.verdict) for p in points]
    )
    for left_out in reading.exclusions:
        output.say(f"left out {left_out.count:,}: {left_out.reason}")


def _print_breakdowns(breakdowns: "Sequence[Breakdown]") -> None:
    """Why it moved: every way in a sentence, the first with its parts."""
    for one in breakdowns:
        output.say()
        output.say(one.sentence)
        if one is breakdowns[0]:
            rows = [
                (part.name, round(part.change, 1), round(part.own, 1), round(part.mix, 1))
                for part in one.parts
            ]
            output.print_table((one.label.lower(), "adds", "itself", "by its size"), rows)


def signals(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Print the five handoff signals with what each rests on.

    Example: protem signals --json
    """
    boot.boot_ready()
    import msgspec

    from protem.handoff import queries
    from protem.handoff.signal import SIGNALS

    found = queries.current(_end_of(as_of))
    if found is None:
        output.say("No signals yet: nothing was imported. Start: protem import FILE")
        return
    if as_json:
        output.print_json(msgspec.to_builtins(found))
        return
    output.say(found.verdict.sentence)
    for reading in found.readings:
        title = SIGNALS.get(reading.signal).title
        output.say(f"\n{output.SHAPES[reading.state]} {title}: {reading.state}")
        output.say(f"  {reading.sentence}")
        for need in reading.missing:
            output.say(f"  missing: {need.what}")
        for row in reading.evidence[:5]:
            output.say(f"  · {_in_words(row)}")


def report(
    pdf: Annotated[Path | None, typer.Option(help="Write a PDF there.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write an HTML page there.")] = None,
    metric: Annotated[str, typer.Option(help="The sheet of this metric instead.")] = "",
    as_of: AsOf = None,
) -> None:
    """Write the one-page report, or one metric on a sheet with its chart.

    Example: protem report --pdf week.pdf
    """
    boot.boot_ready()
    if pdf is None and html is None:
        raise ProtemError("nothing to write", remedy="give --pdf FILE or --html FILE")
    from protem.board import render
    from protem.board.metric_sheet import metric_sheet
    from protem.board.onepage import one_page

    moment = _end_of(as_of)
    page = metric_sheet(metric, moment) if metric else one_page(moment)
    for path, content in ((pdf, render.to_pdf), (html, render.to_html)):
        if path is not None:
            path.write_bytes(content(page))
            output.say(f"Wrote {path}")


def _in_words(row: "Evidence") -> str:
    from protem.board.status import in_words

    on = f"{row.when:%d %b %Y}  " if row.when else ""
    amount = f": {in_words(row.amount, row.unit)}" if row.amount is not None else ""
    return f"{on}{row.what}{amount}"


def _cut(text: str) -> str:
    """A part of the company as it is stored; empty for all of it."""
    from protem.ledger.cuts import parse_cut

    return str(parse_cut(text)) if text else ""


def _end_of(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time.max, tzinfo=UTC)
    except ValueError:
        raise ProtemError(
            f"“{text}” is not a date", where="--as-of", remedy="write it like 2026-03-01"
        ) from None
