"""Writing export files: plain, gzipped or zipped, dated as of the export and listed."""

import gzip
import io
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from protem.demo.story import Story

_FASTEST = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What was written: ``paths`` in the order of their exports, and how much."""

    paths: list[Path]
    counts: dict[str, int]
    """Files by kind, such as ``nessus``, and ``findings``, ``laptops``… of the company."""
    size: int
    """Bytes on disk."""


@dataclass(kw_only=True, slots=True)
class Export:
    """The folder being filled."""

    folder: Path
    story: Story
    progress: Callable[[str, float], None] | None = None
    written: list[tuple[datetime, str, Path]] = field(default_factory=list)
    size: int = 0

    def write(self, kind: str, day: float, name: str, *, content: bytes) -> None:
        """One file; gzipped when its name says so."""
        moment = self.story.at(day)
        folder = self.folder / f"{moment:%Y}" / f"{moment:%Y-%m-%d}"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".gz"):
            content = gzip.compress(content, _FASTEST, mtime=int(moment.timestamp()))
        path.write_bytes(content)
        stamp = moment.timestamp()
        os.utime(path, (stamp, stamp))
        self.written.append((moment, kind, path))
        self.size += len(content)

    def write_zip(
        self, kind: str, day: float, name: str, *, members: Mapping[str, bytes]
    ) -> None:
        """One archive whose members carry the export's date."""
        moment = self.story.at(day)
        buffer = io.BytesIO()
        with zipfile.ZipFile(
            buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_FASTEST
        ) as archive:
            for member, content in members.items():
                info = zipfile.ZipInfo(member, moment.timetuple()[:6])
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, content, compresslevel=_FASTEST)
        self.write(kind, day, name, content=buffer.getvalue())

    def tell(self, what: str, share: float) -> None:
        """Reports progress, where anybody listens."""
        if self.progress is not None:
            self.progress(what, share)

    def manifest(self, counts: Mapping[str, int]) -> Manifest:
        """The list of everything, oldest first."""
        kinds: dict[str, int] = {}
        for _, kind, _ in self.written:
            kinds[kind] = kinds.get(kind, 0) + 1
        order = sorted(self.written, key=lambda entry: (entry[0], str(entry[2])))
        return Manifest(
            paths=[path for _, _, path in order],
            counts={**kinds, **counts},
            size=self.size,
        )


def csv_bytes(header: str, rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV table in UTF-8; None is an empty cell."""
    return f"{header}\n".encode() + b"".join(csv_row(row) for row in rows)


def csv_row(row: Iterable[object]) -> bytes:
    """One line of a CSV table."""
    return (",".join([_cell(value) for value in row]) + "\n").encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if "," in text or '"' in text or "\n" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
