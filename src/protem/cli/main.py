"""The command's front door: the list of commands, and errors in one line.

Commands live in modules of their own and import what they need when they run, so that
``protem --help`` answers at once.
"""

import os
import sys
import traceback
from typing import Annotated

import typer

from protem import __version__
from protem.cli import (
    assets,
    backup,
    definitions,
    files,
    findings,
    instance,
    leaders,
    merges,
    numbers,
    vex,
)
from protem.kit.errors import ProtemError

app = typer.Typer(
    name="protem",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="The security-program cockpit of a CTO who is the CISO until there is one.",
)
for module in (
    instance,
    files,
    numbers,
    assets,
    merges,
    findings,
    vex,
    definitions,
    leaders,
    backup,
):
    module.register(app)

USAGE_ERROR = 2
INTERRUPTED = 130


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"protem {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option(help="Show tracebacks.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which."),
    ] = False,
) -> None:
    del version
    if debug:
        os.environ["PROTEM_TRACEBACKS"] = "1"


def run() -> None:
    """Run the command; a ``ProtemError`` becomes one line on stderr and exit code 2."""
    try:
        app()
    except ProtemError as error:
        if os.environ.get("PROTEM_TRACEBACKS"):
            traceback.print_exc()
        sys.stderr.write(f"protem: {error}\n")
        sys.exit(USAGE_ERROR)
    except KeyboardInterrupt:
        sys.stderr.write("protem: interrupted; nothing half-done was kept\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
