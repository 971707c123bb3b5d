"""The page of engineering leadership: who has a calendar, who is marked, who was."""

from dataclasses import dataclass

from protem.handoff import queries as handoff
from protem.handoff.queries import CalendarPerson, LeaderView


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Someone with a calendar, and whether they are marked."""

    person: CalendarPerson
    is_marked: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaderPage:
    """Everything the page shows."""

    candidates: list[Candidate]
    marked: list[LeaderView]
    """Those that count now."""
    past: list[LeaderView]

    @property
    def is_open(self) -> bool:
        """Whether everyone with a calendar counts, because nobody is or was marked."""
        return not self.marked and all(one.is_mistake for one in self.past)


def leader_page() -> LeaderPage:
    """The page as things stand."""
    history = handoff.leader_history()
    marked = [one for one in history if one.until is None]
    keys = {one.key for one in marked}
    return LeaderPage(
        candidates=[
            Candidate(person=person, is_marked=person.key in keys)
            for person in handoff.calendar_people()
        ],
        marked=marked,
        past=[one for one in history if one.until is not None],
    )
