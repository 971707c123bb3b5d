"""The handoff page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from protem.web.handoff_page import EVIDENCE_COLUMNS, handoff_page
from protem.web.moments import asked_moment


@require_safe
def handoff(request: HttpRequest) -> HttpResponse:
    """The verdict of the five signals with their evidence."""
    shown = {"page": handoff_page(asked_moment(request)), "columns": EVIDENCE_COLUMNS}
    return render(request, "protem/web/handoff.html", shown)
