"""Opening zip and gzip archives that nobody has reason to trust.

Archives are told by their first bytes, never by name. What one expands to, how many entries
it has and how deep it nests is limited, and no entry's name is ever used as a path.
"""

import gzip
import lzma
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from protem.formats.format import ExportFile, FormatError

MOST_TIMES_LARGER = 200
ALWAYS_ALLOWED_BYTES = 1 << 20
"""A tiny archive of very regular text may pass ``MOST_TIMES_LARGER`` up to here."""
MOST_BYTES = 4 << 30
MOST_ENTRIES = 10_000
MOST_LAYERS = 2
"""An archive within an archive is opened, one more is not."""
MOST_DIRECTORY_BYTES = 16 << 20

_CHUNK = 1 << 20
_LONGEST_NAME = 400
_ZIP, _GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
_ENCRYPTED = 0x1
_END_BYTES, _LONGEST_COMMENT = 22, 65_535
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_OFFICE = "[Content_Types].xml"
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""What packers write that keep no times."""
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
)


@dataclass(kw_only=True, slots=True)
class _Allowance:
    """What may still come out of one archive that a person gave."""

    bytes_left: int
    entries_left: int


_Opener = Callable[[ExportFile, _Allowance], Iterator[ExportFile]]


class Unpacker:
    """Opens archives into a folder, and keeps count of what they take."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._bytes_left = MOST_BYTES

    def open(self, file: ExportFile) -> Iterator[ExportFile]:
        """The plain files that ``file`` is or holds.

        Raises:
            FormatError: It cannot be read, or is broken, encrypted or unsafe.
        """
        try:
            size = file.path.stat().st_size
        except OSError as error:
            raise unreadable(file.name, error) from None
        most = max(size * MOST_TIMES_LARGER, ALWAYS_ALLOWED_BYTES)
        allowance = _Allowance(bytes_left=most, entries_left=MOST_ENTRIES)
        yield from self._layer(file, allowance, MOST_LAYERS)

    def _layer(
        self, file: ExportFile, allowance: _Allowance, left: int
    ) -> Iterator[ExportFile]:
        opener = self._opener(file)
        if opener is None:
            yield file
            return
        if left == 0:
            raise FormatError(
                "archives nested too deep",
                where=file.name,
                remedy="unpack the outer archive and give what it holds",
            )
        for part in opener(file, allowance):
            yield from self._layer(part, allowance, left - 1)
        if left < MOST_LAYERS:
            file.path.unlink()

    def _opener(self, file: ExportFile) -> _Opener | None:
        try:
            with file.path.open("rb") as stream:
                magic = stream.read(4)
        except OSError as error:
            raise unreadable(file.name, error) from None
        if magic.startswith(_GZIP):
            return self._gzip
        return self._zip if magic in _ZIP and not _is_document(file) else None

    def _gzip(self, file: ExportFile, allowance: _Allowance) -> Iterator[ExportFile]:
        try:
            with gzip.open(file.path) as stream:
                path = self._write(stream, file.name, allowance)
        except _BROKEN as error:
            raise _broken(file.name, error) from None
        yield ExportFile(path=path, name=file.name, modified_at=file.modified_at)

    def _zip(self, file: ExportFile, allowance: _Allowance) -> Iterator[ExportFile]:
        with _open_zip(file) as archive:
            for entry in _entries(archive, file, allowance):
                name = printable(f"{file.name}!{entry.filename}")
                try:
                    with archive.open(entry) as stream:
                        path = self._write(stream, name, allowance)
                except _BROKEN as error:
                    raise _broken(name, error) from None
                yield ExportFile(path=path, name=name, modified_at=_time_of(entry, file))

    def _write(
        self, stream: IO[bytes] | gzip.GzipFile, name: str, allowance: _Allowance
    ) -> Path:
        handle, path = tempfile.mkstemp(dir=self._workspace, prefix="export-")
        with os.fdopen(handle, "wb") as out:
            while chunk := stream.read(_CHUNK):
                allowance.bytes_left -= len(chunk)
                self._bytes_left -= len(chunk)
                if min(allowance.bytes_left, self._bytes_left) < 0:
                    raise FormatError(
                        f"archives expand to more than {MOST_TIMES_LARGER} times their size "
                        f"or {MOST_BYTES >> 30} GiB",
                        where=name,
                        remedy="unpack them and give only the exports",
                    )
                out.write(chunk)
        return Path(path)


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is nobody's export."""
    return name == "__MACOSX" or (name.startswith(".") and name not in {".", ".."})


