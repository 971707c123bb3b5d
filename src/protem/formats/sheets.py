"""Protem's own CSV tables: their columns as data, how they are told apart, how they are read.

Each ``tools/protem_csv_*.py`` module declares a ``SHEET``. Several sheets can fit the
header of one file; ``is_sheet`` gives it to exactly one of them, so a new sheet needs no
change elsewhere.
"""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from protem.formats.format import ExportFile, FormatError
from protem.formats.records import Record, Scan
from protem.formats.skips import Newest, Skips
from protem.formats.tables import Row, header_of, open_table

_TOOLS = "protem.formats.tools"
_PREFIX = "protem_csv_"
_LONGEST_NAME = 60


class Cell(StrEnum):
    """What a column holds, in words for the documentation."""

    TEXT = "text"
    DAY = "date"
    INSTANT = "date and time"
    NUMBER = "number"
    COUNT = "whole number"
    FLAG = "yes or no"
    CHOICE = "one of"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a sheet.

    ``required`` means that the column must be there and its cells filled, unless
    ``may_be_blank``. A cell that is empty says nothing.
    """

    name: str
    meaning: str
    type: Cell = Cell.TEXT
    required: bool = False
    may_be_blank: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A documented CSV table."""

    name: str
    columns: tuple[Column, ...]

    @property
    def required(self) -> frozenset[str]:
        """The columns without which a file is not this sheet."""
        return frozenset(column.name for column in self.columns if column.required)

    @property
    def known(self) -> frozenset[str]:
        """All its columns."""
        return frozenset(column.name for column in self.columns)

    def fit(self, header: frozenset[str]) -> tuple[int, int, str]:
        """How well a header fits: more is better, the first number 0 is not at all.

        At least half of the file's columns must be known: a vendor's export that happens
        to have ``id`` and ``customer`` is not ours.
        """
        known = len(header & self.known)
        fits = self.required <= header and 2 * known >= len(header)
        return (known if fits else 0), len(self.required), self.name


AS_OF = Column(
    name="as_of", type=Cell.INSTANT, meaning="When the table was true; the newest row counts."
)


def is_sheet(sheet: Sheet, head: bytes) -> bool:
    """Whether a file that begins with ``head`` is this sheet and no other fits it better.

    Names must be written in snake case (in any letter case): that is how our tables differ
    from vendors' exports with columns like ``Created At``.
    """
    header = frozenset(cell.lower() for cell in header_of(head))
    if not header:
        return False
    best = max(other.fit(header) for other in _all_sheets())
    return best[0] > 0 and sheet.fit(header) == best


def read_sheet(sheet: Sheet, file: ExportFile, skips: Skips) -> Iterator[Row]:
    """The rows of the file; unknown columns are counted in ``skips``.

    Raises:
        FormatError: A required column is missing or one of its cells is empty.
    """
    with open_table(file) as table:
        for name in dict.fromkeys(table.columns):
            if name not in sheet.known:
                skips.add(f"unknown column {name[:_LONGEST_NAME]}")
        missing = sorted(sheet.required - set(table.columns))
        if missing:
            raise FormatError(
                f"column {', '.join(missing)} is missing",
                where=f"{file.name}, header",
                remedy=f"{sheet.name} needs {', '.join(sorted(sheet.required))}",
            )
        needed = [c.name for c in sheet.columns if c.required and not c.may_be_blank]
        for row in table:
            for name in needed:
                row.needed(name)
            yield row


def newest(sheet: Sheet, file: ExportFile, column: str = AS_OF.name) -> datetime | None:
    """The newest date in ``column``, or ``None``."""
    latest = Newest(file.modified_at)
    for row in read_sheet(sheet, file, Skips()):
        latest.add(row.instant(column))
    return latest.moment


def register_scan(sheet: Sheet, file: ExportFile) -> Scan:
    """The look at a register that a file of this sheet is; absence from it means nothing."""
    return Scan(
        tool=sheet.name,
        target=f"register:{sheet.name}",
        name=sheet.name,
        as_of=newest(sheet, file),
        proves_absence=False,
    )


def register_records(
    sheet: Sheet, file: ExportFile, record_of: Callable[[Row, Skips], Record | None]
) -> Iterator[Record]:
    """One ``Scan`` of the register, then what ``record_of`` makes of each row, then the skips.

    ``record_of`` counts what it leaves out itself, and gives None for it.

    Raises:
        FormatError: As ``read_sheet``, and what ``record_of`` refuses.
    """
    yield register_scan(sheet, file)
    skips = Skips()
    for row in read_sheet(sheet, file, skips):
        if (record := record_of(row, skips)) is not None:
            yield record
    yield from skips.records()


@functools.cache
def _all_sheets() -> tuple[Sheet, ...]:
    package = importlib.import_module(_TOOLS)
    names = [info.name for info in pkgutil.iter_modules(package.__path__)]
    modules = [
        importlib.import_module(f"{_TOOLS}.{name}")
        for name in names
        if name.startswith(_PREFIX)
    ]
    return tuple(module.SHEET for module in modules)
