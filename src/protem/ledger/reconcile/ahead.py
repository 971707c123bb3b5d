"""Reading many files ahead in a second process, while the first one writes.

Parsing holds the interpreter, and so does writing; where many files wait, a reader of its own
makes use of the second core. It knows no database: what it read travels as packed bytes.
"""

import os
import pickle
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import TypeAlias

import msgspec

from protem.formats.advisories import ExploitScore, KnownExploited
from protem.formats.detect import detect
from protem.formats.format import FORMATS, ExportFile, Format
from protem.formats.records import (
    Agent,
    Asset,
    Finding,
    Meeting,
    Patch,
    PatchState,
    Scan,
    WorkItem,
)
from protem.kit.errors import ProtemError
from protem.ledger.reconcile.intake import Intake, take_in

FEWEST = 24
"""With fewer files a second process does not pay for its start."""
AHEAD = 6
"""How many files may be read and not yet taken."""


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
    reader = ProcessPoolExecutor(1, get_context("spawn"), initializer=_follow_the_writer)
    waiting: deque[Future[bytes | _Wrong]] = deque()
    coming = iter(files)
    try:
        for file in files:
            while len(waiting) < AHEAD and (following := next(coming, None)) is not None:
                waiting.append(reader.submit(_read, following, format_name, target))
            yield file, _unpacked(waiting.popleft().result())
    finally:
        reader.shutdown(wait=True, cancel_futures=True)


class _Packed(msgspec.Struct, array_like=True):
    """An intake on its way from one process to the other; ``rest`` is pickled."""

    form: str
    scans: list[Scan]
    shown: list[list[Finding]]
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
    "shown",
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
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(writer: BaseProcess | None) -> None:
    if writer is not None:
        writer.join()
    os._exit(0)


def _read(file: ExportFile, format_name: str | None, target: str) -> bytes | _Wrong:
    form = None
    try:
        form = detect(file, name=format_name)
        intake = take_in(form.parse(file), target=target)
    except ProtemError as error:
        return form.name if form else "", error.what, error.where, error.remedy
    lists = {name: getattr(intake, name) for name in _LISTS}
    packed = _Packed(
        form=form.name,
        kinds=intake.kinds,
        skipped=intake.skipped,
        others=pickle.dumps(intake.others),
        **lists,
    )
    return msgspec.msgpack.encode(packed)


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
        others=pickle.loads(packed.others),  # noqa: S301
        **{name: getattr(packed, name) for name in _LISTS},
    )
    return Read(form=FORMATS.get(packed.form), intake=intake)
