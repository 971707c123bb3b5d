"""Decoding one JSON document into typed structs without reading it twice into memory."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from protem.formats.format import ExportFile, FormatError

Document = TypeVar("Document")

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def text_of(head: bytes) -> str:
    """The beginning of a file as text, whatever its byte order mark; never raises.

    Windows PowerShell's ``>`` writes UTF-16, so command-line exports made there need it.
    """
    if head.startswith(_UTF16_BOMS):
        return head.decode("utf-16", errors="ignore")
    return head.removeprefix(_UTF8_BOM).decode("utf-8", errors="ignore")


def starts_json(head: bytes) -> bool:
    """Whether the first thing in the file opens a JSON object or list."""
    return text_of(head[:1024]).lstrip()[:1] in {"{", "["}


def is_json(file: ExportFile) -> bool:
    """Whether the file opens a JSON object or list, as opposed to a table."""
    with file.path.open("rb") as stream:
        return starts_json(stream.read(1024))


def decode(file: ExportFile, kind: type[Document], *, expected: str) -> Document:
    """The whole file as ``kind``.

    Args:
        file: The export.
        kind: A msgspec struct that names only the fields needed, or a union with a list.
        expected: What the file should be, for the error's remedy.

    Raises:
        FormatError: The file is not JSON, is cut off, or has another shape.
    """
    remedy = f"export it again as {expected}"
    try:
        with _contents(file) as contents:
            return msgspec.json.decode(contents, type=kind)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"not UTF-8 text at byte {error.start}", where=file.name, remedy=remedy
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise FormatError(str(error), where=file.name, remedy=remedy) from None


@contextmanager
def _contents(file: ExportFile) -> Iterator[bytes | memoryview]:
    with file.path.open("rb") as stream:
        if not stream.read(1):
            yield b""
        else:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                yield from _decoded(mapped)


def _decoded(mapped: mmap.mmap) -> Iterator[bytes | memoryview]:
    with memoryview(mapped) as view:
        if mapped[:2] in _UTF16_BOMS:
            yield str(view, "utf-16").encode()
        else:
            with view[len(_UTF8_BOM) if mapped[:3] == _UTF8_BOM else 0 :] as rest:
                yield rest
