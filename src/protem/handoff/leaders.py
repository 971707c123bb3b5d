"""Who counts as engineering leadership, week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from protem.handoff.classify import same_person_key

SIX_DAYS = timedelta(days=6)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaderFact:
    """Someone whose hours count as engineering leadership, from and to which day.

    ``since`` None: for as long as there are calendars. ``until`` is the last day, None while
    it goes on.
    """

    address: str
    name: str = ""
    since: date | None = None
    until: date | None = None


class Leadership:
    """The leaders, known by address or name; with none marked, everyone counts."""

    def __init__(self, leaders: Sequence[LeaderFact]) -> None:
        self._stints: dict[str, list[LeaderFact]] = {}
        for leader in leaders:
            for key in {same_person_key(leader.address), same_person_key(leader.name)} - {""}:
                self._stints.setdefault(key, []).append(leader)

    @property
    def is_open(self) -> bool:
        """Whether nobody is marked."""
        return not self._stints

    def leads(self, person: str, week: date) -> bool:
        """Whether the person counts in the week that ends on that Sunday."""
        if self.is_open:
            return True
        stints = self._stints.get(same_person_key(person), ())
        return any(_covers(stint, week) for stint in stints)


def _covers(stint: LeaderFact, week: date) -> bool:
    starts = stint.since is None or stint.since <= week
    return starts and (stint.until is None or stint.until >= week - SIX_DAYS)
