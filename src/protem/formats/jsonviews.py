"""Decoding a large JSON document whose long lists are decoded one element at a time.

Elements typed ``msgspec.Raw`` are views of the file, not copies: the file stays mapped for
as long as one of them is alive. So a report costs its own size and one finding.
"""

import mmap
from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec

from protem.formats.archives import unreadable
from protem.formats.format import ExportFile, FormatError

Document = TypeVar("Document")
Element = TypeVar("Element")

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode_views(file: ExportFile, kind: type[Document], *, expected: str) -> Document:
    """The whole file as ``kind``, whose ``Raw`` parts are left for ``elements``.

    Args:
        file: The export.
        kind: A msgspec struct that names only the fields needed, or a union with a list.
        expected: What the file should be, for the error's remedy.

    Raises:
        FormatError: The file is not JSON, is cut off, or has another shape.
    """
    try:
        return msgspec.json.decode(_mapped(file), type=kind)
    except _FAILURES as error:
        raise _refusal(error, file.name, expected) from None


def elements(
    parts: Sequence[msgspec.Raw] | None,
    decoder: msgspec.json.Decoder[Element],
    *,
    where: str,
    expected: str,
) -> Iterator[Element]:
    """Each part decoded; ``where`` names the file and the list in errors.

    Raises:
        FormatError: A part has another shape.
    """
    for number, part in enumerate(parts or ()):
        try:
            element = decoder.decode(part)
        except _FAILURES as error:
            raise _refusal(error, f"{where}[{number}]", expected) from None
        yield element


def _refusal(error: Exception, where: str, expected: str) -> FormatError:
    what = str(error)
    if isinstance(error, UnicodeDecodeError):
        what = f"not UTF-8 text at byte {error.start}"
    return FormatError(what, where=where, remedy=f"export it again as {expected}")


def _mapped(file: ExportFile) -> bytes | memoryview:
    try:
        with file.path.open("rb") as stream:
            start = stream.read(len(_UTF8_BOM))
            if not start:
                return b""
            contents = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise unreadable(file.name, error) from None
    if start.startswith(_UTF16_BOMS):
        return str(contents, "utf-16").encode()
    return contents[len(_UTF8_BOM) :] if start == _UTF8_BOM else contents
