"""Commands about findings: what to fix first, the list, exceptions."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from protem.cli import boot, output
from protem.cli.days import day_of
from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from protem.risks.queries import DecisionView
    from protem.risks.services import Made

BAD_NEWS = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.")]
Approver = Annotated[str, typer.Option(help="Who accepts the risk.")]
Until = Annotated[str | None, typer.Option(help="The last day it holds: 2026-06-30")]
Vulnerability = Annotated[str, typer.Option(help="CVE-2026-12345")]
Component = Annotated[str, typer.Option(help="pkg:npm/lodash")]
Asset = Annotated[str, typer.Option(help="An asset's name.")]
Group = Annotated[str, typer.Option(help="An asset group.")]
SeverityName = Annotated[str, typer.Option(help="critical, high, medium, low or info")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("next")(fix_next)
    app.command()(findings)
    exceptions = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Decisions on findings."
    )
    exceptions.command("list")(list_exceptions)
    exceptions.command("add")(add_exception)
    exceptions.command("withdraw")(withdraw_exception)
    exceptions.command("undo")(undo_exception)
    app.add_typer(exceptions, name="exceptions")


def fix_next(
    limit: Annotated[int, typer.Option(help="How many fixes.", min=1, max=50)] = 10,
    as_json: AsJson = False,
) -> None:
    """Print what to fix first, and why.

    Example: protem next --limit 3
    """
    boot.boot_ready()
    import msgspec

    from protem.measure.worklist.actions import RULE, in_words
    from protem.measure.worklist.queries import fix_first

    found = fix_first()
    actions = found.actions[:limit] if found else []
    if as_json:
        moment = found.as_of if found else None
        output.print_json({"as_of": moment, "actions": msgspec.to_builtins(actions)})
        return
    if not actions:
        output.say("Nothing to fix first: no finding is open. Scans bring them: protem import")
        return
    for place, action in enumerate(actions, 1):
        output.say(f"{place:2}. {action.title}")
        output.say(f"    {in_words(action)}")
    output.hint(f"\nThe order: {RULE}")


def findings(  # noqa: PLR0913, PLR0917 - every filter is an option
    state: Annotated[
        str, typer.Option(help="open, accepted, false-positive, duplicate or closed")
    ] = "open",
    severity: SeverityName = "",
    vulnerability: Vulnerability = "",
    component: Component = "",
    asset: Asset = "",
    group: Group = "",
    owner: Annotated[str, typer.Option(help="Who owns it.")] = "",
    source: Annotated[str, typer.Option(help="The tool that found it.")] = "",
    late: Annotated[bool, typer.Option("--late", help="Past the deadline.")] = False,
    exploited: Annotated[
        bool, typer.Option("--exploited", help="Known to be exploited.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many rows.", min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List findings, the gravest first.

    Example: protem findings --severity critical --late
    """
    boot.boot_ready()
    from itertools import islice

    from protem.kit import clock
    from protem.ledger.queries import exploited as catalogue
    from protem.measure.overdue import deadlines
    from protem.measure.queries import definition_in_force
    from protem.people.access import OPERATOR
    from protem.risks.filters import Filters, State
    from protem.risks.queries.findings import all_findings

    now = clock.now()
    allowed = deadlines(definition_in_force(), catalogue())
    filters = Filters(
        state=_choice(State, state, "--state"),
        severity=_severity(severity),
        vulnerability=vulnerability,
        component=component,
        asset=asset,
        group=group,
        owner=owner,
        source=source,
        is_exploited=exploited,
        overdue=allowed.overdue(now) if late else None,
    )
    rows = list(islice(all_findings(OPERATOR, filters, at=now), limit))
    if as_json:
        from dataclasses import asdict

        output.print_json(
            [asdict(row) | {"severity": row.severity.name.lower()} for row in rows]
        )
        return
    output.print_table(
        ("id", "vulnerability", "severity", "asset", "component", "opened"),
        [
            (
                str(row.finding_id),
                row.vulnerability,
                row.severity.name.lower(),
                row.asset,
                row.component,
                row.opened_at.date(),
            )
            for row in rows
        ],
    )


