"""Who counts as engineering leadership: ticks, adding by hand, ending, putting back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from protem.handoff import queries as handoff
from protem.handoff import services
from protem.handoff.services import LeaderError
from protem.kit import clock
from protem.web import tasks
from protem.web.forms import LeaderForm
from protem.web.leader_page import leader_page
from protem.web.views.requests import actor_of

TOLD = "Saved. The signals are being read anew."


@require_http_methods(["GET", "HEAD", "POST"])
def leaders(request: HttpRequest) -> HttpResponse:
    """The page; a POST adds someone by hand."""
    form = LeaderForm(request.POST or None)
    if form.is_valid():
        try:
            services.add_leader(by=actor_of(request), at=clock.now(), **form.cleaned_data)
        except LeaderError as error:
            form.add_error("address", str(error))
        else:
            return _changed(request)
    shown = {"page": leader_page(), "form": form}
    status = 400 if form.is_bound else 200
    return render(request, "protem/web/leaders.html", shown, status=status)


@require_POST
def mark(request: HttpRequest) -> HttpResponse:
    """Mark whoever is ticked, and end whoever was and is no longer."""
    by, now = actor_of(request), clock.now()
    ticked = set(request.POST.getlist("person"))
    marked = {one.key: one for one in handoff.leader_history() if one.until is None}
    for person in handoff.calendar_people():
        if person.person in ticked and person.key not in marked:
            services.add_leader(by=by, address=person.person, at=now)
        elif person.person not in ticked and person.key in marked:
            services.end_leader(
                by=by, leader_id=marked[person.key].id, until=now.date(), at=now
            )
    return _changed(request)


@require_POST
def end(request: HttpRequest, leader_id: int) -> HttpResponse:
    """No longer count someone from today on, or not at all if that was a mistake."""
    now = clock.now()
    services.end_leader(
        by=actor_of(request),
        leader_id=leader_id,
        until=now.date(),
        is_mistake=bool(request.POST.get("mistake")),
        at=now,
    )
    return _changed(request)


@require_POST
def restore(request: HttpRequest, leader_id: int) -> HttpResponse:
    """Let someone count again as before."""
    services.restore_leader(by=actor_of(request), leader_id=leader_id)
    return _changed(request)


def _changed(request: HttpRequest) -> HttpResponse:
    tasks.read_signals_in_background.enqueue()
    messages.success(request, TOLD)
    return redirect("web:leaders")
