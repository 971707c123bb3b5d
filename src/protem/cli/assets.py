"""Commands about assets: the list, the rules on groups and owners, teams side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protem.cli import boot, output
from protem.cli.days import moment_of
from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from protem.ledger.labels.services import Changed, Edited
    from protem.measure.queries import SnapshotView

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(help="The rule's number in the list.")]
BEHIND = 1


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(assets)
    app.command()(compare)
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Which group, owner and criticality assets have: list, add, remove, import, undo.",
    )
    group.command("list")(list_rules)
    group.command("add")(add_rule)
    group.command("remove")(remove_rule)
    group.command("import")(import_rules)
    group.command("undo")(undo_rules)
    app.add_typer(group, name="rules")


def assets(  # noqa: PLR0913 -- each is a filter
    search: Annotated[str, typer.Argument(help="Part of a name, serial or id.")] = "",
    *,
    kind: Annotated[str, typer.Option(help="laptop, server, cloud, repository, …")] = "",
    os: Annotated[str, typer.Option(help="windows, macos, linux, …")] = "",
    group: Annotated[str, typer.Option(help="A group; none for those without.")] = "",
    criticality: Annotated[str, typer.Option(help="critical, high, normal, low")] = "",
    owner: Annotated[str, typer.Option(help="An owner; none for those without.")] = "",
    source: Annotated[str, typer.Option(help="Known from this source.")] = "",
    edr: Annotated[str, typer.Option(help="healthy, “not healthy”, missing")] = "",
    tag: Annotated[str, typer.Option(help="team=payments, pci or team=*")] = "",
    retired: Annotated[bool, typer.Option("--retired", help="Retired ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the assets that match.

    Example: protem assets --kind server --group Payments --edr missing
    """
    boot.boot_ready()
    from dataclasses import asdict

    from protem.ledger.assets.queries import AssetFilter, AssetList

    wanted = AssetFilter(
        search=search,
        kind=kind,
        os=os,
        group=group,
        criticality=criticality,
        owner=owner,
        source=source,
        edr=edr,
        tag=tag,
        retired="yes" if retired else "",
    )
    found = list(AssetList(wanted))
    if as_json:
        output.print_json([asdict(row) for row in found])
        return
    rows = [
        (one.name, one.kind, one.group or "-", one.owner or "-", one.criticality, one.edr)
        for one in found
    ]
    output.print_table(("asset", "kind", "group", "owner", "criticality", "EDR"), rows)
    output.hint(f"{len(found):,} assets")


