"""Decoding a JSON document whose long lists are decoded a slice at a time, when asked.

A struct names such a list ``msgspec.Raw``, which is a view of the file, not a copy: the file
stays mapped for as long as a view of it is alive. So a document costs one slice of its lists
and what else its struct names, however long the lists are.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from protem.formats.format import ExportFile, FormatError
from protem.formats.jsonfile import mapped

Document = TypeVar("Document")
Element = TypeVar("Element")
Anything = TypeVar("Anything")

ABSENT = msgspec.Raw()
"""A list that the document does not have."""
FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a file that is not what it should be."""

_SLICE_BYTES = 1 << 16
_WINDOW_BYTES = 1 << 14
"""How far behind a slice's size its end is looked for."""
_MOST_GUESSES = 2
_BLANKS = re.compile(rb"[ \t\r\n]*")
_LIST_START = re.compile(rb"[ \t\r\n]*\[")
_EMPTY_LIST = re.compile(rb"\[[ \t\r\n]*\]")
_TRAILING = "JSON is malformed: trailing characters (byte "
_OPENING, _CLOSING = ord("["), ord("]")
_ANY_VALUE = msgspec.json.Decoder(msgspec.Raw)
_ANY_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_NO_LIST = msgspec.json.Decoder(list[msgspec.Raw] | None)


def decode_views(
    file: ExportFile, kind: type[Document], *, expected: str, bare: str = ""
) -> Document:
    """The whole file as ``kind``, whose ``Raw`` lists are left for ``elements``.

    Args:
        file: The export.
        kind: A msgspec struct that names only the fields needed.
        expected: What the file should be, for the error's remedy.
        bare: The field that takes the whole file where that is a list instead of an object.

    Raises:
        FormatError: The file is not JSON, is cut off, or has another shape.
    """
    contents = mapped(file, expected)
    try:
        if bare and _LIST_START.match(contents):
            return kind(**{bare: _ANY_VALUE.decode(contents)})
        return msgspec.json.decode(contents, type=kind)
    except FAILURES as error:
        raise refusal(error, file.name, expected) from None


class ElementOf(Generic[Element]):
    """How the elements of a list are decoded: one alone, and several in a list."""

    def __init__(self, kind: Any) -> None:
        self.one: msgspec.json.Decoder[Element] = msgspec.json.Decoder(kind)
        self.many: msgspec.json.Decoder[list[Element]] = msgspec.json.Decoder(list[kind])


def elements(
    part: msgspec.Raw, kind: ElementOf[Element], *, where: str, expected: str
) -> "Elements[Element] | None":
    """The list that ``part`` is, ``None`` where there is none; ``where`` names it in errors.

    Raises:
        FormatError: It is something else than a list.
    """
    view = memoryview(part) if part is not ABSENT else None
    if not view:
        return None
    if view[0] == _OPENING:
        return Elements(view, kind, where=where, expected=expected)
    try:
        _NO_LIST.decode(view)
    except FAILURES as error:
        raise refusal(error, where, expected) from None
    return None


class _Slice(NamedTuple):
    """Some elements in a row: their bytes, how many they are, and the number of the first."""

    start: int
    end: int
    length: int
    first: int