def list_exceptions(
    everything: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the decisions on findings that hold; --all also those that are over.

    Example: protem exceptions list --all
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.people.access import OPERATOR
    from protem.risks import queries

    now = clock.now()
    found = queries.decisions(OPERATOR, at=now, limit=100_000)
    shown = [one for one in found if everything or one.state == "in force"]
    if as_json:
        output.print_json([_as_dict(one) for one in shown])
        return
    output.print_table(
        ("id", "decision", "state", "until", "about", "reason"),
        [
            (one.id, one.kind_label, one.state, one.expires_on, one.about, one.reason)
            for one in shown
        ],
    )


def add_exception(  # noqa: PLR0913, PLR0917 - what a decision states
    reason: Reason,
    finding: Annotated[list[int] | None, typer.Option(help="A finding's number.")] = None,
    vulnerability: Vulnerability = "",
    component: Component = "",
    asset: Asset = "",
    group: Group = "",
    severity_at_most: SeverityName = "",
    until: Until = None,
    approver: Approver = "",
    ticket: Annotated[str, typer.Option(help="Where it is followed up.")] = "",
    false_positive: Annotated[
        bool, typer.Option("--false-positive", help="It is no finding at all.")
    ] = False,
    justification: Annotated[
        str, typer.Option(help="Of a false positive, as VEX words it.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what a rule matches.")
    ] = False,
) -> None:
    """Accept the risk of findings, or of all that a rule matches; or call them false positives.

    Example: protem exceptions add --component pkg:npm/lodash --group shop --until 2026-06-30
    --approver "Ada Roe" --reason "no user input reaches it"
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.people.access import OPERATOR
    from protem.risks import queries, services
    from protem.risks.rules import Rule, check_rule

    ids, rule = tuple(finding or ()), None
    if not ids:
        rule = Rule(
            vulnerability=vulnerability,
            component=component,
            asset=asset,
            asset_group=group,
            severity_at_most=_severity(severity_at_most),
        )
        check_rule(rule)
        found = queries.preview(OPERATOR, rule=rule)
        output.say(f"{rule.words}: {found.open:,} open, {found.all:,} in all")
        if dry_run:
            return
    now = clock.now()
    if false_positive:
        made = services.mark_false_positive(
            by=OPERATOR,
            findings=ids,
            rule=rule,
            reason=reason,
            justification=_justification(justification),
            at=now,
        )
    else:
        last = day_of(until, where="--until")
        if last is None:
            raise ProtemError(
                "--until is missing", remedy="say until when the risk is accepted"
            )
        made = services.accept_risk(
            by=OPERATOR,
            findings=ids,
            rule=rule,
            reason=reason,
            approver=approver,
            expires_on=last,
            ticket=ticket,
            at=now,
        )
    _measure_anew(made, f"{made.count:,} decided")


def withdraw_exception(
    decision_id: Annotated[int, typer.Argument(help="As the list numbers it.", metavar="ID")],
    reason: Reason,
) -> None:
    """End a decision now: what it covered is open again.

    Example: protem exceptions withdraw 12 --reason "the vendor has a fix"
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.people.access import OPERATOR
    from protem.risks import services

    made = services.withdraw_decision(
        by=OPERATOR, decision_id=decision_id, why=reason, at=clock.now()
    )
    _measure_anew(made, "Withdrawn")


def undo_exception(
    decision_id: Annotated[int, typer.Argument(help="As the list numbers it.", metavar="ID")],
) -> None:
    """Take back a decision, and those made with it, as if never made; for 30 days.

    Example: protem exceptions undo 12
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.people.access import OPERATOR
    from protem.risks import queries, services

    now = clock.now()
    found = queries.decision(OPERATOR, decision_id, at=now)
    if found is None:
        raise ProtemError(
            f"there is no decision {decision_id}", remedy="protem exceptions list"
        )
    made = services.undo_decisions(by=OPERATOR, batch=found.batch, at=now)
    _measure_anew(made, f"{made.count:,} undone")


def _measure_anew(made: "Made", words: str) -> None:
    from protem import flow

    with output.progress_bar("Measuring") as tell:
        flow.refresh(since=made.since.date(), progress=tell)
    left = f"; {made.skipped:,} had a decision already" if made.skipped else ""
    output.say(f"{words}{left}. Undo within 30 days: protem exceptions undo ID")


def _as_dict(one: "DecisionView") -> dict[str, Any]:
    from dataclasses import asdict

    fields = asdict(one)
    del fields["rule"]
    return fields | {"batch": str(one.batch)}


def _justification(word: str) -> str:
    from protem.risks.justifications import LABELS

    known = {one: one for one in LABELS}
    return str(_named(known, word, "--justification")) if word else ""


def _severity(name: str) -> Any:
    from protem.formats.records import Severity

    known = {one.name.lower(): one for one in Severity}
    return _named(known, name, "severity") if name else None


def _choice(kind: Any, name: str, where: str) -> Any:
    return _named({str(one): one for one in kind}, name, where)


def _named(known: dict[str, Any], name: str, where: str) -> Any:
    if name not in known:
        raise ProtemError(
            f"“{name}” is no choice", where=where, remedy=f"choose one of {', '.join(known)}"
        )
    return known[name]
