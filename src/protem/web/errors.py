"""Every ``ProtemError`` that reaches the site becomes one page: what, where, what to do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from protem.kit.errors import ProtemError
from protem.kit.registry import RegistryError
from protem.people.access import Refused


class NoSuchThingError(ProtemError):
    """The address names something that is not there."""


class ErrorPages:
    """Translates a person's errors; anything else stays a fault of the program."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """The page for ``exception``, None where it is not for people."""
        if not isinstance(exception, ProtemError) or _is_our_fault(exception):
            return None
        shown = {"error": exception, "title": _sentence(exception.what)}
        return render(request, "protem/web/error.html", shown, status=_status(exception))


def _is_our_fault(error: ProtemError) -> bool:
    """Whether an extension failed to load; a name nobody knows says no place."""
    return isinstance(error, RegistryError) and bool(error.where)


def _status(error: ProtemError) -> int:
    if isinstance(error, Refused):
        return 403
    return 404 if isinstance(error, NoSuchThingError | RegistryError) else 400


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
