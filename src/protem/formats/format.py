"""What an export format declares: how to recognise it, how to read it, what makes two one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from protem.formats.records import Record
from protem.kit.errors import ProtemError
from protem.kit.registry import Registry


class FormatError(ProtemError):
    """A file that cannot be read: names the file, the place in it and the remedy."""


class Feeds(StrEnum):
    """The numbers and signals that a format feeds."""

    PATCH_CADENCE = "patch-cadence"
    MTTR = "mttr-critical"
    EDR = "edr-coverage"
    CERTIFICATIONS = "certifications"
    LEADERSHIP = "leadership-time"
    SALES = "sales-bottleneck"
    SCOPE = "scope-expansion"
    REACTIVE = "reactive-work"
    QUESTIONS = "harder-questions"
    FIX_FIRST = "fix-first"
    """The list of what to fix first."""


class PatchProof(StrEnum):
    """What an export can prove about the patches of the machines in it."""

    STATE = "state"
    """What is missing, too: a machine has all its patches or it has not."""
    LOG = "log"
    """All that was installed in the time it covers: silence means that nothing was."""
    INSTALLED = "installed"
    """Only that patches were installed: silence means nothing."""

    @property
    def in_words(self) -> str:
        """What it proves, short enough for a table."""
        return {
            PatchProof.STATE: "patched and unpatched",
            PatchProof.LOG: "patched, and no patch since",
            PatchProof.INSTALLED: "patched only",
        }[self]


FILE_TIME = "file time"
"""Where the date of a file comes from that only its own time gave."""
IDENTITY = ("vulnerability", "component", "location")
"""The fields that make two findings of one target one, unless a format says otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportFile:
    """One plain (already decompressed) file on disk, ready to be read.

    ``path`` is where the bytes are; ``name`` is what to call it in errors, such as
    ``exports.zip!web/trivy.json``. ``modified_at`` is the file's own time, the last
    resort where the content carries no date.
    """

    path: Path
    name: str
    modified_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One export format.

    ``sniff`` sees the file's first 64 KiB and says whether this is it, by content alone.
    ``parse`` yields records: every ``Scan`` before the findings, assets or agents it
    covers, ``Skipped`` where something is left out. It raises ``FormatError`` and nothing
    else, and keeps its memory below twice the file's size.
    ``identity`` names the fields of ``Finding`` that make two findings of one target one.
    """

    name: str
    title: str
    example: str
    """How to get the export: the command or the clicks, in a line."""
    feeds: tuple[Feeds, ...]
    sniff: Callable[[bytes], bool]
    parse: Callable[[ExportFile], Iterator[Record]]
    identity: tuple[str, ...] = IDENTITY
    is_named_by_path: bool = False
    """True where the file's name says whose it is: then equal content is not the same file."""
    says_critical: bool = True
    """False for a tool that has no word or score for critical."""
    patch_proof: PatchProof | None = None
    """What it can prove about patches; ``None`` where it does not speak of them."""


FORMATS: Registry[Format] = Registry("protem.formats.tools", "FORMAT", Format, "protem.formats")
"""Every format there is."""