def printable(name: str) -> str:
    """``name`` without what would upset a terminal, a database or a page."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return shown if len(shown) <= _LONGEST_NAME else "…" + shown[-_LONGEST_NAME:]


def unreadable(name: str, error: OSError | ValueError) -> FormatError:
    """The error for a file that the operating system does not hand over."""
    if isinstance(error, FileNotFoundError):
        return FormatError(
            "there is no such file or folder", where=name, remedy="check the path"
        )
    problem = error.strerror if isinstance(error, OSError) else str(error)
    return FormatError(
        f"cannot be opened: {problem}", where=name, remedy="check the path and its permissions"
    )


def _open_zip(file: ExportFile) -> zipfile.ZipFile:
    try:
        _refuse_huge_directory(file)
        return zipfile.ZipFile(file.path)
    except _BROKEN as error:
        raise _broken(file.name, error) from None


def _is_document(file: ExportFile) -> bool:
    """Whether the archive is an office document, which is one file to a person."""
    with _open_zip(file) as archive:
        return _OFFICE in archive.NameToInfo


def _refuse_huge_directory(file: ExportFile) -> None:
    """The table of contents is read into memory at once, at many times its size."""
    with file.path.open("rb") as stream:
        stream.seek(max(file.path.stat().st_size - _END_BYTES - _LONGEST_COMMENT, 0))
        tail = stream.read()
    is_plain = tail[-_END_BYTES:].startswith(_ZIP[1]) and tail.endswith(b"\0\0")
    start = len(tail) - _END_BYTES if is_plain else tail.rfind(_ZIP[1])
    size = int.from_bytes(tail[start + 12 : start + 16], "little")
    if start >= 0 and size > MOST_DIRECTORY_BYTES:
        raise _too_many(file)


def _entries(
    archive: zipfile.ZipFile, file: ExportFile, allowance: _Allowance
) -> Iterator[zipfile.ZipInfo]:
    wanted = [
        entry
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename)
        if not entry.is_dir() and not any(map(is_hidden, _parts(entry)))
    ]
    allowance.entries_left -= len(wanted)
    if allowance.entries_left < 0:
        raise _too_many(file)
    if not wanted:
        raise FormatError(
            "the archive holds no files", where=file.name, remedy="pack the exports again"
        )
    for entry in wanted:
        _refuse_unsafe(entry, printable(f"{file.name}!{entry.filename}"))
        yield entry


def _refuse_unsafe(entry: zipfile.ZipInfo, where: str) -> None:
    parts = _parts(entry)
    if entry.flag_bits & _ENCRYPTED:
        remedy = "unpack it with its password and give the files"
        raise FormatError("the archive is encrypted", where=where, remedy=remedy)
    if stat.S_ISLNK(entry.external_attr >> 16):
        remedy = "pack the file itself"
        raise FormatError("a link, not a file", where=where, remedy=remedy)
    if ".." in parts or not parts[0] or ":" in parts[0]:
        remedy = "pack the exports again, with paths inside one folder"
        raise FormatError("a path that leads out of the archive", where=where, remedy=remedy)
    if entry.compress_type not in _METHODS:
        remedy = "pack the exports as an ordinary zip"
        raise FormatError("an unusual compression", where=where, remedy=remedy)


def _parts(entry: zipfile.ZipInfo) -> list[str]:
    return entry.filename.replace("\\", "/").split("/")


def _time_of(entry: zipfile.ZipInfo, file: ExportFile) -> datetime:
    try:
        moment = datetime(*entry.date_time, tzinfo=UTC)
    except ValueError:
        return file.modified_at
    return file.modified_at if entry.date_time == _FIRST_TIME else moment


def _too_many(file: ExportFile) -> FormatError:
    return FormatError(
        f"the archive holds more than {MOST_ENTRIES:,} files",
        where=file.name,
        remedy="split it",
    )


def _broken(name: str, error: Exception) -> FormatError:
    return FormatError(
        f"the archive is broken: {error}", where=name, remedy="download or pack it again"
    )
