"""Protem's own table of deals, with the frameworks that customers ask for.

Demands are written one after the other, separated by semicolons, each as the framework
followed by words in any order: ``HITRUST r2 mandatory by 2026-09-30 confirmed; SOC 2 Type
II signed``. ``signed``, ``mandatory`` or ``preferred`` (when none is said) is how binding
it is, ``by`` a date is when it is needed, ``confirmed`` that the customer said so.
"""

import re
from collections.abc import Iterator

from protem.formats.dates import parse_day, plausible
from protem.formats.format import ExportFile, Feeds, Format
from protem.formats.records import Deal, Demand, Record
from protem.formats.sheets import (
    AS_OF,
    Cell,
    Column,
    Sheet,
    is_sheet,
    register_records,
)
from protem.formats.skips import Skips
from protem.formats.tables import Row

TOOL = "protem-deals"

_BINDING = frozenset({"signed", "mandatory", "preferred"})
_LEVELS = re.compile(
    r"(.+?)\s+(type\s+(?:[12]|ii?)|[rei][12]|level\s+\d|low|moderate|high)", re.IGNORECASE
)
_LONGEST = 200
_MOST_AMOUNT = 1e13
_SYNTAX = "write: HITRUST r2 mandatory by 2026-09-30 confirmed; SOC 2 Type II signed"

SHEET = Sheet(
    name=TOOL,
    columns=(
        Column(name="id", required=True, meaning="The CRM's id, the same in every export."),
        Column(name="customer", required=True, meaning="Who buys."),
        Column(name="name", meaning="What the deal is called."),
        Column(name="stage", meaning="The CRM's stage."),
        Column(name="late_stage", type=Cell.FLAG, meaning="Close to signing."),
        Column(name="open", type=Cell.FLAG, meaning="Yes when empty."),
        Column(name="amount", type=Cell.NUMBER, meaning="Its worth, without currency."),
        Column(name="close_on", type=Cell.DAY, meaning="When it should close."),
        Column(name="previous_close_on", type=Cell.DAY, meaning="When it should have closed."),
        Column(name="demands", meaning=f"Frameworks asked for; {_SYNTAX}."),
        AS_OF,
    ),
)


def sniff(head: bytes) -> bool:
    """Whether the header is this table's."""
    return is_sheet(SHEET, head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the register, then a ``Deal`` per row."""
    return register_records(SHEET, file, _deal)


def _deal(row: Row, skips: Skips) -> Deal:
    return Deal(
        external_id=row.text("id"),
        customer=row.text("customer"),
        name=row.text("name"),
        stage=row.text("stage"),
        is_late_stage=bool(row.flag("late_stage")),
        is_open=row.flag("open") is not False,
        amount=row.number_in("amount", _MOST_AMOUNT),
        close_on=skips.day(row.day("close_on"), "close_on"),
        previous_close_on=skips.day(row.day("previous_close_on"), "previous_close_on"),
        demands=_demands(row),
    )


def _demands(row: Row) -> tuple[Demand, ...]:
    try:
        return parse_demands(row.text("demands"))
    except ValueError as error:
        raise row.refuse("demands", str(error), _SYNTAX) from None


def parse_demands(text: str) -> tuple[Demand, ...]:
    """The frameworks that a cell asks for.

    Raises:
        ValueError: A part names no framework, has a bad date, or is binding in two ways.
    """
    return tuple(_demand(part.strip()) for part in text.split(";") if part.strip())


def _demand(part: str) -> Demand:
    if len(part) > _LONGEST:
        raise ValueError(f"“{part[:40]}…” is too long for a demand")
    name: list[str] = []
    binding: set[str] = set()
    needed_on = None
    is_confirmed = False
    words = iter(part.replace(",", " ").split())
    for word in words:
        plain = word.lower()
        if plain in _BINDING:
            binding.add(plain)
        elif plain == "confirmed":
            is_confirmed = True
        elif plain == "by":
            needed_on = parse_day(next(words, ""))
            if needed_on is None or not plausible(needed_on):
                raise ValueError(f"“{part}” has no date after “by”")
        else:
            name.append(word)
    if not name:
        raise ValueError(f"“{part}” names no framework")
    if len(binding) > 1:
        raise ValueError(f"“{part}” is {' and '.join(sorted(binding))} at once")
    framework, level = _split_level(" ".join(name))
    return Demand(
        framework=framework,
        level=level,
        binding=binding.pop() if binding else "preferred",
        needed_on=needed_on,
        is_confirmed=is_confirmed,
    )


def _split_level(name: str) -> tuple[str, str]:
    match = _LEVELS.fullmatch(name)
    return (match[1], match[2]) if match else (name, "")


FORMAT = Format(
    name=TOOL,
    title="Protem deals (CSV)",
    example="a CRM report with the columns id, customer, stage, open, close_on, demands",
    feeds=(Feeds.SALES, Feeds.SCOPE),
    sniff=sniff,
    parse=parse,
)
