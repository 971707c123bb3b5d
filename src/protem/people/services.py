"""Every write about people: the first owner and one-time login links."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from protem.people.access import Role
from protem.people.models import LoginLink, Person

LINK_LIFETIME = timedelta(hours=1)


def ensure_owner(*, email: str, name: str = "", at: datetime) -> Person:
    """The owner with that address, made if there is none; has no password until set."""
    person = Person.objects.filter(email=email.lower()).first()
    if person:
        return person
    return Person.objects.create_user(email, name=name, role=Role.OWNER, created_at=at)


def make_login_link(*, person: Person, at: datetime) -> str:
    """A token that signs ``person`` in once within the hour; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    LoginLink.objects.create(
        person=person, token_hash=_hash(token), expires_at=at + LINK_LIFETIME
    )
    return token


def use_login_link(*, token: str, at: datetime) -> Person | None:
    """The person whom ``token`` signs in, or None; a token works once."""
    with transaction.atomic():
        link = (
            LoginLink.objects.select_for_update()
            .select_related("person")
            .filter(token_hash=_hash(token), used_at=None, expires_at__gt=at)
            .first()
        )
        if link is None or not link.person.is_active:
            return None
        link.used_at = at
        link.save(update_fields=["used_at"])
        return link.person


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
