"""How the metrics are defined: the page, changing them, setting a change back."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from protem.kit import clock
from protem.measure import queries as measured
from protem.measure import services
from protem.measure.definitions import PRESETS, preset_of
from protem.measure.metric import METRICS
from protem.web import queries, tasks
from protem.web.definition_form import DefinitionForm
from protem.web.views.requests import actor_of

SINCE_EVER = date.min.isoformat()


@require_http_methods(["GET", "HEAD", "POST"])
def definitions(request: HttpRequest) -> HttpResponse:
    """The definitions in force with their history; a POST changes them."""
    now, present = clock.now(), measured.definition_in_force()
    form = DefinitionForm(request.POST or None, present=present, latest=now.date())
    if form.is_valid():
        made = services.set_definition(
            by=actor_of(request),
            values=form.given,
            why=form.cleaned_data["why"],
            since=form.cleaned_data["since"],
            at=now,
        )
        return _answered(request, is_changed=made is not None)
    preset = preset_of(present)
    shown = {
        "form": form,
        "scheme": PRESETS[preset].title if preset else "own numbers",
        "changes": measured.definition_history(),
        "titles": {one.name: one.title for one in METRICS},
        "is_working": queries.is_working(),
    }
    status = 400 if form.is_bound else 200
    return render(request, "protem/web/definitions.html", shown, status=status)


@require_POST
def restore(request: HttpRequest, version_id: int) -> HttpResponse:
    """Set the definition back to what it was before a change."""
    made = services.restore_definition(
        by=actor_of(request), version_id=version_id, at=clock.now()
    )
    return _answered(request, is_changed=made is not None)


def _answered(request: HttpRequest, *, is_changed: bool) -> HttpResponse:
    if is_changed:
        tasks.refresh_in_background.enqueue(SINCE_EVER)
        messages.success(request, "Saved. The whole past is being measured anew.")
    else:
        messages.info(request, "That is how it is defined already.")
    return redirect("web:definitions")
