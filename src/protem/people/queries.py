"""Every read about people."""

from protem.people.access import Role
from protem.people.models import Person


def first_owner() -> Person | None:
    """The owner of the instance, or None before ``protem init``."""
    return Person.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()
