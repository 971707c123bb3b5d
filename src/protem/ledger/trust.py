"""Which scans prove something by their silence: proof of scope comes before any closing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

SMALLEST_SUSPECT = 4
"""A target with fewer findings than this may lose them all without a question asked:
one fix of three is no sign of a broken scan."""
OLDEST_DATABASE = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What trust depends on, of one scan."""

    at: datetime
    count: int
    is_complete: bool
    proves_absence: bool
    has_scope_evidence: bool
    is_confirmed: bool
    problem: str = ""
    database_built_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Whether a finding missing from the scan is gone, and why not if it isn't."""

    is_trusted: bool
    doubt: str = ""
    asks_for_confirmation: bool = False


def judge(looks: Iterable[Look], last_count: int | None = None) -> Iterator[Judgement]:
    """Judge the scans of one scope, oldest first.

    ``last_count`` is what the last trusted scan before the first of them showed.
    """
    for look in looks:
        judgement = _judge_one(look, last_count)
        if judgement.is_trusted:
            last_count = look.count
        yield judgement


def _judge_one(look: Look, last_count: int | None) -> Judgement:
    if not look.proves_absence:
        return Judgement(is_trusted=False, doubt=look.problem if look.is_complete else "")
    if doubt := _flaw(look):
        return Judgement(is_trusted=False, doubt=doubt)
    doubt = "" if look.is_confirmed else _suspicion(look, last_count or 0)
    return Judgement(is_trusted=not doubt, doubt=doubt, asks_for_confirmation=bool(doubt))


def _flaw(look: Look) -> str:
    """What no person's word can mend."""
    if not look.is_complete:
        return look.problem or "the report is not complete"
    built = look.database_built_at
    if built is not None and look.at - built > OLDEST_DATABASE:
        return f"its vulnerability database was {(look.at - built).days} days old"
    return ""


def _suspicion(look: Look, last_count: int) -> str:
    """What a person who knows better may confirm."""
    if look.count == 0 and last_count and not look.has_scope_evidence:
        return "it is empty and does not show that anything was looked at"
    if last_count >= SMALLEST_SUSPECT and look.count * 2 < last_count:
        return f"it shows {look.count} where the last one showed {last_count}"
    return ""
