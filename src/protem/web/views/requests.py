"""What views need of a request: who asks."""

from django.http import HttpRequest

from protem.people.access import Actor, Refused
from protem.people.queries import Person


def actor_of(request: HttpRequest) -> Actor:
    """Whoever asks; raises ``Refused`` for anyone not signed in."""
    return person_of(request)


def person_of(request: HttpRequest) -> Person:
    """The person asking; raises ``Refused`` for anyone not signed in."""
    if not request.user.is_authenticated:
        raise Refused("you are not signed in", remedy="sign in first")
    return request.user


def person_id_of(request: HttpRequest) -> int:
    """The key of the person asking, for work that goes on without the request."""
    return int(request.user.pk or 0)
