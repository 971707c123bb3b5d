"""How fresh sources are today: a reading knows only how fresh they were when it was taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from protem.measure.kept.queries import Freshness
from protem.measure.metric import SourceState
from protem.measure.sources_state import STALE_DAYS, STALE_INTERVALS

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """One source as a page shows it."""

    tool: str
    newest_at: datetime | None
    age_days: float | None
    usual_days: float | None
    is_fresh: bool

    @property
    def age_text(self) -> str:
        """“12 days old”."""
        if self.age_days is None:
            return "never reported"
        days = int(self.age_days)
        return f"{days} {'day' if days == 1 else 'days'} old"

    @property
    def text(self) -> str:
        """``Falcon, 12 days``."""
        if self.age_days is None:
            return f"{self.tool}, never"
        days = int(self.age_days)
        return f"{self.tool}, {days} {'day' if days == 1 else 'days'}"


def lines(states: Iterable[SourceState], at: datetime) -> list[SourceLine]:
    """Each source once, its newest look, by name; stale if it was or has become so."""
    newest: dict[str, SourceLine] = {}
    for state in states:
        line = _line(
            state.tool, state.newest_at, state.usual_interval_days, at=at, was=state.is_fresh
        )
        known = newest.get(state.tool)
        if known is None or (known.age_days or 0) > (line.age_days or 0):
            newest[state.tool] = line
    return [newest[tool] for tool in sorted(newest)]


def of_ledger(found: Iterable[Freshness], at: datetime) -> list[SourceLine]:
    """The ledger's own view of every tool."""
    return [_line(one.tool, one.newest_at, one.usual_days, at=at, was=True) for one in found]


def stale(found: Iterable[SourceLine]) -> list[SourceLine]:
    """Those that are stale."""
    return [line for line in found if not line.is_fresh]


def summary(found: list[SourceLine]) -> str:
    """“9 fresh, 1 stale (Falcon, 12 days)”, empty without sources."""
    late = stale(found)
    if not found:
        return ""
    fresh = f"{len(found) - len(late)} fresh"
    if not late:
        return fresh
    named = "; ".join(line.text for line in late)
    return f"{fresh}, {len(late)} stale ({named})"


def _line(
    tool: str,
    newest_at: datetime | None,
    usual: float | None,
    *,
    at: datetime,
    was: bool,
) -> SourceLine:
    if newest_at is None:
        return SourceLine(
            tool=tool, newest_at=None, age_days=None, usual_days=usual, is_fresh=False
        )
    age = max((at - newest_at).total_seconds() / SECONDS_PER_DAY, 0.0)
    limit = max(STALE_DAYS, STALE_INTERVALS * (usual or 0.0))
    return SourceLine(
        tool=tool,
        newest_at=newest_at,
        age_days=age,
        usual_days=usual,
        is_fresh=was and age <= limit,
    )
