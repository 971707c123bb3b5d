"""A backup as a file: a zip of the database and the kept files, with a manifest of both.

Written beside its name and renamed when whole, readable by its owner only. Every member's
SHA-256 stands in the manifest. An encrypted backup is the same zip, sealed.
"""

import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, cast

import msgspec

from protem.backups.errors import BackupError, Damaged, NotABackup, Unsuitable, WrongPassphrase
from protem.backups.sealed import COST, SealingWriter, UnsealingReader, is_sealed

FORMAT = 1
"""The newest shape of the archive that this version reads, and the one it writes."""
DATABASE = "database.sqlite3"
FILES = "files/"
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 26
_BLOCK = 1 << 20
_OWNER_ONLY = 0o600
_BEFORE_ALL_ZIPS = (1980, 1, 1, 0, 0, 0)
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    msgspec.MsgspecError,
    EOFError,
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
)
Tell = Callable[[int], None]
"""Told how many bytes were dealt with since it was last told."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file in the archive."""

    name: str
    size: int
    sha256: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is of."""

    instance: str
    version: str
    """Of the Protem that wrote it."""
    created_at: datetime
    vendor: str
    """The database it was taken from: ``sqlite`` or ``postgresql``."""
    migrations: dict[str, list[str]]
    """Those applied, by app."""
    rows: dict[str, int]
    """How many each table has."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The contents, with every member's size and digest."""

    format: int
    contents: Contents
    members: list[Member]

    @property
    def size(self) -> int:
        """Bytes of all members, unpacked."""
        return sum(member.size for member in self.members)


def write_archive(
    path: Path,
    contents: Contents,
    members: Iterable[tuple[str, Path]],
    *,
    passphrase: str = "",
    cost: int = COST,
    tell: Tell = lambda _size: None,
) -> Manifest:
    """Write the files (by the names they get) to ``path``, replacing it once all is written.

    A file that vanished is left out: an import that was removed meanwhile.
    """
    with _replacing(path) as raw:
        if passphrase:
            with SealingWriter(raw, passphrase, cost=cost) as sealing:
                return _pack(cast("IO[bytes]", sealing), contents, members, tell)
        return _pack(raw, contents, members, tell)


class Archive:
    """A backup that is open for reading."""

    def __init__(
        self, stream: IO[bytes], name: str, *, check: Callable[[], None] = lambda: None
    ) -> None:
        self._name, self._check = name, check
        with self._read():
            self._zip = zipfile.ZipFile(stream)
        self.manifest = self._manifest()

    def verify(self, tell: Tell = lambda _size: None) -> None:
        """Read all of it, and raise ``Damaged`` unless each byte is as it was written."""
        self._check()
        for member in self.manifest.members:
            for block in self._blocks(member):
                tell(len(block))

    def extract(self, name: str, path: Path) -> None:
        """Unpack one member to ``path``; raises ``Damaged`` if it is not what was written."""
        member = next(one for one in self.manifest.members if one.name == name)
        with _created(path) as target:
            for block in self._blocks(member):
                target.write(block)

    def files(self) -> list[Member]:
        """The kept files among the members."""
        return [one for one in self.manifest.members if one.name.startswith(FILES)]

    def _manifest(self) -> Manifest:
        with self._read():
            info = self._zip.getinfo(_MANIFEST)
            if info.file_size > _LARGEST_MANIFEST:
                raise ValueError("the manifest is too large")
            raw = self._zip.read(info)
            form = msgspec.json.decode(raw, type=_Form).format
            if form > FORMAT:
                raise Unsuitable(
                    "the backup was made by a newer version of Protem",
                    where=self._name,
                    remedy="update Protem, then restore it",
                )
            manifest = msgspec.json.decode(raw, type=Manifest)
            names = [member.name for member in manifest.members]
            if sorted([*names, _MANIFEST]) != sorted(self._zip.namelist()):
                raise ValueError("the manifest names other members")
            if DATABASE not in names or not all(map(_is_sound, names)):
                raise ValueError("a member has an impossible name")
        return manifest

    def _blocks(self, member: Member) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        with self._read(), self._zip.open(member.name) as stream:
            while size <= member.size and (block := stream.read(_BLOCK)):
                digest.update(block)
                size += len(block)
                yield block
        if size != member.size or digest.hexdigest() != member.sha256:
            raise self._damage()

    @contextmanager
    def _read(self) -> Iterator[None]:
        try:
            yield
        except _UNREADABLE as error:
            raise self._damage() from error

    def _damage(self) -> Damaged:
        return Damaged(
            "the backup was altered or cut since it was written",
            where=self._name,
            remedy="use another copy of it, or another backup",
        )


