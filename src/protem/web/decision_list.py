"""The decisions on findings as their page shows them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from protem.measure.wording import count
from protem.people.access import Actor
from protem.risks import queries
from protem.risks.queries import DecisionView
from protem.web.errors import NoSuchThingError

SOON = timedelta(days=14)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Decisions of one act on many findings, or a single one."""

    first: DecisionView
    size: int

    @property
    def about(self) -> str:
        """What they are about, in words."""
        more = f", and {count(self.size - 1, 'other')}" if self.size > 1 else ""
        return f"{self.first.about}{more}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionList:
    """Everything the page shows."""

    in_force: list[Group]
    past: list[Group]
    expiring: int
    """How many exceptions expire within two weeks."""


def decision_list(by: Actor, now: datetime) -> DecisionList:
    """All decisions, those in force by their expiry."""
    found = [one for one in queries.decisions(by, at=now) if one.kind != "claimed_fixed"]
    holding = _grouped([one for one in found if one.state == "in force"])
    soon = (now + SOON).date()
    return DecisionList(
        in_force=sorted(holding, key=lambda group: group.first.expires_on or date.max),
        past=_grouped([one for one in found if one.state != "in force"]),
        expiring=sum(
            group.size
            for group in holding
            if group.first.expires_on is not None and group.first.expires_on <= soon
        ),
    )


def find_decision(by: Actor, decision_id: int, now: datetime) -> DecisionView:
    """One decision; raises ``NoSuchThingError`` where there is none."""
    found = queries.decision(by, decision_id, at=now)
    if found is None:
        raise NoSuchThingError(f"there is no decision {decision_id}")
    return found


def _grouped(found: list[DecisionView]) -> list[Group]:
    batches: dict[tuple[object, str], list[DecisionView]] = {}
    for one in found:
        batches.setdefault((one.batch, one.state), []).append(one)
    return [Group(first=rows[0], size=len(rows)) for rows in batches.values()]
