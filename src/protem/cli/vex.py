"""Commands about VEX documents: what the company says of its findings."""

from pathlib import Path
from typing import Annotated

import typer

from protem.cli import boot, output
from protem.kit.errors import ProtemError


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    vex = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Decisions as VEX documents."
    )
    vex.command("export")(export)
    vex.callback()(lambda: None)
    app.add_typer(vex, name="vex")


def export(
    form: Annotated[
        str, typer.Option("--format", help="openvex or cyclonedx", metavar="NAME")
    ] = "openvex",
    out: Annotated[
        Path | None, typer.Option(help="The file to write; without it, print.")
    ] = None,
    author: Annotated[str, typer.Option(help="Who says it; the company if empty.")] = "",
    cut: Annotated[str, typer.Option(help="A part of the company: group:Payments")] = "",
) -> None:
    """Write false positives and accepted risks as a VEX document.

    What suppliers' documents say is left out. To read one: protem import FILE

    Example: protem vex export --format cyclonedx --cut kind:image --out vex.json
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.ledger.cuts import parse_cut
    from protem.measure.wording import count
    from protem.people.access import OPERATOR
    from protem.risks import queries
    from protem.risks.vex import VexFormat, vex_text

    if form not in set(VexFormat):
        raise ProtemError(
            f"“{form}” is no VEX format", where="--format", remedy="openvex or cyclonedx"
        )
    said = queries.claims(
        OPERATOR, at=clock.now(), author=author, cut=parse_cut(cut) if cut else None
    )
    text = vex_text(said, VexFormat(form))
    if out is None:
        output.say(text.rstrip())
    else:
        _write(out, text)
        output.hint(f"{count(len(said.said), 'statement')} written to {out}")
    if said.left_out:
        output.hint(
            f"{count(said.left_out, 'false positive')} left out: said of only some places of"
            " a package, or of what has no package URL"
        )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ProtemError(
            error.strerror or "it cannot be written", where=str(path), remedy="give another"
        ) from None
