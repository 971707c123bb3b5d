"""Every write about people: the company's name, the first owner, login links, saved views."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from protem.kit.errors import ProtemError
from protem.people.access import Act, Actor, Role, authorise
from protem.people.models import Company, LoginLink, Person, SavedView

LINK_LIFETIME = timedelta(hours=1)
LONGEST_NAME, LONGEST_QUERY = 80, 2000
MOST_VIEWS = 50
OF_THE_MOMENT = ("page", "as_of")
"""Parameters that are not part of a view: where one is in the list, and the week looked at."""


class SavedViewError(ProtemError):
    """A view that cannot be saved or found."""


def ensure_owner(*, email: str, name: str = "", at: datetime) -> Person:
    """The owner with that address, made if there is none; has no password until set."""
    person = Person.objects.filter(email=email.lower()).first()
    if person:
        return person
    return Person.objects.create_user(email, name=name, role=Role.OWNER, created_at=at)


def name_company(*, by: Actor, name: str, at: datetime) -> None:
    """Give the company its name, or with an empty one take it away."""
    authorise(by, Act.NAME_COMPANY)
    with transaction.atomic():
        Company.objects.all().delete()
        if given := " ".join(name.split()):
            Company.objects.create(name=given[:200], changed_at=at)


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


def save_view(*, by: Person, path: str, query: str, name: str, at: datetime) -> SavedView:
    """Keep the list at ``path`` with its filters under a name; the same name is replaced.

    Raises:
        SavedViewError: There is no name, it is too long, or there are too many views.
    """
    authorise(by, Act.SEE)
    name, kept = " ".join(name.split()), filters_of(query)
    if not 0 < len(name) <= LONGEST_NAME:
        raise SavedViewError(
            "a saved view needs a name", remedy=f"give it one of up to {LONGEST_NAME} letters"
        )
    if len(kept) > LONGEST_QUERY or not path.startswith("/") or path.startswith("//"):
        raise SavedViewError("this list cannot be saved", remedy="use fewer filters")
    with transaction.atomic():
        mine = SavedView.objects.filter(person=by, path=path, removed_at=None)
        mine.filter(name=name).update(removed_at=at)
        if mine.count() >= MOST_VIEWS:
            raise SavedViewError(
                f"there are {MOST_VIEWS} saved views of this list", remedy="remove one first"
            )
        return SavedView.objects.create(
            person=by, path=path, query=kept, name=name, created_at=at
        )


def remove_view(*, by: Person, view_id: int, at: datetime) -> SavedView:
    """Take one's own view off the list; ``restore_view`` brings it back."""
    return _mark_view(by, view_id, removed_at=at)


def restore_view(*, by: Person, view_id: int) -> SavedView:
    """Bring a removed view back."""
    return _mark_view(by, view_id, removed_at=None)


def filters_of(query: str) -> str:
    """The part of a query string that a view keeps, without empty and passing parameters."""
    pairs = [(k, v) for k, v in parse_qsl(query) if v and k not in OF_THE_MOMENT]
    return urlencode(pairs)


@transaction.atomic
def _mark_view(by: Person, view_id: int, *, removed_at: datetime | None) -> SavedView:
    authorise(by, Act.SEE)
    view = SavedView.objects.select_for_update().filter(person=by, pk=view_id).first()
    if view is None:
        raise SavedViewError(f"you have no saved view {view_id}")
    view.removed_at = removed_at
    view.save(update_fields=["removed_at"])
    return view


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