class Elements(Generic[Element]):
    """A list in a document that was found well-formed; each turn decodes it anew.

    Iterating raises ``FormatError`` where an element has another shape.
    """

    __slots__ = ("_expected", "_kind", "_rest", "_slices", "_view", "_where")

    def __init__(
        self, view: memoryview, kind: ElementOf[Element], *, where: str, expected: str
    ) -> None:
        self._view = view
        self._kind = kind
        self._where = where
        self._expected = expected
        self._slices: list[_Slice] = []
        self._rest = 1
        """Where the elements begin that no slice holds yet; 0 when there are none."""
        if _EMPTY_LIST.match(view):
            self._rest = 0

    def __bool__(self) -> bool:
        return bool(self._slices) or self._rest > 0

    def __len__(self) -> int:
        while self._rest:
            self._find_slice(_ANY_LIST)
        return self._found()

    def __iter__(self) -> Iterator[Element]:
        if len(self._view) <= _SLICE_BYTES:
            if self:
                yield from self._all()
            return
        number = 0
        while number < len(self._slices) or self._rest:
            is_new = number == len(self._slices)
            found = self._find_slice(self._kind.many) if is_new else None
            yield from found or self._decoded(self._slices[number])
            number += 1

    def picked(self, numbers: Iterable[int]) -> Iterator[Element]:
        """The elements of these numbers, which ascend; a slice without any is not decoded."""
        decoded: list[Element] = []
        first, place = 0, -1
        for number in numbers:
            if number >= first + len(decoded):
                place = self._slice_with(number, place + 1)
                decoded, first = self._decoded(self._slices[place]), self._slices[place].first
            yield decoded[number - first]

    def _slice_with(self, number: int, place: int) -> int:
        while True:
            if place == len(self._slices):
                self._find_slice(_ANY_LIST)
            if number < self._slices[place].first + self._slices[place].length:
                return place
            place += 1

    def _find_slice(
        self, decoder: msgspec.json.Decoder[list[Anything]]
    ) -> list[Anything] | None:
        """Find one more slice; what it holds, if it was decoded on the way."""
        view, start = self._view, self._rest
        second = start + _step(view[start:])
        if second - start < _SLICE_BYTES and view[second - 1] != _CLOSING:
            found = self._guess_slice(second, decoder)
            if found is not None:
                return found
        self._walk_slice(second)
        return None

    def _guess_slice(
        self, second: int, decoder: msgspec.json.Decoder[list[Anything]]
    ) -> list[Anything] | None:
        """End a slice with what stands between its first and ``second`` element.

        What parses as a list ends where an element ends; a wrong guess does not parse.
        """
        view, start = self._view, self._rest
        gap = bytes(view[second - 2 : _after_blanks(view, second) + 1])
        text = b"".join((b"[", view[start : start + _SLICE_BYTES + _WINDOW_BYTES]))
        if start + len(text) > len(view):
            return self._kept(text, len(view) - 1, 0, decoder)
        place = _SLICE_BYTES
        for _ in range(_MOST_GUESSES):
            place = text.find(gap, place + 1)
            if place < 0:
                break
            end = start + place
            found = self._kept(text[: place + 1] + b"]", end, end + len(gap) - 2, decoder)
            if found is not None:
                return found
        return None

    def _kept(
        self, text: bytes, end: int, rest: int, decoder: msgspec.json.Decoder[list[Anything]]
    ) -> list[Anything] | None:
        """What ``text`` holds, and its slice kept; ``None`` where it is no list."""
        try:
            found = decoder.decode(text)
        except FAILURES:
            return None
        self._keep(end, len(found), rest)
        return found

    def _walk_slice(self, second: int) -> None:
        """End a slice by walking over its elements, of which the ``second`` is known."""
        view, start, place, length = self._view, self._rest, second, 1
        while place - start < _SLICE_BYTES and view[place - 1] != _CLOSING:
            place += _step(view[place:])
            length += 1
        is_last = view[place - 1] == _CLOSING
        self._keep(place - 1, length, 0 if is_last else place)

    def _keep(self, end: int, length: int, rest: int) -> None:
        self._slices.append(_Slice(self._rest, end, length, self._found()))
        self._rest = rest

    def _found(self) -> int:
        """How many elements are in slices."""
        return self._slices[-1].first + self._slices[-1].length if self._slices else 0

    def _all(self) -> list[Element]:
        try:
            return self._kind.many.decode(self._view)
        except FAILURES as error:
            whole = _Slice(1, len(self._view) - 1, len(self), 0)
            raise self._refusal_in(whole, error) from None

    def _decoded(self, part: _Slice) -> list[Element]:
        view = self._view[part.start : part.end]
        try:
            if part.length == 1:
                return [self._kind.one.decode(view)]
            return self._kind.many.decode(b"".join((b"[", view, b"]")))
        except FAILURES as error:
            raise self._refusal_in(part, error) from None

    def _refusal_in(self, part: _Slice, error: Exception) -> FormatError:
        """The error of a slice, said of the element that is to blame."""
        (number, own), *_ = [*self._faults(part), (part.first, error)]
        return refusal(own, f"{self._where}[{number}]", self._expected)

    def _faults(self, part: _Slice) -> Iterator[tuple[int, Exception]]:
        place = part.start
        for number in range(part.first, part.first + part.length):
            end = place + _step(self._view[place:])
            try:
                self._kind.one.decode(self._view[place : end - 1])
            except FAILURES as error:
                yield number, error
            place = end


def refusal(error: Exception, where: str, expected: str) -> FormatError:
    """The error of a document or a part of it that cannot be decoded."""
    what = str(error)
    if isinstance(error, UnicodeDecodeError):
        what = f"not UTF-8 text at byte {error.start}"
    return FormatError(what, where=where, remedy=f"export it again as {expected}")


def length_of_first(view: memoryview) -> int:
    """Where in ``view`` the next document begins that follows the first, or its end.

    Raises:
        msgspec.DecodeError: The first one is not JSON or is cut off.
    """
    try:
        _ANY_VALUE.decode(view)
    except msgspec.DecodeError as error:
        if not str(error).startswith(_TRAILING):
            raise
        return int(str(error)[len(_TRAILING) : -1]) - 1
    return len(view)


def _after_blanks(view: memoryview, place: int) -> int:
    match = _BLANKS.match(view, place)
    return match.end() if match else place


def _step(view: memoryview) -> int:
    """The length of the element that ``view`` begins with, and of the comma or bracket after.

    Nothing but a parser can tell where an element ends; this one says so in its complaint
    of what follows.
    """
    return length_of_first(view) + 1
