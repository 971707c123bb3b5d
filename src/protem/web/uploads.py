"""Taking in uploaded files: hostile names cleaned, sizes limited, archives opened."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files import File

from protem.formats.format import FormatError
from protem.formats.reading import expand
from protem.kit import clock
from protem.kit.errors import ProtemError
from protem.people.access import Act, Actor, authorise
from protem.sources import services
from protem.web.tasks import import_in_background

MOST_FILES = 200
MOST_FILE_BYTES = 1 << 30
LONGEST_NAME = 150
UNNAMED = "export"


class UploadRefusedError(ProtemError):
    """An upload that is not taken in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """What became of an upload: the runs opened, and why some files were not taken."""

    run_ids: list[int] = field(default_factory=list)
    refused: list[ProtemError] = field(default_factory=list)


def receive(files: Sequence[File[bytes]], *, by: Actor, target: str = "") -> Received:
    """Keep the files, open an import run for each (archives: for each inside), queue them.

    Raises:
        Refused: The person may not import.
        UploadRefusedError: There is no file, or there are too many.
    """
    authorise(by, Act.IMPORT)
    _check_count(files)
    received = Received()
    with TemporaryDirectory(prefix="protem-upload-") as folder:
        paths = list(_written(files, Path(folder), received))
        workspace = Path(folder, "opened")
        workspace.mkdir()
        for file in expand(paths, workspace=workspace, on_error=received.refused.append):
            run = services.open_run(
                by=by,
                path=file.path,
                name=file.name,
                modified_at=file.modified_at,
                at=clock.now(),
                target=target,
            )
            received.run_ids.append(run.pk)
    if received.run_ids:
        import_in_background.enqueue(received.run_ids)
    return received


def clean_name(name: str | None) -> str:
    """A file name that is only a name: no folders, no control characters, not hidden."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    shown = shown.strip().lstrip(".")
    return _shortened(shown) or UNNAMED


def _check_count(files: Sequence[File[bytes]]) -> None:
    if not files:
        raise UploadRefusedError("no file was chosen", remedy="choose the exports to import")
    if len(files) > MOST_FILES:
        raise UploadRefusedError(
            f"{len(files)} files are more than {MOST_FILES}", remedy="pack them into a zip"
        )


def _written(files: Iterable[File[bytes]], folder: Path, received: Received) -> Iterable[Path]:
    for number, file in enumerate(files):
        name = clean_name(file.name)
        if (file.size or 0) > MOST_FILE_BYTES:
            received.refused.append(_too_large(name))
            continue
        place = folder / str(number)
        place.mkdir()
        path = place / name
        with path.open("wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
        yield path


def _too_large(name: str) -> FormatError:
    return FormatError(
        f"larger than {MOST_FILE_BYTES >> 30} GiB",
        where=name,
        remedy="import it on the machine itself: protem import FILE",
    )


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST_NAME:
        return name
    stem, dot, suffix = name.rpartition(".")
    keep = LONGEST_NAME - len(suffix.encode()) - 1
    if not dot or keep < 1:
        return name.encode()[:LONGEST_NAME].decode(errors="ignore")
    return stem.encode()[:keep].decode(errors="ignore") + "." + suffix
