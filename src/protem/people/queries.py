"""Every read about people and the views they saved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from protem.people.access import Role
from protem.people.models import Company, Person, SavedView

__all__ = [
    "Person",
    "SavedViewRow",
    "company_name",
    "first_owner",
    "removed_views",
    "saved_views",
]

KEPT = timedelta(days=30)
"""How long a removed view can be brought back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedViewRow:
    """One saved view: its name and the address it leads to."""

    id: int
    name: str
    path: str
    query: str

    @property
    def url(self) -> str:
        """The address of the list, filtered and in order."""
        return f"{self.path}?{self.query}"


def company_name() -> str:
    """The company's name; empty until it was given."""
    return Company.objects.values_list("name", flat=True).first() or ""


def first_owner() -> Person | None:
    """The owner of the instance, or None before ``protem init``."""
    return Person.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()


def saved_views(person: Person, path: str) -> list[SavedViewRow]:
    """The views a person saved of the page at ``path``, by name; only their own."""
    return _rows(SavedView.objects.filter(person=person, path=path, removed_at=None))


def removed_views(person: Person, path: str, at: datetime) -> list[SavedViewRow]:
    """Those of the last 30 days that were removed, and whose name was not used again."""
    rows = SavedView.objects.filter(person=person, path=path, removed_at__gte=at - KEPT)
    in_use = SavedView.objects.filter(person=person, path=path, removed_at=None)
    return _rows(rows.exclude(name__in=in_use.values("name")))


def _rows(found: QuerySet[SavedView]) -> list[SavedViewRow]:
    return [
        SavedViewRow(id=row.pk, name=row.name, path=row.path, query=row.query)
        for row in found.order_by("name", "pk")
    ]
