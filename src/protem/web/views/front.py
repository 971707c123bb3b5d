"""Today, settings, removing the demo, and whether the server lives."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from protem import flow
from protem.handoff import queries as handoff
from protem.kit import clock
from protem.people import queries as people
from protem.people import services as people_services
from protem.sources import queries as sources
from protem.web import queries
from protem.web.errors import NoSuchThingError
from protem.web.forms import CompanyForm, DemoRemovalForm
from protem.web.moments import asked_moment
from protem.web.today import today as today_page
from protem.web.views.requests import actor_of


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The verdict of the week."""
    page = today_page(actor_of(request), asked_moment(request), is_working=queries.is_working())
    template = "first_run" if page.is_first_run else "today"
    shown = {
        "page": page,
        "add_url": reverse("web:add_certificate"),
        "company_form": _company_form(),
    }
    return render(request, f"protem/web/{template}.html", shown)


@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """The company, the account, and who counts as engineering leadership."""
    shown = {"leaders": handoff.leaders(), "company_form": _company_form()}
    return render(request, "protem/web/settings.html", shown)


@require_POST
def name_company(request: HttpRequest) -> HttpResponse:
    """Give the company its name, which heads every report."""
    form = CompanyForm(request.POST, prefix="company")
    if form.is_valid():
        name = form.cleaned_data["name"]
        people_services.name_company(by=actor_of(request), name=name, at=clock.now())
        messages.success(request, "The company's name is kept.")
    return redirect("web:today" if request.POST.get("from") == "start" else "web:settings")


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


def _company_form() -> CompanyForm:
    return CompanyForm(initial={"name": people.company_name()}, prefix="company")
