"""The metrics: the list, one of them, its lists to download, its target."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from protem.kit import clock
from protem.measure import services
from protem.measure.metric import METRICS, Metric
from protem.ui.exports import csv_response
from protem.ui.workbooks import xlsx_response
from protem.web import queries, tasks
from protem.web.downloads import download_of
from protem.web.forms import RemarkForm, TargetForm
from protem.web.measure_list import measure_list
from protem.web.metric_page import MetricPage, metric_page
from protem.web.moments import asked_moment
from protem.web.saved_views import saved_views_of
from protem.web.views.requests import actor_of, person_of


@require_safe
def measure(request: HttpRequest) -> HttpResponse:
    """Every metric with its sentences."""
    page = measure_list(asked_moment(request), request.GET)
    return render(request, "protem/web/measure.html", {"page": page})


@require_safe
def metric(request: HttpRequest, name: str) -> HttpResponse:
    """One metric in full."""
    page = metric_page(name, asked_moment(request), request.GET)
    return _rendered(request, page, _target_form(page.metric, initial=_initial(page)))


@require_safe
def metric_csv(request: HttpRequest, name: str, table: str) -> HttpResponseBase:
    """One of the lists behind a metric as CSV: every row that the filters keep."""
    made = download_of(name, table, asked_moment(request), request.GET)
    return csv_response(f"{name}-{table}.csv", made.columns, made.rows)


@require_safe
def metric_xlsx(request: HttpRequest, name: str, table: str) -> HttpResponseBase:
    """The same as a workbook, with a sheet that says what it is."""
    made = download_of(name, table, asked_moment(request), request.GET)
    return xlsx_response(
        f"{name}-{table}.xlsx", made.columns, made.rows, title=made.title, about=made.about
    )


@require_POST
def set_target(request: HttpRequest, name: str) -> HttpResponse:
    """Set a metric's target from a day on, and judge the weeks since anew."""
    form = _target_form(METRICS.get(name), request.POST)
    if not form.is_valid():
        page = metric_page(name, None, QueryDict())
        return _rendered(request, page, form, status=400)
    since: date = form.cleaned_data["since"]
    services.set_target(
        by=actor_of(request),
        metric=name,
        value=form.cleaned_data["value"],
        since=since,
        why=form.cleaned_data["why"],
        at=clock.now(),
    )
    tasks.refresh_in_background.enqueue(since.isoformat())
    messages.success(request, "The target is set; the weeks since are judged anew.")
    return redirect("web:metric", name)


def _rendered(
    request: HttpRequest, page: MetricPage, form: TargetForm, *, status: int = 200
) -> HttpResponse:
    now = clock.now()
    shown = {
        "page": page,
        "form": form,
        "remark_form": RemarkForm(initial={"on": now.date()}, prefix="remark"),
        "saved": saved_views_of(
            person_of(request),
            path=request.path,
            query=request.META["QUERY_STRING"],
            at=now,
        ),
        "is_working": queries.is_working(),
        "today": now.date(),
    }
    return render(request, "protem/web/metric.html", shown, status=status)


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