@contextmanager
def open_archive(path: Path, passphrase: str = "") -> Iterator[Archive]:
    """Open a backup.

    Raises:
        NotABackup: It is something else.
        WrongPassphrase: It is encrypted, and not with this passphrase.
        Damaged: It is not as it was written; ``Archive.verify`` says so of all of it.
        Unsuitable: A newer version made it.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise NotABackup(f"cannot be read: {error.strerror}", where=str(path)) from None
    with raw:
        if is_sealed(raw):
            if not passphrase:
                raise WrongPassphrase("the backup is encrypted", where=str(path))
            reader = UnsealingReader(raw, passphrase, name=str(path))
            yield Archive(io.BufferedReader(reader), str(path), check=reader.check)
        elif raw.read(2) != b"PK":
            raise NotABackup("this is no backup of Protem", where=str(path))
        else:
            yield Archive(raw, str(path))


def is_encrypted(path: Path) -> bool:
    """Whether a backup asks for a passphrase."""
    try:
        with path.open("rb") as stream:
            return is_sealed(stream)
    except OSError:
        return False


class _Form(msgspec.Struct):
    format: int


def _pack(
    stream: IO[bytes], contents: Contents, members: Iterable[tuple[str, Path]], tell: Tell
) -> Manifest:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        written = [found for name, path in members if (found := _add(packed, name, path, tell))]
        manifest = Manifest(format=FORMAT, contents=contents, members=written)
        packed.writestr(_entry(_MANIFEST), msgspec.json.encode(manifest))
    return manifest


def _add(packed: zipfile.ZipFile, name: str, path: Path, tell: Tell) -> Member | None:
    digest, size = hashlib.sha256(), 0
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return None
    with source, packed.open(_entry(name), "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            target.write(block)
            digest.update(block)
            size += len(block)
            tell(len(block))
    return Member(name=name, size=size, sha256=digest.hexdigest())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BEFORE_ALL_ZIPS)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _OWNER_ONLY << 16
    return entry


def _is_sound(name: str) -> bool:
    """Whether a member's name stays within the folder of the kept files."""
    path = PurePosixPath(name)
    is_plain = name == str(path) and not set(name) & set("\\:\0")
    is_file = name.startswith(FILES) and ".." not in path.parts
    return is_plain and (is_file or name == DATABASE)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that takes the place of ``path`` when all went well, and else is gone."""
    part = path.with_name(path.name + ".part")
    with _created(part) as stream:
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        except OSError as error:
            part.unlink(missing_ok=True)
            raise BackupError(
                f"cannot be written: {error.strerror}", where=str(path)
            ) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    part.replace(path)
    _sync_folder(path.parent)


@contextmanager
def _created(path: Path) -> Iterator[IO[bytes]]:
    """A file that was not there, for its owner only."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, _OWNER_ONLY)
    except FileExistsError:
        raise BackupError(
            "another backup is being written there",
            where=str(path),
            remedy="wait for it, or delete this file if none is",
        ) from None
    except OSError as error:
        raise BackupError(f"cannot be written: {error.strerror}", where=str(path)) from None
    with os.fdopen(number, "wb") as stream:
        yield stream


def _sync_folder(folder: Path) -> None:
    """See to it that a new name outlives a power cut, where the platform can be told."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


_BINARY = getattr(os, "O_BINARY", 0)
