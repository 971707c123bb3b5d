"""By when a finding has to be remediated, and what is past that, for lists of findings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from protem.formats.records import Severity
from protem.ledger.definition import Definition
from protem.risks.filters import Overdue


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadlines:
    """Days allowed by severity, and since when which vulnerability is listed as exploited."""

    definition: Definition
    listed: dict[str, date]

    def due_at(
        self,
        *,
        vulnerability: str,
        severity: Severity,
        opened_at: datetime,
        critical_at: datetime | None,
        is_exploited: bool,
        is_exposed: bool = False,
    ) -> datetime | None:
        """The deadline, the earliest of those that apply; None where none does."""
        days = self._days().get(severity)
        due = []
        if days is not None:
            is_critical = severity is Severity.CRITICAL
            start = (critical_at if is_critical else None) or opened_at
            due.append(start + timedelta(days=days))
            if is_critical and is_exposed:
                due.append(start + timedelta(days=self.definition.exposed_days))
        added_on = self.listed.get(vulnerability)
        if self.definition.is_exploited_critical and (is_exploited or added_on):
            start = max(opened_at, _start_of(added_on)) if added_on else opened_at
            due.append(start + timedelta(days=self.definition.exploited_days))
        return min(due, default=None)

    def overdue(self, now: datetime) -> Overdue:
        """The moments before which something must have begun to be late by ``now``."""
        chosen = self.definition
        exploited = now - timedelta(days=chosen.exploited_days)
        return Overdue(
            before={
                severity: now - timedelta(days=days) for severity, days in self._days().items()
            },
            exposed=now - timedelta(days=chosen.exposed_days),
            exploited=exploited if chosen.is_exploited_critical else None,
            listed=frozenset(
                name
                for name, added_on in self.listed.items()
                if _start_of(added_on) < exploited
            ),
        )

    def _days(self) -> dict[Severity, float]:
        chosen = self.definition
        return {
            Severity.CRITICAL: chosen.critical_days,
            Severity.HIGH: chosen.high_days,
            Severity.MEDIUM: chosen.medium_days,
            Severity.LOW: chosen.low_days,
        }


def deadlines(definition: Definition, exploited: pl.DataFrame) -> Deadlines:
    """The deadlines of a definition with the catalogue of exploited vulnerabilities."""
    listed = dict(exploited.select("vulnerability", "added_on").iter_rows())
    return Deadlines(definition=definition, listed=listed)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
