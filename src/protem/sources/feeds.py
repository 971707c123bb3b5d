"""Catalogues that are fetched where the instance's settings name an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from django.conf import settings

from protem.formats.detect import detect
from protem.formats.reading import expand
from protem.kit.errors import ProtemError
from protem.people.access import Act, Actor, authorise
from protem.sources.outbound import FetchError, fetch


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What became of one catalogue; ``error`` is None where the file is whole."""

    path: Path
    error: ProtemError | None


def configured() -> Mapping[str, str]:
    """The address of each catalogue that is to be fetched, by format."""
    return {form: url for form, url in settings.PROTEM_FEEDS.items() if url}


def download(*, by: Actor, into: Path) -> list[Fetched]:
    """Fetch every configured catalogue into a folder of its own below ``into``.

    Raises:
        Refused: ``by`` may not import.
        FetchError: No address is configured.
    """
    authorise(by, Act.IMPORT)
    feeds = configured()
    if not feeds:
        raise FetchError(
            "no address is set, so nothing is fetched",
            remedy="set PROTEM_KEV_URL or PROTEM_EPSS_URL, or import the file",
        )
    return [_downloaded(form, url, into / form) for form, url in feeds.items()]


def _downloaded(form: str, url: str, folder: Path) -> Fetched:
    folder.mkdir()
    last = PurePosixPath(unquote(urlsplit(url).path)).name
    name = "".join(sign for sign in last if sign.isalnum() or sign in "-_.") or form
    path, error = folder / name, None
    try:
        fetch(url, path)
        _check(path, form, url, folder)
    except ProtemError as refused:
        error = refused
        path.write_bytes(b"")
    return Fetched(path=path, error=error)


def _check(path: Path, form: str, url: str, folder: Path) -> None:
    """Raise unless the file is the catalogue: an address may lead to anything."""
    workspace = folder / "unpacked"
    workspace.mkdir()
    for file in expand([path], workspace=workspace):
        found = detect(file)
        if found.name != form:
            raise FetchError(
                f"this is {found.title}", where=url, remedy=f"give the address of {form}"
            )
