"""Commands about the instance: init, demo, serve, worker, doctor."""

import os
from pathlib import Path
from typing import Annotated

import typer

from protem.cli import boot, output
from protem.kit.errors import ProtemError

DEMO_ADDRESS = "cto@tidemark.example"
Port = Annotated[int, typer.Option(help="The port to listen on.")]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Home = Annotated[Path | None, typer.Option(help="Where the instance lives.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(demo)
    app.command()(init)
    app.command()(serve)
    app.command(hidden=True)(web)
    app.command()(worker)
    app.command()(doctor)


def init(
    email: Annotated[str, typer.Option(help="The owner's address.")] = "",
    name: Annotated[str, typer.Option(help="The owner's name.")] = "",
    company: Annotated[str, typer.Option(help="The company's name.")] = "",
    port: Port = 8000,
) -> None:
    """Set up the instance, or bring it to this version; prints a one-time login link.

    Example: protem init --email you@company.example
    """
    boot.boot()
    boot.bring_forward()
    from protem.kit import clock
    from protem.people import queries, services
    from protem.people.access import OPERATOR

    if company:
        services.name_company(by=OPERATOR, name=company, at=clock.now())
    owner = queries.first_owner()
    if email:
        owner = services.ensure_owner(email=email, name=name, at=clock.now())
    if owner is None:
        output.say(
            "The database is ready. Make the owner: protem init --email you@company.example"
        )
        return
    output.say(f"The instance is ready. Owner: {owner.email}")
    output.say(f"One-time login link, good for an hour: {_login_url(owner.email, port)}")
    output.hint("\nStart it: protem serve")


def demo(
    home: Home = None,
    port: Port = 8000,
    serve_it: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the site when loaded.")
    ] = True,
) -> None:
    """Make an instance of the demo company Tidemark, print its verdict and serve it.

    Example: protem demo --home ./demo --no-serve
    """
    from tempfile import mkdtemp

    folder = home or Path(mkdtemp(prefix="protem-demo-"))
    if home and (home / "protem.sqlite3").exists():
        raise ProtemError(
            "there is an instance already", where=str(home), remedy="name another folder"
        )
    os.environ.pop("DATABASE_URL", None)
    boot.boot(folder)
    boot.bring_forward()
    _load_demo(folder)
    from protem.cli.numbers import print_status

    output.say()
    print_status()
    output.say()
    output.say(f"The demo company lives in {folder}")
    if not serve_it:
        output.say(f"Serve it: PROTEM_HOME={folder} protem serve")
        return
    output.say(
        f"Sign in with this link, good once within the hour: {_login_url(DEMO_ADDRESS, port)}"
    )
    from protem.cli.serving import serve_site

    serve_site(port=port, host="127.0.0.1")


def serve(
    port: Port = 8000,
    host: Host = "127.0.0.1",
    processes: Annotated[
        int, typer.Option(help="How many processes answer; 0: one a core, at most two.", min=0)
    ] = 0,
) -> None:
    """Serve the site, with a worker for imports beside it. Ctrl-C stops both.

    An instance of an earlier version is brought to this one first, after a backup.

    Example: protem serve --port 8080
    """
    boot.boot()
    boot.refuse_half_upgraded()
    from protem.backups import state

    if state.holds_data():
        boot.bring_forward()
    boot.boot_ready()
    from protem.people import queries

    owner = queries.first_owner()
    if owner is None:
        raise ProtemError(
            "nobody can sign in yet", remedy="run: protem init --email you@company.example"
        )
    output.say(f"One-time login link, good for an hour: {_login_url(owner.email, port)}")
    from protem.cli.serving import USUAL, serve_site

    serve_site(port=port, host=host, processes=processes or USUAL)


def web(
    socket: Annotated[int, typer.Argument(help="The number of an open socket.")],
    parent: Annotated[int, typer.Argument(help="The process that opened it.")],
) -> None:
    """Answer by a socket that ``serve`` opened."""
    boot.boot_ready()
    from protem.cli.serving import answer_beside

    answer_beside(socket, parent=parent)


def worker() -> None:
    """Work through queued imports until stopped; ``serve`` runs one by itself.

    It also makes the nightly backups.

    Example: protem worker
    """
    boot.boot_ready()
    from django.conf import settings
    from django.core.management import call_command

    from protem.backups.nightly import every_night

    with every_night(
        boot.instance, keep=settings.BACKUP_KEEP, passphrase=settings.BACKUP_PASSPHRASE
    ):
        call_command("db_worker", interval=0.5, verbosity=0)


def doctor() -> None:
    """Check the instance: database, files, sources; says what to mend.

    Example: protem doctor
    """
    boot.boot()
    from protem.cli.checks import checks

    results = checks()
    output.print_table(
        ("check", "", "what was found"),
        [(one.name, "●" if one.is_good else "▼", one.finding) for one in results],
    )
    remedies = [one.remedy for one in results if not one.is_good]
    for remedy in remedies:
        output.hint(f"to do: {remedy}")
    if remedies:
        raise typer.Exit(1)


def _load_demo(folder: Path) -> None:
    from datetime import timedelta

    from protem import flow
    from protem.demo import COMPANY
    from protem.demo.teams import team_rules
    from protem.demo.write import write_company
    from protem.kit import clock
    from protem.ledger.labels.services import Edited, import_rules
    from protem.ledger.rulebook import from_csv
    from protem.people import services
    from protem.people.access import OPERATOR

    now = clock.now()
    exports = folder / "exports"
    with output.progress_bar("Writing exports") as tell:
        manifest = write_company(exports, until=(now - timedelta(days=1)).date(), progress=tell)
    services.ensure_owner(email=DEMO_ADDRESS, name="Robin Vale", at=now)
    services.name_company(by=OPERATOR, name=COMPANY, at=now)
    edited = Edited(by=OPERATOR, at=now)
    import_rules(edited, from_csv(team_rules()), replacing=True)
    with output.progress_bar("Importing") as tell:
        runs = flow.import_paths(manifest.paths, by=OPERATOR, progress=tell, is_demo=True)
    failed = [run for run in runs if run.state == "failed"]
    if failed:
        first = failed[0]
        raise ProtemError(
            f"{len(failed)} files of the demo company failed: {first.error['what']}",
            where=first.name,
        )
    seconds = (clock.now() - now).total_seconds()
    output.say(f"Loaded Tidemark, a demo company: {len(runs):,} files in {seconds:.0f} s.")


def _login_url(email: str, port: int) -> str:
    from protem.kit import clock
    from protem.people import services

    now = clock.now()
    person = services.ensure_owner(email=email, at=now)
    return f"http://127.0.0.1:{port}/enter/{services.make_login_link(person=person, at=now)}/"
