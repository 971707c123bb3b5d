"""Reading CSV: encoding, delimiter, header and cells, with errors that name row and column.

Rows are counted as a spreadsheet shows them: the header is row 1 unless lines stand before
it. Column names are compared in lower snake case, so ``Last check-in`` is
``last_check_in``.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NoReturn, TextIO, TypeVar

from protem.formats.dates import parse_day, parse_instant
from protem.formats.format import ExportFile, FormatError
from protem.formats.jsonfile import starts_json, text_of

Choice = TypeVar("Choice")

_DELIMITERS = ",;\t|"
_MOST_COLUMNS = 2_000
_LONGEST_SHOWN = 40
_LONGEST_LINE = 1 << 20
_PREAMBLE = re.compile(r"#TYPE\b|sep=.$", re.IGNORECASE)
_YES = frozenset({"yes", "y", "true", "1", "on"})
_NO = frozenset({"no", "n", "false", "0", "off"})
_DATE_REMEDY = "write dates as 2026-03-12 or 2026-03-12T09:30:00Z"


def normalise(name: str) -> str:
    """A column's name in lower snake case."""
    return re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_")


@lru_cache(maxsize=4)
def header_of(head: bytes) -> tuple[str, ...]:
    """The header's cells as written, from the beginning of a file; empty when not a table."""
    text = text_of(head)
    if "\0" in text[:1024] or starts_json(head):
        return ()
    stream = io.StringIO(text, newline="")
    try:
        cells, _, _ = _find_header(stream)
    except csv.Error:
        return ()
    return cells if len(cells) > 1 else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: the cells by column, and where it stands."""

    number: int
    cells: Mapping[str, str]
    file: str

    def text(self, column: str) -> str:
        """The cell without surrounding blanks; empty when the column is absent."""
        return self.cells.get(column, "").strip()

    def first(self, *columns: str) -> str:
        """The first cell among ``columns`` that is not empty."""
        return next((text for text in map(self.text, columns) if text), "")

    def needed(self, column: str) -> str:
        """The cell, which must not be empty."""
        return self.text(column) or self._refuse(column, "the cell is empty", "fill it in")

    def instant(self, column: str) -> datetime | None:
        """The cell as an instant; ``None`` when it is empty."""
        text = self.text(column)
        if not text:
            return None
        return parse_instant(text) or self._refuse(
            column, _quoted(text, "a date"), _DATE_REMEDY
        )

    def day(self, column: str) -> date | None:
        """The cell as a day; ``None`` when it is empty."""
        text = self.text(column)
        if not text:
            return None
        return parse_day(text) or self._refuse(column, _quoted(text, "a date"), _DATE_REMEDY)

    def number_in(self, column: str, most: float = math.inf) -> float | None:
        """The cell as a number from 0 to ``most``; ``None`` when it is empty."""
        text = self.text(column)
        if not text:
            return None
        number = float(text) if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text, re.ASCII) else -1.0
        if not 0 <= number <= most:
            limit = "" if most == math.inf else f" from 0 to {most:g}"
            self._refuse(column, _quoted(text, f"a number{limit}"), "write it like 1250.5")
        return number

    def count(self, column: str, most: int = 10**9) -> int | None:
        """The cell as a whole number; ``None`` when it is empty."""
        number = self.number_in(column, most)
        if number is not None and not number.is_integer():
            self._refuse(column, _quoted(self.text(column), "a whole number"), "round it")
        return None if number is None else int(number)

    def flag(self, column: str) -> bool | None:
        """The cell as yes or no; ``None`` when it is empty."""
        text = self.text(column).lower()
        if text and text not in _YES | _NO:
            self._refuse(column, _quoted(text, "yes or no"), "write yes or no")
        return text in _YES if text else None

    def choice(self, column: str, choices: Mapping[str, Choice]) -> Choice | None:
        """What the cell's word stands for, in any case; ``None`` when it is empty."""
        text = self.text(column).lower()
        if not text:
            return None
        if text not in choices:
            known = ", ".join(choices)
            self._refuse(column, _quoted(text, "one of the words known here"), f"use {known}")
        return choices[text]

    def refuse(self, column: str, problem: str, remedy: str) -> FormatError:
        """The error to raise for a cell that cannot be read."""
        where = f"{self.file}, row {self.number}, column {column}"
        return FormatError(problem, where=where, remedy=remedy)

    def _refuse(self, column: str, problem: str, remedy: str) -> NoReturn:
        raise self.refuse(column, problem, remedy)


class Table:
    """An open table: its columns in lower snake case, and its rows once."""

    def __init__(self, file: ExportFile, stream: TextIO) -> None:
        self._file = file
        self._stream = stream
        cells, self._delimiter, header_row = _find_header(stream)
        self.progress = [header_row]
        """The row read last, for errors."""
        self.columns = tuple(normalise(cell) for cell in cells)
        """Their names in the file's order; a name can come twice, the first one counts."""

    def __iter__(self) -> Iterator[Row]:
        reader = csv.reader(_lines(self._stream), delimiter=self._delimiter, strict=True)
        width = len(self.columns)
        for number, cells in enumerate(reader, start=self.progress[0] + 1):
            self.progress[0] = number
            if not any(cells):
                continue
            if any(cell.strip() for cell in cells[width:]):
                raise FormatError(
                    f"{len(cells)} cells where the header has {width}",
                    where=f"{self._file.name}, row {number}",
                    remedy="put cells that hold the delimiter in double quotes",
                )
            pairs = zip(reversed(self.columns), reversed(_padded(cells, width)), strict=True)
            yield Row(number=number, cells=dict(pairs), file=self._file.name)


@contextmanager
def open_table(file: ExportFile) -> Iterator[Table]:
    """The file as a table; errors of encoding and quoting leave it as ``FormatError``."""
    with file.path.open("rb") as raw:
        encoding = "utf-16" if raw.read(2) in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    rows = [0]
    with file.path.open(encoding=encoding, newline="") as stream:
        try:
            table = Table(file, stream)
            rows = table.progress
            yield table
        except UnicodeError:
            raise FormatError(
                f"not {encoding.removesuffix('-sig').upper()} text",
                where=f"{file.name}, after row {rows[0]}",
                remedy="save it as CSV UTF-8",
            ) from None
        except csv.Error as error:
            raise FormatError(
                f"not a CSV table: {error}",
                where=file.name,
                remedy="export it again, with cells that hold quotes or commas quoted",
            ) from None


def _find_header(stream: TextIO) -> tuple[tuple[str, ...], str, int]:
    """The header's cells, the delimiter, and the row it stands in."""
    lines = _lines(stream)
    for number, line in enumerate(lines, start=1):
        plain = line.strip()
        if not plain or _PREAMBLE.match(plain):
            continue
        unquoted = re.sub(r'"[^"]*"', "", plain)
        delimiter = max(_DELIMITERS, key=unquoted.count)
        cells = tuple(
            cell.strip() for cell in next(csv.reader([plain], delimiter=delimiter, strict=True))
        )
        if len(cells) > _MOST_COLUMNS:
            raise csv.Error(f"more than {_MOST_COLUMNS} columns")
        return cells, delimiter, number
    raise csv.Error("there is no header row")


def _lines(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(_LONGEST_LINE):
        if len(line) >= _LONGEST_LINE:
            raise csv.Error(f"a line is longer than {_LONGEST_LINE} characters")
        yield line


def _padded(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * (width - len(cells)))[:width]


def _quoted(text: str, what: str) -> str:
    shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return f"“{shown}” is not {what}"
