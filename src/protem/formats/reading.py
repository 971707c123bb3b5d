"""From what a person drops in (files, folders, archives) to plain files ready to be read."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from protem.formats.archives import Unpacker, is_hidden, printable, unreadable
from protem.formats.format import ExportFile, FormatError

HEAD_BYTES = 64 * 1024


def expand(
    paths: Iterable[Path],
    *,
    workspace: Path,
    on_error: Callable[[FormatError], None] | None = None,
) -> Iterator[ExportFile]:
    """Every plain file in ``paths``, in order; folders and archives are gone through.

    A file in a folder is named by its path from that folder's parent
    (``web-01/dpkg.log``), one in an archive ``exports.zip!web/trivy.json``.

    Args:
        paths: Files and folders. In folders, hidden files and links are passed over.
        workspace: A folder for what archives hold; the caller removes it after use.
        on_error: Told of what cannot be opened, while the rest goes on. Without it the
            first such thing ends everything.

    Raises:
        FormatError: A path is missing, or an archive is broken, encrypted or unsafe.
    """
    unpacker = Unpacker(workspace)
    for path in paths:
        try:
            for file in _files_of(path):
                try:
                    yield from unpacker.open(file)
                except FormatError as error:
                    if on_error is None:
                        raise
                    on_error(error)
        except FormatError as error:
            if on_error is None:
                raise
            on_error(error)


def head(file: ExportFile) -> bytes:
    """The file's first 64 KiB, for sniffing.

    Raises:
        FormatError: The file is empty or cannot be opened.
    """
    try:
        with file.path.open("rb") as stream:
            start = stream.read(HEAD_BYTES)
    except OSError as error:
        raise unreadable(file.name, error) from None
    if not start.strip():
        raise FormatError(
            "the file is empty",
            where=file.name,
            remedy="run the export again and see that it ends without an error",
        )
    return start


def _files_of(path: Path) -> Iterator[ExportFile]:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(printable(str(path)), error) from None
    if stat.S_ISREG(status.st_mode):
        yield _file(path, path.name, status)
    elif stat.S_ISDIR(status.st_mode):
        yield from _files_in(path)
    else:
        raise FormatError(
            "neither a file nor a folder",
            where=printable(str(path)),
            remedy="save the export to a file first",
        )


def _files_in(folder: Path) -> Iterator[ExportFile]:
    top = folder.resolve()
    is_barren = True
    for root, folders, names in os.walk(top, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(names):
            path = Path(root, name)
            shown = path.relative_to(top.parent).as_posix()
            try:
                status = path.lstat()
            except OSError as error:
                raise unreadable(printable(shown), error) from None
            if is_hidden(name) or not stat.S_ISREG(status.st_mode):
                continue
            is_barren = False
            yield _file(path, shown, status)
    if is_barren:
        raise FormatError(
            "the folder holds no files",
            where=printable(str(folder)),
            remedy="give a folder with exports in it",
        )


def _file(path: Path, name: str, status: os.stat_result) -> ExportFile:
    modified_at = datetime.fromtimestamp(status.st_mtime, tz=UTC)
    return ExportFile(path=path, name=printable(name), modified_at=modified_at)


def _refuse(error: OSError) -> None:
    raise unreadable(printable(str(error.filename)), error)
