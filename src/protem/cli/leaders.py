"""Commands about who counts as engineering leadership."""

from typing import Annotated

import typer

from protem.cli import boot, output
from protem.cli.days import day_of
from protem.kit.errors import ProtemError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Who counts as engineering leadership: list, add, remove.",
    )
    group.command("list")(list_leaders)
    group.command("add")(add)
    group.command("remove")(remove)
    app.add_typer(group, name="leaders")


def list_leaders(as_json: AsJson = False) -> None:
    """Print who is marked or was, and whose calendars there are.

    Example: protem leaders list --json
    """
    boot.boot_ready()
    import msgspec

    from protem.handoff import queries

    marked, calendars = queries.leader_history(), queries.calendar_people()
    if as_json:
        found = {"leaders": marked, "calendars": calendars}
        output.print_json(msgspec.to_builtins(found))
        return
    if not marked:
        output.say("Nobody is marked: everyone whose calendar is imported counts.")
    else:
        columns = ("id", "leader", "name", "since", "until", "by")
        rows = [
            (
                one.id,
                one.address,
                one.name,
                one.since or "always",
                "never counted" if one.is_mistake else one.until or "",
                one.added_by,
            )
            for one in marked
        ]
        output.print_table(columns, rows)
    if calendars:
        output.say()
        counted = [(one.person, one.entries, one.last_on) for one in calendars]
        output.print_table(("calendar of", "entries", "last"), counted)


def add(
    address: Annotated[str, typer.Argument(help="Address or name, as in the calendar.")],
    name: Annotated[str, typer.Option(help="The person's name, as in tickets.")] = "",
    since: Annotated[str | None, typer.Option(help="From that day on: 2026-03-01")] = None,
) -> None:
    """Mark someone, and judge the signals anew.

    Example: protem leaders add mara@company.example --name "Mara Voss" --since 2026-03-01
    """
    boot.boot_ready()
    from protem import flow
    from protem.handoff import services
    from protem.kit import clock
    from protem.people.access import OPERATOR

    services.add_leader(
        by=OPERATOR,
        address=address,
        name=name,
        since=day_of(since, where="--since"),
        at=clock.now(),
    )
    flow.read_signals_again()
    output.say(f"{address} counts as engineering leadership.")


def remove(
    address: Annotated[str, typer.Argument(help="Address, or id from: protem leaders list")],
    until: Annotated[str | None, typer.Option(help="The last day; today if left out.")] = None,
    mistake: Annotated[bool, typer.Option("--mistake", help="They never counted.")] = False,
) -> None:
    """No longer count someone, and judge the signals anew; what they did before stays.

    Example: protem leaders remove mara@company.example --until 2026-03-01
    """
    boot.boot_ready()
    from protem import flow
    from protem.handoff import services
    from protem.kit import clock
    from protem.people.access import OPERATOR

    now = clock.now()
    leader = services.end_leader(
        by=OPERATOR,
        leader_id=_id_of(address),
        until=day_of(until, where="--until") or now.date(),
        is_mistake=mistake,
        at=now,
    )
    flow.read_signals_again()
    when = "at no time" if mistake else f"no longer after {leader.until}"
    output.say(f"{leader} counts {when}.")


def _id_of(wanted: str) -> int:
    from protem.handoff import queries
    from protem.handoff.classify import same_person_key

    marked = [one for one in queries.leader_history() if one.until is None]
    for one in marked:
        if wanted == str(one.id) or one.key == same_person_key(wanted):
            return one.id
    raise ProtemError(f"{wanted} is not marked", remedy="see: protem leaders list")
