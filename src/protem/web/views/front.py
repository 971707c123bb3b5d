"""Today, settings, removing the demo, and whether the server lives."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from protem import flow
from protem.handoff import queries as handoff
from protem.sources import queries as sources
from protem.web import queries
from protem.web.errors import NoSuchThingError
from protem.web.forms import DemoRemovalForm
from protem.web.moments import asked_moment
from protem.web.today import today as today_page
from protem.web.views.requests import actor_of


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The verdict of the week."""
    page = today_page(actor_of(request), asked_moment(request), is_working=queries.is_working())
    template = "first_run" if page.is_first_run else "today"
    return render(
        request,
        f"protem/web/{template}.html",
        {"page": page, "add_url": reverse("web:add_certificate")},
    )


@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """The account, and who counts as engineering leadership."""
    return render(request, "protem/web/settings.html", {"leaders": handoff.leaders()})


@require_http_methods(["GET", "HEAD", "POST"])
def remove_demo(request: HttpRequest) -> HttpResponse:
    """Remove the demo company once its name was typed."""
    if not sources.has_demo():
        raise NoSuchThingError("there is no demo company here", remedy="nothing needs removing")
    form = DemoRemovalForm(request.POST or None)
    if form.is_valid():
        flow.remove_demo(by=actor_of(request))
        messages.success(request, "The demo company is removed.")
        return redirect("web:today")
    return render(request, "protem/web/remove_demo.html", {"form": form})


@login_not_required
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """For load balancers: the process answers."""
    return JsonResponse({"status": "ok"})
