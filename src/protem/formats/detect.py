"""Which format a file is in, by its content alone."""

import re

from protem.formats.format import FORMATS, ExportFile, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.reading import head
from protem.formats.tables import header_of

_MOST_NAMES = 12
_LONGEST_NAME = 60
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?\Z)\s*(:?)|[{}\[\]]', re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_NOT_ROOT = re.compile(r"<\?.*?(?:\?>|\Z)|<!--.*?(?:-->|\Z)|<![^>]*>?", re.DOTALL)
"""What is cut off counts too: otherwise each of many unclosed ones is sought to the end."""
_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "an Office document or zip archive: save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Office document: save it as CSV"),
    (b"\xfd7zXZ", "an xz archive: unpack it first"),
    (b"BZh", "a bzip2 archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive: unpack it first"),
    (b"SQLite format 3", "an SQLite database"),
)
_TAR_AT, _TAR = 257, b"ustar"


def detect(file: ExportFile, *, name: str | None = None) -> Format:
    """The format of ``file``; ``name`` forces one whatever the content looks like.

    Raises:
        FormatError: The file is empty, or no format, or more than one, recognises it.
        RegistryError: There is no format called ``name``.
    """
    start = head(file)
    if name is not None:
        return FORMATS.get(name)
    matching = [form for form in FORMATS if form.sniff(start)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        names = " or ".join(form.name for form in matching)
        raise FormatError(
            f"could be {names}", where=file.name, remedy="say which with --format NAME"
        )
    raise FormatError(
        f"not a format known here; it looks like {describe(start)}",
        where=file.name,
        remedy="“protem formats” lists what can be read; --format NAME forces one",
    )


def describe(start: bytes) -> str:
    """In words, what a file that begins with ``start`` looks like; never raises."""
    known = next((words for magic, words in _SIGNATURES if start.startswith(magic)), "")
    if known or start[_TAR_AT:].startswith(_TAR):
        return known or "a tar archive: unpack it first"
    text = text_of(start)
    if starts_json(start):
        return _described_json(text)
    if text.lstrip().startswith("<"):
        root = _ROOT.search(_NOT_ROOT.sub("", text))
        return f"XML with the root <{_short(root[1])}>" if root else "XML"
    if columns := header_of(start):
        return f"CSV with the columns {_listed(columns)}"
    lines = [] if "\0" in text else text.strip().splitlines()
    return f"text that begins “{_short(lines[0])}”" if lines else "a binary file"


def _described_json(text: str) -> str:
    is_list = text.lstrip().startswith("[")
    keys = _keys(text, depth=2 if is_list else 1)
    shape = "a JSON list of objects" if is_list else "a JSON object"
    if keys:
        return f"{shape} with the keys {_listed(keys)}"
    return "a JSON list" if is_list else "an empty JSON object"


def _keys(text: str, depth: int) -> tuple[str, ...]:
    """The keys of the first object that opens at ``depth``."""
    keys: dict[str, None] = {}
    level = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in {"{", "["}:
            level += 1
        elif mark in {"}", "]"}:
            if level == depth:
                break
            level -= 1
        elif level == depth and token[2]:
            keys[token[1]] = None
    return tuple(keys)


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(_short(name) for name in names[:_MOST_NAMES])
    return (
        shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"
    )


def _short(text: str) -> str:
    shown = "".join(char if char.isprintable() else " " for char in text[:_LONGEST_NAME])
    return shown if len(text) <= _LONGEST_NAME else shown + "…"
