"""The text of a JSON file, whatever its encoding, and telling JSON from tables."""

import codecs
import io
import mmap
from functools import lru_cache

from protem.formats.archives import unreadable
from protem.formats.format import ExportFile, FormatError

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_CHUNK = 1 << 20


@lru_cache(maxsize=2)
def text_of(head: bytes) -> str:
    """The beginning of a file as text, whatever its byte order mark; never raises.

    Windows PowerShell's ``>`` writes UTF-16, so command-line exports made there need it.
    Every format asks for the same text, so it is kept until the next file's.
    """
    return _decoded(head)


def _decoded(head: bytes) -> str:
    if head.startswith(_UTF16_BOMS):
        return head.decode("utf-16", errors="ignore")
    return head.removeprefix(_UTF8_BOM).decode("utf-8", errors="ignore")


def starts_json(head: bytes) -> bool:
    """Whether the first thing in the file opens a JSON object or list."""
    return _decoded(head[:1024]).lstrip()[:1] in {"{", "["}


def is_json(file: ExportFile) -> bool:
    """Whether the file opens a JSON object or list, as opposed to a table."""
    with file.path.open("rb") as stream:
        return starts_json(stream.read(1024))


def mapped(file: ExportFile, expected: str) -> memoryview:
    """The file's text in UTF-8, without a byte order mark.

    Raises:
        FormatError: It cannot be opened, or is UTF-16 and broken.
    """
    try:
        with file.path.open("rb") as stream:
            start = stream.read(len(_UTF8_BOM))
            if not start:
                return memoryview(b"")
            if start.startswith(_UTF16_BOMS):
                return _in_utf8(file, expected)
            contents = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise unreadable(file.name, error) from None
    return contents[len(_UTF8_BOM) :] if start == _UTF8_BOM else contents


def _in_utf8(file: ExportFile, expected: str) -> memoryview:
    """The text of a UTF-16 file, recoded by the megabyte: as large as the text, not twice."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    text, place = io.BytesIO(), 0
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                place = stream.tell() - len(chunk) - len(decoder.getstate()[0])
                text.write(decoder.decode(chunk).encode())
            place = stream.tell() - len(decoder.getstate()[0])
            text.write(decoder.decode(b"", final=True).encode())
    except UnicodeDecodeError as error:
        raise FormatError(
            f"not UTF-16 text at byte {place + error.start}",
            where=file.name,
            remedy=f"export it again as {expected}",
        ) from None
    return text.getbuffer()
