"""The one-page report and the sheet of a metric: on screen, as PDF, as a file of its own."""

from datetime import UTC, date, datetime, time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from protem.board.metric_sheet import metric_sheet
from protem.board.onepage import one_page
from protem.board.render import Palette, sections_of, to_html, to_pdf


def report(request: HttpRequest) -> HttpResponse:
    """The report as it will print."""
    moment = _moment(request)
    query = f"?as_of={moment:%Y-%m-%d}" if moment else ""
    page = sections_of(one_page(moment), palette=Palette.SCREEN)
    return render(request, "protem/board/report.html", {"page": page, "query": query})


def report_pdf(request: HttpRequest) -> HttpResponse:
    """The report as PDF."""
    return _download(to_pdf(one_page(_moment(request))), "application/pdf", "protem-report.pdf")


def report_html(request: HttpRequest) -> HttpResponse:
    """The report as one HTML file."""
    return _download(to_html(one_page(_moment(request))), "text/html", "protem-report.html")


def metric_pdf(request: HttpRequest, name: str) -> HttpResponse:
    """One metric on a sheet of its own, as PDF."""
    made = to_pdf(metric_sheet(name, _moment(request)))
    return _download(made, "application/pdf", f"protem-{name}.pdf")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _moment(request: HttpRequest) -> datetime | None:
    """The end of the day asked for; a day that is none is taken for the newest."""
    try:
        day = date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return None
    return datetime.combine(day, time.max, tzinfo=UTC)
