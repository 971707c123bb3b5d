"""Commands about which records are one machine: the list, the doubts, and settling them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from protem.cli import boot, output
from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from protem.ledger.merges.queries import DoubtView, MergeView, PinView, RecordView
    from protem.ledger.merges.services import Settled

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Record = Annotated[str, typer.Argument(help="A record, as the list has it: source/id.")]
Reason = Annotated[str, typer.Option(help="How you know.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        invoke_without_command=True,
        rich_markup_mode=None,
        help="Which records are one machine, and why: join, split, undo.",
    )
    group.callback()(list_merges)
    group.command("join")(join)
    group.command("split")(split)
    group.command("undo")(undo)
    app.add_typer(group, name="merges")


def list_merges(
    context: typer.Context,
    doubts: Annotated[
        bool, typer.Option("--doubts", help="What shares a value and was not joined.")
    ] = False,
    pins: Annotated[bool, typer.Option("--pins", help="What people decided.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the machines made of several records, with the reason of each merge.

    Example: protem merges --doubts
    """
    if context.invoked_subcommand is not None:
        return
    boot.boot_ready()
    from protem.ledger.merges import queries

    if doubts:
        _print_doubts(queries.doubts(), as_json=as_json)
    elif pins:
        _print_pins(queries.pins(), as_json=as_json)
    else:
        _print_machines(queries.merges(), as_json=as_json)


def join(left: Record, right: Record, reason: Reason) -> None:
    """Make the machines of two records one, for good, and measure anew.

    Example: protem merges join intune/7f3 crowdstrike-falcon/a41 --reason "one asset tag"
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.ledger.merges import services
    from protem.people.access import OPERATOR

    _measure_anew(
        services.join_records(
            by=OPERATOR,
            left_id=_record(left).id,
            right_id=_record(right).id,
            reason=reason,
            at=clock.now(),
        )
    )


def split(record: Record, reason: Reason) -> None:
    """Take a record out of its machine, for good, and measure anew.

    Example: protem merges split intune/7f3 --reason "re-issued to somebody else"
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.ledger.merges import services
    from protem.people.access import OPERATOR

    _measure_anew(
        services.split_record(
            by=OPERATOR, record_id=_record(record).id, reason=reason, at=clock.now()
        )
    )


def undo(
    pin: Annotated[int, typer.Argument(help="Its number in “merges --pins”.")],
) -> None:
    """Take a join or split back: the rules decide again. Measures anew.

    Example: protem merges undo 3
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.ledger.merges import services
    from protem.people.access import OPERATOR

    _measure_anew(services.undo_pin(by=OPERATOR, pin_id=pin, at=clock.now()))


def _record(text: str) -> "RecordView":
    from protem.ledger.merges import queries

    found = queries.find_record(text)
    if found is None:
        raise ProtemError(
            f"there is no record “{text[:100]}”",
            remedy="name one as source/id; protem merges and --doubts list them",
        )
    return found


def _measure_anew(done: "Settled") -> None:
    from protem import flow

    with output.progress_bar("Measuring") as tell:
        flow.refresh(since=done.since, progress=tell)
    output.say(done.told)
    output.hint(f"Take it back with: protem merges undo {done.pin_id}")


def _print_machines(found: "list[MergeView]", *, as_json: bool) -> None:
    machines: dict[int | None, list[MergeView]] = {}
    for merge in found:
        machines.setdefault(merge.left.asset_id, []).append(merge)
    if as_json:
        output.print_json(
            [
                {
                    "asset": asset_id,
                    "records": list(_records(merges)),
                    "because": [
                        {"left": _named(one.left), "right": _named(one.right),
                         "rule": one.rule, "evidence": one.evidence}
                        for one in merges
                    ],
                }
                for asset_id, merges in machines.items()
            ]
        )  # fmt: skip
        return
    rows = [
        (
            merges[0].left.called,
            "\n".join(_records(merges)),
            "\n".join(dict.fromkeys(f"{one.rule} {one.evidence}" for one in merges)),
        )
        for merges in machines.values()
    ]
    output.print_table(("machine", "records", "because of"), rows)
    output.hint(f"{len(rows):,} machines of several records")


def _print_doubts(found: "list[DoubtView]", *, as_json: bool) -> None:
    if as_json:
        output.print_json(
            [
                {
                    "left": _named(one.left),
                    "right": _named(one.right),
                    "rule": one.rule,
                    "evidence": one.evidence,
                    "not_joined_because": one.because,
                    "is_question": one.is_question,
                }
                for one in found
            ]
        )
        return
    rows = [
        (_named(one.left), _named(one.right), f"{one.rule} {one.evidence}", one.because)
        for one in found
    ]
    output.print_table(("record", "and", "share", "not joined because"), rows)
    output.hint("Settle one: protem merges join A B, or split A if it stands with others")


def _print_pins(found: "list[PinView]", *, as_json: bool) -> None:
    if as_json:
        output.print_json([_pin(one) for one in found])
        return
    rows = [
        (one.id, one.kind + (", undone" if one.undone_at else ""), one.name, one.reason)
        for one in found
    ]
    output.print_table(("pin", "what", "records", "why"), rows)


def _records(merges: "list[MergeView]") -> list[str]:
    sides = (record for one in merges for record in (one.left, one.right))
    return sorted({_named(record) for record in sides})


def _named(record: "RecordView") -> str:
    return f"{record.source}/{record.external_id}"


def _pin(one: "PinView") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one)
