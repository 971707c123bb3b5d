"""Saving a list with its filters, taking it off again, putting it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_POST

from protem.kit import clock
from protem.people import services
from protem.people.services import SavedViewError
from protem.web.views.requests import person_of


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is filtered, under a name, and show it."""
    path = request.POST.get("path", "")
    try:
        resolve(path)
    except Resolver404:
        raise SavedViewError("there is no such page to save") from None
    view = services.save_view(
        by=person_of(request),
        path=path,
        query=request.POST.get("query", ""),
        name=request.POST.get("name", ""),
        at=clock.now(),
    )
    messages.success(request, f"“{view.name}” is saved.")
    return redirect(f"{view.path}?{view.query}")


@require_POST
def remove(request: HttpRequest, view_id: int) -> HttpResponse:
    """Take one's own view off the list."""
    view = services.remove_view(by=person_of(request), view_id=view_id, at=clock.now())
    told = f"“{view.name}” is removed. It can be put back for 30 days, under “Views”."
    messages.success(request, told)
    return redirect(view.path)


@require_POST
def restore(request: HttpRequest, view_id: int) -> HttpResponse:
    """Put a removed view back."""
    view = services.restore_view(by=person_of(request), view_id=view_id)
    messages.success(request, f"“{view.name}” is back.")
    return redirect(f"{view.path}?{view.query}")
