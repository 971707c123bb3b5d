"""Reading many files ahead in a second process, while the first one writes.

Parsing holds the interpreter, and so does writing; where many files wait, a reader of its own
makes use of the second core. It knows no database: what it read travels as packed bytes.
Where it does not live to the end, the rest is left to the writer.
"""

import os
import pickle
import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import TypeAlias

import msgspec
import polars as pl

from protem.formats.advisories import ExploitScore, KnownExploited
from protem.formats.detect import detect
from protem.formats.format import FORMATS, ExportFile, Format
from protem.formats.records import (
    Agent,
    Asset,
    Meeting,
    Patch,
    PatchState,
    Scan,
    WorkItem,
)
from protem.kit.errors import ProtemError
from protem.kit.garbage import collect_seldom
from protem.ledger.reconcile.intake import Intake, take_in
from protem.ledger.reconcile.shown import SHOWN

FEWEST = 24
"""With fewer files a second process does not pay for its start."""
AT_ONCE = 1_000_000
"""How many bytes of small files are read as one piece of work."""
AHEAD = 64
"""How many pieces of work may be done and not yet taken…"""
MOST_AHEAD = 48_000_000
"""… and how many bytes of files they may come from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """One file's format and records, or what is wrong with it."""

    form: Format | None = None
    intake: Intake | None = None
    error: ProtemError | None = None

    def recognised(self) -> Format:
        """Its format; raises what was wrong where none was recognised."""
        if self.form is None:
            raise self.error or ProtemError("nothing was read")
        return self.form

    def taken(self) -> Intake:
        """Its records; raises what was wrong with them."""
        if self.intake is None:
            raise self.error or ProtemError("nothing was read")
        return self.intake


def read_ahead(
    files: Sequence[ExportFile], *, format_name: str | None, target: str
) -> Iterator[tuple[ExportFile, Read | None]]:
    """Each file with what was read of it, in order; None where nobody read ahead.

    Args:
        files: In the order in which they are wanted.
        format_name: Forces one format whatever the content looks like.
        target: As for ``take_in``.
    """
    if len(files) < FEWEST or (os.cpu_count() or 1) < 2:  # noqa: PLR2004 -- the writer's own
        yield from ((file, None) for file in files)
        return
    reader = _Reader(format_name, target)
    try:
        yield from reader.read(files)
    finally:
        reader.stop()


class _Reader:
    """The second process, and what it is given to do."""

    def __init__(self, format_name: str | None, target: str) -> None:
        self._hints = format_name, target
        self._process = ProcessPoolExecutor(
            1, get_context("spawn"), initializer=_follow_the_writer
        )
        self._waiting: deque[tuple[_Work, Future[list[bytes | _Wrong]]]] = deque()

    def read(self, files: Iterable[ExportFile]) -> Iterator[tuple[ExportFile, Read | None]]:
        """Each file with what was read of it; None from where on the process is no more."""
        work = _portions(files)
        self._give(work)
        while self._waiting:
            portion, done = self._waiting.popleft()
            try:
                found = [_unpacked(content) for content in done.result()]
            except BrokenProcessPool:
                left = [portion, *(given for given, _done in self._waiting), *work]
                yield from ((file, None) for one in left for file in one.files)
                return
            self._give(work)
            yield from zip(portion.files, found, strict=True)

    def stop(self) -> None:
        """Wait for what is being read, and end the process."""
        self._process.shutdown(wait=True, cancel_futures=True)

    def _give(self, work: Iterator["_Work"]) -> None:
        """Keep the process busy, as far ahead as it may be."""
        while len(self._waiting) < AHEAD and self._bytes() < MOST_AHEAD:
            portion = next(work, None)
            if portion is None:
                return
            done = self._process.submit(_read_all, portion.files, *self._hints)
            self._waiting.append((portion, done))

    def _bytes(self) -> int:
        return sum(portion.size for portion, _done in self._waiting)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Work:
    """Files read as one piece of work, and how many bytes they have."""

    files: list[ExportFile]
    size: int


def _portions(files: Iterable[ExportFile]) -> Iterator[_Work]:
    """Small files some at a time, for each piece of work costs both sides a little."""
    portion: list[ExportFile] = []
    size = 0
    for file in files:
        portion.append(file)
        size += file.path.stat().st_size
        if size >= AT_ONCE:
            yield _Work(files=portion, size=size)
            portion, size = [], 0
    if portion:
        yield _Work(files=portion, size=size)


class _Packed(msgspec.Struct, array_like=True):
    """An intake on its way from one process to the other; ``rest`` is pickled."""

    form: str
    scans: list[Scan]
    counts: list[int]
    shown: bytes
    assets: list[Asset]
    agents: list[Agent]
    patches: list[Patch]
    patch_states: list[PatchState]
    meetings: list[Meeting]
    work_items: list[WorkItem]
    exploited: list[KnownExploited]
    scores: list[ExploitScore]
    kinds: dict[str, int]
    skipped: dict[str, int]
    others: bytes


_LISTS = (
    "scans",
    "counts",
    "assets",
    "agents",
    "patches",
    "patch_states",
    "meetings",
    "work_items",
    "exploited",
    "scores",
)
_DECODER = msgspec.msgpack.Decoder(_Packed)
_Wrong: TypeAlias = tuple[str, str, str, str]
"""The format, if it was recognised, and what, where and remedy of an error."""


def _follow_the_writer() -> None:
    """Leave Ctrl-C to the process that writes, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(writer: BaseProcess | None) -> None:
    if writer is not None:
        writer.join()
    os._exit(0)


def _read_all(
    files: Sequence[ExportFile], format_name: str | None, target: str
) -> list[bytes | _Wrong]:
    return [_read(file, format_name, target) for file in files]


def _read(file: ExportFile, format_name: str | None, target: str) -> bytes | _Wrong:
    form = None
    try:
        form = detect(file, name=format_name)
        intake = take_in(form.parse(file), identity=form.identity, target=target)
    except ProtemError as error:
        return form.name if form else "", error.what, error.where, error.remedy
    lists = {name: getattr(intake, name) for name in _LISTS}
    packed = _Packed(
        form=form.name,
        kinds=intake.kinds,
        skipped=intake.skipped,
        others=pickle.dumps(intake.others) if intake.others else b"",
        shown=_as_bytes(intake.shown),
        **lists,
    )
    return msgspec.msgpack.encode(packed)


def _as_bytes(frame: pl.DataFrame) -> bytes:
    if frame.is_empty():
        return b""
    stream = BytesIO()
    frame.write_ipc_stream(stream)
    return stream.getvalue()


def _as_frame(content: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(BytesIO(content)) if content else pl.DataFrame(schema=SHOWN)


def _unpacked(content: bytes | _Wrong) -> Read:
    """What the reader packed; it is this program's own, so its pickle can be trusted."""
    if isinstance(content, tuple):
        name, what, where, remedy = content
        error = ProtemError(what, where=where, remedy=remedy)
        return Read(form=FORMATS.get(name) if name else None, error=error)
    packed = _DECODER.decode(content)
    intake = Intake(
        kinds=Counter(packed.kinds),
        skipped=Counter(packed.skipped),
        others=pickle.loads(packed.others) if packed.others else [],  # noqa: S301
        shown=_as_frame(packed.shown),
        **{name: getattr(packed, name) for name in _LISTS},
    )
    return Read(form=FORMATS.get(packed.form), intake=intake)
