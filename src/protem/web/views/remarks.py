"""Remarks on charts: made, corrected, taken off and put back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from protem.kit import clock
from protem.measure import services
from protem.measure.metric import METRICS
from protem.measure.services import AnnotationError
from protem.web.forms import RemarkForm
from protem.web.views.requests import actor_of


@require_POST
def save(request: HttpRequest, name: str) -> HttpResponse:
    """Put a remark on a metric's chart or on all, or correct one."""
    METRICS.get(name)
    form = RemarkForm(request.POST, prefix="remark")
    if not form.is_valid():
        told = "; ".join(str(error) for errors in form.errors.values() for error in errors)
        raise AnnotationError(
            f"the remark is not kept: {told}", remedy="say what happened when"
        )
    given = form.cleaned_data
    services.save_annotation(
        by=actor_of(request),
        text=given["text"],
        on=given["on"],
        metric="" if given["everywhere"] else name,
        external_id=request.POST.get("remark", ""),
        at=clock.now(),
    )
    messages.success(request, "The remark is on the chart.")
    return redirect("web:metric", name)


@require_POST
def mark(request: HttpRequest, name: str, remark: str) -> HttpResponse:
    """Take a remark off the charts, or put it back."""
    is_removed = request.POST.get("act") == "remove"
    services.mark_annotation(
        by=actor_of(request), external_id=remark, is_removed=is_removed, at=clock.now()
    )
    messages.success(
        request,
        "The remark is off the charts; it can be put back below."
        if is_removed
        else "The remark is back on the chart.",
    )
    return redirect("web:metric", name)
