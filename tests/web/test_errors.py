"""What reaches a person as a page, and what stays a fault of the program."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from protem.kit.errors import ProtemError
from protem.kit.registry import RegistryError
from protem.people.access import Refused
from protem.web.errors import ErrorPages, NoSuchThingError


def test_a_fault_of_the_program_is_not_told_as_a_person_s() -> None:
    pages = ErrorPages(lambda _request: HttpResponse())
    request = RequestFactory().get("/")
    broken = RegistryError("FORMAT is missing", where="protem.formats.tools.some")
    assert pages.process_exception(request, broken) is None
    assert pages.process_exception(request, KeyError("some")) is None


def test_each_error_has_its_status() -> None:
    pages = ErrorPages(lambda _request: HttpResponse())
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    statuses = {
        Refused("you may not"): 403,
        NoSuchThingError("it is not there"): 404,
        RegistryError("there is no “vibes”"): 404,
        ProtemError("it makes no sense", where="here", remedy="do that"): 400,
    }
    for error, status in statuses.items():
        page = pages.process_exception(request, error)
        assert page is not None
        assert page.status_code == status
