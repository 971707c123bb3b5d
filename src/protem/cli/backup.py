"""Commands about backups: backup, restore."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from protem.cli import boot, output
from protem.kit.errors import ProtemError

if TYPE_CHECKING:
    from protem.backups.archive import Archive, Contents

SHORTEST = 12
"""Letters of a passphrase; as for passwords of people."""
_VARIABLE = "PROTEM_BACKUP_PASSPHRASE"
File = Annotated[Path, typer.Argument(help="The backup's file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: File,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help=f"With a passphrase: asked, or {_VARIABLE}.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only check that FILE is whole.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the database and the kept files to FILE, while the site may be in use.

    Example: protem backup /mnt/backups/protem-friday.protem
    """
    if verify:
        boot.boot()
        _verify(file, as_json=as_json)
        return
    boot.boot_ready()
    from protem.backups.archive import open_archive
    from protem.backups.making import make_backup, no_progress
    from protem.kit import clock

    passphrase = _new_passphrase() if encrypt else ""
    with output.progress_bar("Backup") as tell:
        make_backup(
            boot.instance(),
            file,
            at=clock.now(),
            passphrase=passphrase,
            replace=force,
            tell=tell or no_progress,
        )
    with open_archive(file, passphrase) as archive:
        _print(file, archive, "Wrote", as_json=as_json)


def restore(
    file: File,
    overwrite: Annotated[
        str, typer.Option(metavar="NAME", help="Replace the data of the instance so named.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make the instance what it was when FILE was written; all is verified first.

    Data in the way is replaced only after the instance's name was typed, and is kept as a
    backup itself.

    Example: protem restore /mnt/backups/protem-friday.protem
    """
    boot.boot()
    from django.conf import settings

    from protem.backups.restoring import restore as put_back
    from protem.backups.upgrading import settle
    from protem.kit import clock

    instance = boot.instance()
    passphrase = _passphrase_of(file)
    with _Bars() as bars:

        def confirm(contents: "Contents") -> None:
            bars.close()
            _confirm(instance.name, contents, overwrite)
            bars.open("Restoring")

        bars.open("Verifying")
        restored = put_back(
            file,
            instance,
            at=clock.now(),
            confirm=confirm,
            passphrase=passphrase,
            previous_passphrase=settings.BACKUP_PASSPHRASE,
            tell=bars.tell,
        )
    settle(instance.home)
    if as_json:
        output.print_json({**_told(restored.contents), "previous": _path(restored.previous)})
        return
    of = restored.contents
    output.say(f"Restored {of.instance} as of {_moment(of)}. Everybody signs in anew.")
    if restored.previous:
        output.say(f"What was replaced: {restored.previous}")
        output.hint(f"\nTo go back: protem restore {restored.previous}")


class _Bars(ExitStack):
    """One bar after another, with room for a question between them."""

    def open(self, title: str) -> None:
        self._tell = self.enter_context(output.progress_bar(title))

    def tell(self, step: str, share: float) -> None:
        if self._tell:
            self._tell(step, share)


def _verify(file: Path, *, as_json: bool) -> None:
    from protem.backups import state
    from protem.backups.archive import open_archive
    from protem.backups.making import no_progress, share_of

    passphrase = _passphrase_of(file)
    with open_archive(file, passphrase) as archive:
        with output.progress_bar("Verifying") as tell:
            size = archive.manifest.size
            archive.verify(share_of(size, tell or no_progress, start=0.0, step="reading"))
        state.refuse_unknown(archive.manifest.contents.migrations, where=str(file))
        _print(file, archive, "Whole:", as_json=as_json)


def _print(file: Path, archive: "Archive", verb: str, *, as_json: bool) -> None:
    from protem.backups.archive import is_encrypted

    contents, files = archive.manifest.contents, len(archive.files())
    rows, size = sum(contents.rows.values()), file.stat().st_size
    is_sealed = is_encrypted(file)
    if as_json:
        facts = {"file": str(file), "size": size, "files": files, "is_encrypted": is_sealed}
        output.print_json({**facts, **_told(contents)})
        return
    output.say(
        f"{verb} {file}, {size / 1e6:,.1f} MB{', encrypted' if is_sealed else ''}:"
        f" {contents.instance} as of {_moment(contents)}, {rows:,} rows and {files:,} files,"
        f" by Protem {contents.version}"
    )


def _told(contents: "Contents") -> dict[str, Any]:
    return {
        "instance": contents.instance,
        "version": contents.version,
        "created_at": contents.created_at,
        "vendor": contents.vendor,
        "rows": contents.rows,
    }


def _confirm(name: str, contents: "Contents", overwrite: str) -> None:
    from protem.backups.errors import Unconfirmed

    given = overwrite
    if not given and sys.stdin.isatty():
        given = typer.prompt(
            f"\nThe data of {name} will be replaced by {contents.instance}"
            f" as of {_moment(contents)}.\nType the instance's name, {name}, to go on",
            err=True,
        )
    if given != name:
        raise Unconfirmed(
            f"the instance {name} holds data; nothing was changed",
            remedy=f'to replace it: protem restore FILE --overwrite "{name}"',
        )


def _passphrase_of(file: Path) -> str:
    from django.conf import settings

    from protem.backups.archive import is_encrypted

    if not is_encrypted(file):
        return ""
    return settings.BACKUP_PASSPHRASE or _ask(f"Passphrase of {file.name}")


def _new_passphrase() -> str:
    from django.conf import settings

    given = str(settings.BACKUP_PASSPHRASE) or _ask("Passphrase", confirmation_prompt=True)
    if len(given) < SHORTEST:
        raise ProtemError(
            f"the passphrase is shorter than {SHORTEST} letters", remedy="choose a longer one"
        )
    return given


def _ask(question: str, *, confirmation_prompt: bool = False) -> str:
    if not sys.stdin.isatty():
        raise ProtemError("a passphrase is needed", remedy=f"set {_VARIABLE}")
    return str(
        typer.prompt(
            question, hide_input=True, err=True, confirmation_prompt=confirmation_prompt
        )
    )


def _moment(contents: "Contents") -> str:
    at = contents.created_at
    return f"{at.day} {at:%b %Y %H:%M} UTC"


def _path(path: Path | None) -> str | None:
    return str(path) if path else None
