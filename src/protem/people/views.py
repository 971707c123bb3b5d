"""Signing in with a one-time link."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from protem.kit import clock
from protem.people.services import use_login_link

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in by a link that works once.

    Opening it only asks: scanners of mail and chat open links too, and must not use it up.
    """
    if request.method != "POST":
        return render(request, "protem/people/enter.html")
    person = use_login_link(token=token, at=clock.now())
    if person is None:
        return render(request, "protem/people/link_used.html", status=410)
    login(request, person, backend=BACKEND)
    return redirect("web:today")
