"""Sources and imports: dropping files, watching them, confirming, reverting, cancelling."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from protem.kit import clock
from protem.people.access import Act, authorise, may
from protem.sources import feeds, services
from protem.sources import queries as sources
from protem.web import source_page, tasks
from protem.web.errors import NoSuchThingError
from protem.web.import_page import COLUMNS, ImportPage, import_list, import_page
from protem.web.uploads import receive
from protem.web.views.requests import actor_of, person_id_of


@require_safe
def source_list(request: HttpRequest) -> HttpResponse:
    """Every source and how fresh it is."""
    shown = {
        "page": source_page.source_page(clock.now()),
        "can_fetch": bool(feeds.configured()) and may(actor_of(request), Act.IMPORT),
    }
    return render(request, "protem/web/sources.html", shown)


@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    """Fetch the catalogues whose addresses are configured."""
    authorise(actor_of(request), Act.IMPORT)
    if not feeds.configured():
        raise NoSuchThingError("no address is configured, so there is nothing to fetch")
    tasks.fetch_in_background.enqueue(person_id_of(request))
    messages.success(request, "Fetching. What comes of it stands in this list.")
    return redirect("web:imports")


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """The list of imports; a POST takes files in."""
    if request.method == "POST":
        return _receive(request)
    return _render_list(request, "protem/web/imports.html")


@require_safe
def imports_progress(request: HttpRequest) -> HttpResponse:
    """The part of the list that changes while imports run."""
    return _render_list(request, "protem/web/partials/imports.html")


@require_safe
def one_import(request: HttpRequest, run_id: int) -> HttpResponse:
    """One import and what became of it."""
    return _render_one(request, run_id, "protem/web/import.html")


@require_safe
def import_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part of an import's page that changes while it runs."""
    return _render_one(request, run_id, "protem/web/partials/import.html")


@require_POST
def confirm(request: HttpRequest, run_id: int) -> HttpResponse:
    """Confirm that a sudden drop is real."""
    authorise(actor_of(request), Act.IMPORT)
    _found(request, run_id)
    tasks.confirm_in_background.enqueue(run_id, person_id_of(request))
    messages.success(request, "Confirmed. The numbers are being brought up to date.")
    return redirect("web:import", run_id)


@require_http_methods(["GET", "HEAD", "POST"])
def revert(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask, then take an import out again."""
    page = _found(request, run_id)
    if not page.run.is_done:
        raise services.ImportRefused(
            f"“{page.run.name}” is {page.run.state_label} and brought nothing to take out"
        )
    if request.method != "POST":
        return render(request, "protem/web/revert.html", {"page": page})
    authorise(actor_of(request), Act.REVERT)
    tasks.revert_in_background.enqueue(run_id, person_id_of(request))
    messages.success(request, f"“{page.run.name}” is being taken out again.")
    return redirect("web:imports")


@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop an import that waits or runs."""
    by = actor_of(request)
    run = sources.run(by, run_id)
    if run is None:
        raise NoSuchThingError(f"there is no import {run_id}")
    services.cancel(by=by, run=run, at=clock.now())
    messages.success(request, f"“{run.name}” is cancelled; nothing of it is kept.")
    return redirect("web:imports")


def _receive(request: HttpRequest) -> HttpResponse:
    received = receive(
        request.FILES.getlist("files"),
        by=actor_of(request),
        target=request.POST.get("target", "").strip()[:300],
    )
    for error in received.refused:
        messages.error(request, str(error))
    if len(received.run_ids) == 1:
        return redirect("web:import", received.run_ids[0])
    return redirect("web:imports")


def _render_list(request: HttpRequest, template: str) -> HttpResponse:
    shown = {
        "page": import_list(actor_of(request)),
        "columns": COLUMNS,
        "poll_url": reverse("web:imports_progress"),
    }
    return render(request, template, shown)


def _render_one(request: HttpRequest, run_id: int, template: str) -> HttpResponse:
    shown = {
        "page": _found(request, run_id),
        "poll_url": reverse("web:import_progress", args=(run_id,)),
    }
    return render(request, template, shown)


def _found(request: HttpRequest, run_id: int) -> ImportPage:
    return import_page(actor_of(request), run_id)
