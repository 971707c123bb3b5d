"""Commands about files: import, inspect, formats, sources, revert."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protem.cli import boot, output
from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from protem.sources.queries import ImportRun

BAD_NEWS = 1
USAGE = 2
Paths = Annotated[
    list[Path], typer.Argument(help="Files, folders, .gz or .zip.", metavar="PATH…")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FormatName = Annotated[
    str | None, typer.Option("--format", help="Read as this format instead of looking.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("import")(import_files)
    app.command()(fetch)
    app.command()(inspect)
    app.command()(formats)
    app.command()(sources)
    app.command()(revert)


def import_files(
    paths: Paths,
    format_name: FormatName = None,
    target: Annotated[
        str, typer.Option(help="What was scanned, if the file can't say: repository:acme/web")
    ] = "",
    as_of: Annotated[
        str | None, typer.Option(help="The date the files speak of: 2026-03-01[T12:00]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import exports of the tools you run.

    Example: protem import falcon.json scans/ weekly.zip
    """
    boot.boot_ready()
    from protem import flow
    from protem.people.access import OPERATOR

    hints = flow.Hints(format=format_name, target=target, as_of=_moment(as_of))
    with output.progress_bar("Importing") as tell:
        runs = flow.import_paths(paths, by=OPERATOR, hints=hints, progress=tell)
    _tell(runs, as_json=as_json)


def fetch(as_json: AsJson = False) -> None:
    """Fetch the KEV catalogue and EPSS scores, where their addresses are set, and import them.

    Only the addresses in PROTEM_KEV_URL and PROTEM_EPSS_URL are ever called; both are empty
    until you set them.

    Example: protem fetch --json
    """
    boot.boot_ready()
    from protem import flow
    from protem.people.access import OPERATOR

    with output.progress_bar("Fetching") as tell:
        runs = flow.fetch(by=OPERATOR, progress=tell)
    _tell(runs, as_json=as_json)


def inspect(paths: Paths, format_name: FormatName = None, as_json: AsJson = False) -> None:
    """Say what files are and what an import would read, storing nothing.

    Example: protem inspect scan.json --json
    """
    from tempfile import TemporaryDirectory

    import msgspec

    from protem.formats.inspect import inspect as look_into
    from protem.formats.reading import expand

    with TemporaryDirectory(prefix="protem-") as workspace:
        found = [
            msgspec.to_builtins(look_into(file, format_name=format_name))
            for file in expand(paths, workspace=Path(workspace))
        ]
    if as_json:
        output.print_json({"files": found})
    else:
        for one in found:
            _print_inspection(one)
    if any(one["error"] for one in found):
        raise typer.Exit(USAGE)


def formats(as_json: AsJson = False) -> None:
    """List the formats that can be read and what they feed.

    Example: protem formats
    """
    from protem.formats.format import FORMATS

    known = list(FORMATS)
    if as_json:
        output.print_json(
            [
                {
                    "name": form.name,
                    "title": form.title,
                    "feeds": [str(fed) for fed in form.feeds],
                    "example": form.example,
                    "says_critical": form.says_critical,
                    "patch_proof": form.patch_proof,
                }
                for form in known
            ]
        )
        return
    rows = [(form.name, form.title, ", ".join(form.feeds)) for form in known]
    output.print_table(("format", "what it is", "feeds"), rows)
    proofs = [(form.name, form.patch_proof.in_words) for form in known if form.patch_proof]
    output.hint("\nWhat it can prove about the patches of a machine:")
    output.print_table(("format", "proves"), proofs)
    output.hint("\nHow to get each export: protem formats --json")


def sources(as_json: AsJson = False) -> None:
    """List the sources and how fresh each is.

    Example: protem sources
    """
    boot.boot_ready()
    from protem.kit import clock
    from protem.measure.kept.queries import freshness

    now = clock.now()
    found = freshness()
    if as_json:
        output.print_json(
            [
                {
                    "tool": one.tool,
                    "newest_at": one.newest_at,
                    "usual_days": one.usual_days,
                    "scopes": one.scopes,
                    "age_days": (now - one.newest_at).total_seconds() / 86_400,
                }
                for one in found
            ]
        )
        return
    if not found:
        output.say("No sources yet. Import a file: protem import FILE")
        return
    rows = [
        (one.tool, one.newest_at, (now - one.newest_at).days, one.usual_days, one.scopes)
        for one in found
    ]
    output.print_table(("source", "newest report", "days ago", "usual days", "scopes"), rows)


def revert(
    run_id: Annotated[
        int, typer.Argument(help="The import's number, as “protem import” gave it.")
    ],
) -> None:
    """Take an import out of the ledger again.

    Example: protem revert 12
    """
    boot.boot_ready()
    from protem import flow
    from protem.people.access import OPERATOR
    from protem.sources import queries

    run = queries.run(OPERATOR, run_id)
    if run is None:
        raise ProtemError(f"there is no import {run_id}", remedy="see: protem import --json")
    with output.progress_bar("Reverting") as tell:
        flow.revert(run, by=OPERATOR, progress=tell)
    output.say(f"Reverted import {run_id}: {run.name}")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ProtemError(
            f"“{text}” is not a date",
            where="--as-of",
            remedy="write 2026-03-01 or 2026-03-01T12:00",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tell(runs: "list[ImportRun]", *, as_json: bool) -> None:
    """Print what became of files; ends with exit code 2 if one failed."""
    if as_json:
        output.print_json([_as_dict(run) for run in runs])
    else:
        _print_runs(runs)
    if any(run.state == "failed" for run in runs):
        raise typer.Exit(USAGE)


def _as_dict(run: "ImportRun") -> dict[str, Any]:
    return {
        "path": run.name,
        "format": run.format or None,
        "import_id": run.pk,
        "state": run.state,
        "as_of": run.as_of,
        "read": run.read,
        "new": run.new,
        "closed": run.closed,
        "reopened": run.reopened,
        "unchanged": run.unchanged,
        "skipped": run.skipped,
        "warnings": run.warnings,
        "error": run.error or None,
        "seconds": run.seconds,
    }


def _print_runs(runs: "list[ImportRun]") -> None:
    columns = ("import", "file", "format", "read", "new", "closed", "reopened", "unchanged")
    rows = [
        (str(r.pk), r.name, r.format, r.read, r.new, r.closed, r.reopened, r.unchanged)
        for r in runs
    ]
    output.print_table(columns, rows)
    for run in runs:
        for skipped in run.skipped:
            output.say(f"{run.name}: left out {skipped['count']:,}: {skipped['reason']}")
        for warning in run.warnings:
            output.say(f"{run.name}: {warning}")
        if run.error:
            output.hint(_error_line(run.error, run.name))


def _print_inspection(one: dict[str, Any]) -> None:
    if one["error"]:
        output.hint(_error_line(one["error"], one["path"]))
        return
    output.say(f"{one['path']}: {one['format']}")
    output.say(f"  as of    {one['as_of']} (from {one['as_of_source']})")
    for kind, count in one["records"].items():
        output.say(f"  {kind:<8} {count:,}")
    for target in one["scope"][:10]:
        output.say(f"  scope    {target}")
    for skipped in one["skipped"]:
        output.say(f"  left out {skipped['count']:,}: {skipped['reason']}")
    for warning in one["warnings"]:
        output.say(f"  note     {warning}")


def _error_line(error: dict[str, str], name: str) -> str:
    place = error.get("where") or name
    remedy = f" — {error['remedy']}" if error.get("remedy") else ""
    return f"{place}: {error['what']}{remedy}"