def compare(
    by: Annotated[str, typer.Option(help="group, owner, criticality or kind")] = "group",
    as_of: Annotated[str | None, typer.Option(help="As of the end of that day.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the numbers of each team side by side, those furthest behind first.

    Exit code 1 when any of them misses a target.
    Example: protem compare --by owner
    """
    boot.boot_ready()
    from protem.ledger.cuts import By
    from protem.measure.cuts.queries import comparison, lagging

    if by not in set(By):
        raise ProtemError(f"“{by}” tells no assets apart", where="--by", remedy=", ".join(By))
    found = lagging(comparison(By(by), moment_of(as_of, where="--as-of")))
    if as_json:
        output.print_json(
            [
                {"cut": str(row.cut), "metrics": [_metric(view) for view in row.views.values()]}
                for row in found
            ]
        )
    elif found:
        names = list({name: None for row in found for name in row.views})
        cells = [
            (row.cut.label, *(_told(row.views.get(name)) for name in names)) for row in found
        ]
        output.print_table((by, *names), cells)
    else:
        output.say("Nothing to compare: no part of the company has five assets. See: rules")
    if any(row.behind for row in found):
        raise typer.Exit(BEHIND)


def list_rules(
    as_json: AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print a CSV to edit and import.")] = False,
) -> None:
    """Print the rules in order, with how many assets each matches and decides on.

    Example: protem rules list --csv > rules.csv
    """
    boot.boot_ready()
    from protem.ledger.labels import queries
    from protem.ledger.rulebook import COLUMNS, to_csv_rows
    from protem.ui.exports import csv_lines

    found = queries.rules()
    if csv:
        for line in csv_lines(COLUMNS, to_csv_rows([row.rule for row in found])):
            output.say(line.rstrip("\r\n"))
        return
    if as_json:
        texts = to_csv_rows([row.rule for row in found])
        output.print_json(
            [
                {
                    "number": row.number,
                    **dict(zip(COLUMNS, fields, strict=True)),
                    "matches": row.matches,
                    "decides": row.decides,
                }
                for row, fields in zip(found, texts, strict=True)
            ]
        )
        return
    rows = [
        (
            row.number,
            row.rule.condition_text(),
            row.rule.effect_text() + ("" if row.rule.is_enabled else " (off)"),
            row.matches,
            row.decides,
        )
        for row in found
    ]
    output.print_table(("rule", "where", "sets", "matches", "decides"), rows)


def add_rule(  # noqa: PLR0913 -- each is a condition or a label
    name: Annotated[str, typer.Option(help="pay-*; billing-??")] = "",
    *,
    hostname: Annotated[str, typer.Option(help="As name, of host names.")] = "",
    tag: Annotated[str, typer.Option(help="team=payments or pci")] = "",
    kind: Annotated[str, typer.Option(help="laptop, server, …")] = "",
    os: Annotated[str, typer.Option(help="windows, macos, linux, …")] = "",
    source: Annotated[str, typer.Option(help="Known from this source.")] = "",
    repository: Annotated[str, typer.Option(help="acme/payments-*")] = "",
    group: Annotated[str, typer.Option(help="The group to set.")] = "",
    owner: Annotated[str, typer.Option(help="The owner to set.")] = "",
    criticality: Annotated[str, typer.Option(help="critical, high, normal, low")] = "",
    internet_exposed: Annotated[str, typer.Option(help="yes or no")] = "",
    place: Annotated[int | None, typer.Option(help="Its number; last if left out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it does.")] = False,
) -> None:
    """Add a rule on the group, owner or criticality of assets, and measure anew.

    Example: protem rules add --tag "team=payments" --group Payments --criticality high
    """
    fields = {key: value for key, value in locals().items() if isinstance(value, str)}
    boot.boot_ready()
    from protem.ledger import rulebook
    from protem.ledger.labels import queries, services

    rule = rulebook.parse_rule(fields)
    if dry_run:
        rules = [row.rule for row in queries.rules()]
        number = min(place or len(rules) + 1, len(rules) + 1)
        tried = queries.preview([*rules[: number - 1], rule, *rules[number - 1 :]], number)
        output.say(f"It matches {tried.matches:,} assets and changes {tried.changes:,}.")
        return
    _measure_again(services.add_rule(_edited(), rule, place=place))


def remove_rule(number: Number) -> None:
    """Take a rule out, and measure anew.

    Example: protem rules remove 3
    """
    boot.boot_ready()
    from protem.ledger.labels import services

    _measure_again(services.remove_rule(_edited(), number))


def import_rules(
    path: Annotated[Path, typer.Argument(help="A CSV as “rules list --csv” prints it.")],
    replace: Annotated[bool, typer.Option("--replace", help="In place of all rules.")] = False,
) -> None:
    """Add the rules of a CSV below those there are, and measure anew.

    Example: protem rules import rules.csv --replace
    """
    boot.boot_ready()
    from protem.ledger.labels import services
    from protem.ledger.rulebook import from_csv

    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ProtemError(
            "that file cannot be read as text", where=str(path), remedy="give a CSV in UTF-8"
        ) from error
    _measure_again(services.import_rules(_edited(), from_csv(text), replacing=replace))


def undo_rules() -> None:
    """Take back the last change of the rules, and measure anew.

    Example: protem rules undo
    """
    boot.boot_ready()
    from protem.ledger.labels import services

    _measure_again(services.undo_change(_edited()))


def _edited() -> "Edited":
    from protem.kit import clock
    from protem.ledger.labels.services import Edited
    from protem.people.access import OPERATOR

    return Edited(by=OPERATOR, at=clock.now())


def _measure_again(done: "Changed") -> None:
    from protem import flow

    output.say(f"{done.labelled:,} assets are labelled otherwise than before.")
    if done.labelled:
        with output.progress_bar("Measuring") as tell:
            flow.remeasure(done.moved, progress=tell)


def _metric(view: "SnapshotView") -> dict[str, Any]:
    return {
        "name": view.metric,
        "value": view.reading.value,
        "unit": view.reading.unit,
        "target": view.target,
        "meets_target": view.meets_target,
        "verdict": view.reading.verdict.value,
        "n": view.reading.n,
    }


def _told(view: "SnapshotView | None") -> str:
    from protem.ui.wording import quantity

    if view is None:
        return "-"
    mark = {None: "○", True: "●", False: "▼"}[view.meets_target]
    if view.reading.value is None:
        return f"{mark} not enough data"
    return f"{mark} {quantity(view.reading.value, view.reading.unit)} (n {view.reading.n:,})"
