"""Commands about what a company decided of its metrics: targets, definitions, remarks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from protem.cli import boot, output
from protem.cli.days import day_of
from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from datetime import date

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Why = Annotated[str, typer.Option(help="The reason, in a line.")]
Since = Annotated[str | None, typer.Option(help="The day; today if left out: 2026-03-01")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(targets)
    app.command()(define)
    app.command()(annotate)


def targets(
    metric: Annotated[str, typer.Argument(help="patch-cadence, mttr-critical, …")] = "",
    value: Annotated[float | None, typer.Argument(help="The new target.")] = None,
    since: Since = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Print the targets with their history, or set one; the weeks since are judged anew.

    Example: protem targets mttr-critical 21 --since 2026-03-01 --why "agreed with the board"
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.measure import services
    from protem.people.access import OPERATOR

    if value is not None:
        now = clock.now()
        day = day_of(since, where="--since") or now.date()
        services.set_target(by=OPERATOR, metric=metric, value=value, since=day, why=why, at=now)
        _measure_again(day)
    _print_targets(metric, as_json=as_json)


def define(
    values: Annotated[
        list[str] | None, typer.Argument(help="What to change: critical_days=21 …")
    ] = None,
    *,
    preset: Annotated[str, typer.Option(help="Deadlines of a scheme, such as fedramp.")] = "",
    why: Why = "",
    since: Since = None,
    undo: Annotated[int | None, typer.Option(help="Set back what that change did.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print how the metrics are defined and every change, or change it and measure anew.

    Example: protem define critical_days=21 high_days=30 --why "agreed with the auditor"
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.measure import services
    from protem.measure.definitions import of_preset
    from protem.people.access import OPERATOR

    now, made = clock.now(), None
    given = (of_preset(preset) if preset else {}) | dict(map(_pair, values or []))
    if undo is not None:
        made = services.restore_definition(by=OPERATOR, version_id=undo, at=now)
    elif given:
        day = day_of(since, where="--since") or now.date()
        made = services.set_definition(by=OPERATOR, values=given, why=why, since=day, at=now)
    if made is not None:
        _measure_again(None)
    _print_definition(as_json=as_json)


def annotate(  # noqa: PLR0913 -- each is an option
    text: Annotated[str, typer.Argument(help="What happened, in a line.")] = "",
    *,
    on: Annotated[str | None, typer.Option(help="The day; today if left out.")] = None,
    metric: Annotated[str, typer.Option(help="On this metric's chart; else on all.")] = "",
    edit: Annotated[str, typer.Option(help="The id of a remark to correct.")] = "",
    remove: Annotated[str, typer.Option(help="The id of a remark to take off.")] = "",
    restore: Annotated[str, typer.Option(help="The id of a remark to put back.")] = "",
    as_json: AsJson = False,
) -> None:
    """Print the remarks on the charts, or add, correct, take off or put back one.

    Example: protem annotate "Moved to new scanners" --on 2026-03-01 --metric mttr-critical
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.measure import services
    from protem.people.access import OPERATOR

    now = clock.now()
    if text:
        day = day_of(on, where="--on") or now.date()
        services.save_annotation(
            by=OPERATOR, text=text, on=day, metric=metric, external_id=edit, at=now
        )
    for external_id, is_removed in ((remove, True), (restore, False)):
        if external_id:
            services.mark_annotation(
                by=OPERATOR, external_id=external_id, is_removed=is_removed, at=now
            )
    _print_remarks(metric or None, as_json=as_json)


def _measure_again(since: "date | None") -> None:
    from protem import flow

    with output.progress_bar("Measuring") as tell:
        flow.refresh(since=since, progress=tell)


def _pair(text: str) -> tuple[str, float]:
    """“critical_days=21” as name and number; yes and no are numbers too."""
    name, _, given = text.partition("=")
    answers = {"yes": 1.0, "no": 0.0}
    try:
        return name, answers[given] if given in answers else float(given)
    except ValueError:
        raise ProtemError(
            f"“{text}” says no value", remedy="write it like critical_days=21"
        ) from None


def _print_targets(metric: str, *, as_json: bool) -> None:
    import msgspec

    from protem.measure import queries
    from protem.measure.metric import METRICS

    wanted = [METRICS.get(metric)] if metric else list(METRICS)
    set_by_people = queries.target_history(metric or None)
    if as_json:
        found = {
            "defaults": {one.name: one.default_target for one in wanted},
            "defaults_by_label": {
                one.name: dict(one.label_targets) for one in wanted if one.label_targets
            },
            "targets": msgspec.to_builtins(set_by_people),
        }
        output.print_json(found)
        return
    rows: list[Sequence[object]] = [
        (one.metric, one.value, METRICS.get(one.metric).unit, one.since, one.by, one.why)
        for one in set_by_people
    ]
    rows += [
        (one.name, one.default_target, one.unit, "default", "Protem", "") for one in wanted
    ]
    rows += [
        (one.name, value, one.unit, f"default, {label}", "Protem", "")
        for one in wanted
        for label, value in one.label_targets.items()
    ]
    output.print_table(("metric", "target", "unit", "since", "by", "why"), rows)


def _print_definition(*, as_json: bool) -> None:
    from dataclasses import asdict

    import msgspec

    from protem.measure import queries
    from protem.measure.definitions import PRESETS, SETTINGS, preset_of, told

    definition, changes = queries.definition_in_force(), queries.definition_history()
    values, preset = asdict(definition), preset_of(definition)
    if as_json:
        history = msgspec.to_builtins(changes)
        output.print_json({"definition": values, "preset": preset, "changes": history})
        return
    scheme = PRESETS[preset].title if preset else "own numbers"
    output.say(f"Deadlines: {scheme}. Presets: {', '.join(PRESETS)}.")
    output.say()
    rows = [(name, told(name, values[name]), one.label) for name, one in SETTINGS.items()]
    output.print_table(("name", "value", "what it is"), rows)
    for version in changes:
        output.say(f"\n{version.since}, change {version.id}, {version.by}: {version.why}")
        for change in version.changes:
            output.say(f"  {change.text}")


def _print_remarks(metric: str | None, *, as_json: bool) -> None:
    import msgspec

    from protem.measure import queries

    found = queries.annotation_history(metric)
    if as_json:
        output.print_json(msgspec.to_builtins(found))
        return
    if not found:
        output.say("No remark on any chart yet.")
        return
    rows = [
        (
            one.external_id,
            one.on,
            one.metric or "all",
            one.text,
            "taken off" if one.is_removed else "",
        )
        for one in found
    ]
    output.print_table(("id", "day", "metric", "remark", ""), rows)
