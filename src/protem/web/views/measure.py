"""The metrics: the list, one of them, its lists as CSV, its target."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from protem.kit import clock
from protem.measure import queries as measured
from protem.measure import services
from protem.measure.metric import METRICS, Metric
from protem.ui.exports import csv_response
from protem.web import queries, tasks
from protem.web.errors import NoSuchThingError
from protem.web.forms import TargetForm
from protem.web.measure_list import measure_list
from protem.web.metric_page import MetricPage, metric_page
from protem.web.metric_tables import cells
from protem.web.moments import asked_moment
from protem.web.views.requests import actor_of


@require_safe
def measure(request: HttpRequest) -> HttpResponse:
    """Every metric with its sentences."""
    page = measure_list(asked_moment(request))
    return render(request, "protem/web/measure.html", {"page": page})


@require_safe
def metric(request: HttpRequest, name: str) -> HttpResponse:
    """One metric in full."""
    page = metric_page(name, asked_moment(request), sort=request.GET.get("sort", ""))
    form = _target_form(page.metric, initial=_initial(page))
    shown = {"page": page, "form": form, "is_working": queries.is_working()}
    return render(request, "protem/web/metric.html", shown)


@require_safe
def metric_csv(request: HttpRequest, name: str, table: str) -> HttpResponseBase:
    """One of the lists behind a metric, whole."""
    metric = METRICS.get(name)
    view = next((v for v in measured.current(asked_moment(request)) if v.metric == name), None)
    tables = measured.tables(name, view.reading.as_of) if view else []
    found = next((one for one in tables if one.name == table), None)
    if found is None:
        raise NoSuchThingError(f"there is no list “{table}” behind {metric.title}")
    return csv_response(
        f"{name}-{table}.csv", [column.label for column in found.columns], cells(found)
    )


@require_POST
def set_target(request: HttpRequest, name: str) -> HttpResponse:
    """Set a metric's target from a day on, and judge the weeks since anew."""
    form = _target_form(METRICS.get(name), request.POST)
    if not form.is_valid():
        page = metric_page(name, None, sort="")
        shown = {"page": page, "form": form, "is_working": False}
        return render(request, "protem/web/metric.html", shown, status=400)
    since: date = form.cleaned_data["since"]
    services.set_target(
        by=actor_of(request), metric=name, value=form.cleaned_data["value"], since=since
    )
    tasks.refresh_in_background.enqueue(since.isoformat())
    messages.success(request, "The target is set; the weeks since are judged anew.")
    return redirect("web:metric", name)


def _target_form(
    metric: Metric, data: object = None, *, initial: dict[str, object] | None = None
) -> TargetForm:
    return TargetForm(
        data, unit=metric.unit, latest=clock.now().date(), initial=initial, prefix="target"
    )


def _initial(page: MetricPage) -> dict[str, object]:
    """The target in force, and the newest measured day: a later one would change nothing."""
    if page.view is None:
        return {"value": page.metric.default_target, "since": clock.now().date()}
    target = page.view.target
    shown = int(target) if target is not None and target.is_integer() else target
    return {"value": shown, "since": page.view.reading.as_of.date()}
