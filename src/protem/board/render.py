"""A report drawn: as an HTML page that stands alone, and as a PDF."""

import json
from dataclasses import asdict
from enum import Enum, auto
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from protem.board.blocks import Block, Figure, Number, Page, Rows, Sentence
from protem.measure.wording import day
from protem.ui.charts import line_chart, sparkline, summary_of

KINDS = {Sentence: "sentence", Number: "number", Figure: "figure", Rows: "rows"}


class Palette(Enum):
    """Where the colours of pictures come from."""

    SCREEN = auto()
    """The site's stylesheet, light or dark."""
    PRINT = auto()
    """The picture itself."""


def to_html(page: Page) -> bytes:
    """The report as one HTML file with its style inside, to mail or to print."""
    from django.template.loader import render_to_string

    style = (files("protem.board") / "report.css").read_text(encoding="utf-8")
    return render_to_string(
        "protem/board/standalone.html",
        {"page": sections_of(page, palette=Palette.PRINT), "style": style},
    ).encode()


def to_pdf(page: Page) -> bytes:
    """The report as PDF, set by Typst from the same blocks; nothing is fetched."""
    import typst

    with TemporaryDirectory(prefix="protem-report-") as folder:
        root = Path(folder)
        source = (files("protem.board") / "typst" / "onepage.typ").read_text(encoding="utf-8")
        (root / "main.typ").write_text(source, encoding="utf-8")
        data = sections_of(page, palette=Palette.PRINT)
        for number, picture in enumerate(_pictures(data)):
            name = f"picture-{number}.svg"
            (root / name).write_text(picture["picture"], encoding="utf-8")
            picture["picture"] = name
        (root / "report.json").write_text(json.dumps(data, default=str), encoding="utf-8")
        return bytes(typst.compile(str(root / "main.typ"), root=str(root)))


def sections_of(page: Page, *, palette: Palette) -> dict[str, Any]:
    """The report as plain data, each block with its kind, numbers with their picture."""
    sections = [
        {"title": section.title, "blocks": [_plain(block, palette) for block in section.blocks]}
        for section in page.sections
    ]
    when = f"{page.as_of.day} {page.as_of:%b %Y}" if page.as_of else "no data yet"
    return {
        "title": page.title,
        "company": page.company,
        "as_of": when,
        "sections": sections,
        "footer": page.footer,
    }


def _plain(block: Block, palette: Palette) -> dict[str, Any]:
    kind, is_print = KINDS[type(block)], palette is Palette.PRINT
    if isinstance(block, Figure):
        chart = block.chart.in_order()
        return {
            "kind": kind,
            "picture": line_chart(chart, print_palette=is_print),
            "summary": summary_of(chart),
            "notes": [f"{day(note.on)}: {note.text}" for note in chart.notes],
        }
    plain = {"kind": kind, **asdict(block)}
    if isinstance(block, Number):
        plain["picture"] = sparkline(
            block.history,
            target=block.aim,
            label=f"{block.title}, {len(block.history)} weeks",
            print_palette=is_print,
        )
    return plain


def _pictures(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        block
        for section in data["sections"]
        for block in section["blocks"]
        if "picture" in block
    ]
