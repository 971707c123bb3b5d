"""What the command prints: tables and JSON on stdout, progress and hints on stderr."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

WIDTH_OFF_TERMINAL = 80
SHAPES = {
    "improving": "▲",
    "steady": "●",
    "degrading": "▼",
    "insufficient data": "○",
    "not comparable": "◐",
    "on": "●",
    "off": "○",
    "unknown": "◐",
}


def print_json(data: object) -> None:
    """Print ``data`` as JSON: ISO dates, nothing escaped needlessly."""
    import json

    sys.stdout.write(json.dumps(data, indent=2, default=_plain, ensure_ascii=False) + "\n")


def say(text: str = "") -> None:
    """A line on stdout."""
    sys.stdout.write(text + "\n")


def hint(text: str) -> None:
    """A line on stderr, for people."""
    sys.stderr.write(text + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """An aligned table: numbers to the right, and names of digits in one piece."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, column in enumerate(columns):
        is_number = bool(rows) and all(_is_number(row[index]) for row in rows)
        table.add_column(
            column,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=all(str(row[index]).isdecimal() for row in rows),
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    width = None if sys.stdout.isatty() else WIDTH_OFF_TERMINAL
    Console(width=width, highlight=False, markup=False).print(table)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, float], None] | None]:
    """A bar on stderr that is told (step, share done); None when stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.fields[title]}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, title=title)

        def tell(step: str, share: float) -> None:
            bar.update(task, description=step[-40:], completed=share)

        yield tell


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return f"{value.day} {value:%b %Y %H:%M}"
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return (
        f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    )


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _plain(value: object) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"cannot print {type(value).__name__} as JSON")
