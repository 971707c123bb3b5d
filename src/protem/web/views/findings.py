"""Findings: the list, one of them, deciding on many, undoing, the whole as CSV."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from protem.kit import clock
from protem.measure.wording import count
from protem.people.access import Act, may
from protem.risks import services
from protem.risks.forms import DecisionForm
from protem.risks.queries.findings import finding_ids
from protem.risks.rules import DecisionError
from protem.risks.services import Made
from protem.ui.exports import csv_response
from protem.web import tasks
from protem.web.deciding import carry_out
from protem.web.finding_list import (
    CSV_COLUMNS,
    ORDERS,
    SEVERITIES,
    csv_rows,
    filters_of,
    finding_list,
)
from protem.web.finding_page import finding_page
from protem.web.saved_views import saved_views_of
from protem.web.views.requests import actor_of, person_of


@require_safe
def findings(request: HttpRequest) -> HttpResponse:
    """The list, with the form that decides on those chosen."""
    return _render_list(request, request.GET, DecisionForm())


@require_safe
def findings_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole list."""
    rows = csv_rows(actor_of(request), request.GET, clock.now())
    return csv_response("findings.csv", CSV_COLUMNS, rows)


@require_safe
def finding(request: HttpRequest, finding_id: int) -> HttpResponse:
    """One finding: its history, what it rests on, decisions about it."""
    by, now = actor_of(request), clock.now()
    shown = {
        "page": finding_page(by, finding_id, now),
        "form": DecisionForm(),
        "may_decide": may(by, Act.DECIDE_FINDINGS),
    }
    return render(request, "protem/web/finding.html", shown)


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Decide on the findings chosen, or on all that the list's filters match."""
    by, now = actor_of(request), clock.now()
    query = QueryDict(request.POST.get("query", ""))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _render_list(request, query, form, status=400)
    if request.POST.get("all"):
        chosen = finding_ids(by, filters_of(query, now), at=now)
    else:
        chosen = _chosen(request)
    if not chosen:
        raise DecisionError("no finding is chosen", remedy="tick those to decide on")
    made = carry_out(by, form.cleaned_data, findings=chosen, at=now)
    return _decided(request, made, query)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was decided in one act."""
    made = services.undo_decisions(
        by=actor_of(request), batch=_batch_of(request), at=clock.now()
    )
    tasks.refresh_in_background.enqueue(made.since.date().isoformat())
    messages.success(request, f"Undone: {count(made.count, 'decision')} taken back.")
    return redirect(
        "web:findings" if request.POST.get("to") != "decisions" else "web:decisions"
    )


def _chosen(request: HttpRequest) -> list[int]:
    return [int(one) for one in request.POST.getlist("finding") if one.isdecimal()]


def _batch_of(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("batch", ""))
    except ValueError:
        raise DecisionError("there is nothing to undo") from None


def _decided(request: HttpRequest, made: Made, query: QueryDict) -> HttpResponse:
    tasks.refresh_in_background.enqueue(made.since.date().isoformat())
    left = f" {count(made.skipped, 'other')} had a decision already." if made.skipped else ""
    messages.success(request, f"Decided on {count(made.count, 'finding')}.{left}")
    kept = query.copy()
    kept.pop("after", None)
    kept["made"] = str(made.batch)
    return redirect(f"{reverse('web:findings')}?{kept.urlencode()}")


def _render_list(
    request: HttpRequest, query: QueryDict, form: DecisionForm, status: int = 200
) -> HttpResponse:
    by, now = actor_of(request), clock.now()
    shown = {
        "page": finding_list(by, query, now),
        "query": query,
        "form": form,
        "severities": list(SEVERITIES),
        "orders": [(str(one), label) for one, label in ORDERS.items()],
        "chosen": set(_chosen(request)),
        "may_decide": may(by, Act.DECIDE_FINDINGS),
        "saved": saved_views_of(
            person_of(request), path=reverse("web:findings"), query=query.urlencode(), at=now
        ),
    }
    return render(request, "protem/web/findings.html", shown, status=status)
