"""Saved views: any list page whose filters stand in its address can offer them.

A view passes ``saved=saved_views_of(...)``, and its template includes
``protem/web/partials/saved_views.html``; saving, removing and putting back are addresses of
the site, so a list page needs nothing else.
"""

from dataclasses import dataclass
from datetime import datetime

from protem.people import queries as people
from protem.people.queries import Person, SavedViewRow
from protem.people.services import filters_of


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedViews:
    """What a list page offers: its own address, and the views saved of it."""

    path: str
    query: str
    """The filters in force, without page and week; empty when none is."""
    views: list[SavedViewRow]
    removed: list[SavedViewRow]

    @property
    def current(self) -> SavedViewRow | None:
        """The view that is being looked at, if it is one."""
        return next((view for view in self.views if view.query == self.query), None)


def saved_views_of(person: Person, *, path: str, query: str, at: datetime) -> SavedViews:
    """The saved views of the page at ``path`` (``request.path``) for a person.

    ``query`` is the raw query string (``request.META["QUERY_STRING"]``).
    """
    return SavedViews(
        path=path,
        query=filters_of(query),
        views=people.saved_views(person, path),
        removed=people.removed_views(person, path, at),
    )
