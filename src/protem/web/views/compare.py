"""Teams side by side, and the same as CSV."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from protem.ui.exports import csv_response
from protem.web import queries
from protem.web.compare_page import asked_way, compare_page, csv_columns, csv_rows
from protem.web.moments import asked_moment


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Every group, owner, criticality or kind with its numbers."""
    page = compare_page(asked_moment(request), request.GET)
    shown = {"page": page, "is_working": queries.is_working()}
    return render(request, "protem/web/compare.html", shown)


@require_safe
def compare_csv(request: HttpRequest) -> HttpResponseBase:
    """The same table as CSV."""
    rows = csv_rows(asked_moment(request), request.GET)
    return csv_response(f"by-{asked_way(request.GET)}.csv", csv_columns(), rows)
