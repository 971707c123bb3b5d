"""Decisions on findings: the list, a rule with its preview, withdrawing, extending."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from protem.kit import clock
from protem.ledger.cuts import parse_cut
from protem.measure.wording import count
from protem.people.access import Act, authorise, may
from protem.risks import queries, services
from protem.risks.forms import ExtensionForm, RuleForm
from protem.risks.rules import check_rule
from protem.risks.services import Made
from protem.risks.vex import VexFormat, vex_text
from protem.web import tasks
from protem.web.cuts import asked_cut
from protem.web.deciding import carry_out
from protem.web.decision_list import decision_list, find_decision
from protem.web.errors import NoSuchThingError
from protem.web.views.requests import actor_of


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """Every decision with its state, those in force first."""
    by = actor_of(request)
    shown = {
        "page": decision_list(by, clock.now()),
        "may_decide": may(by, Act.DECIDE_FINDINGS),
    }
    return render(request, "protem/web/decisions.html", shown)


@require_safe
def vex(request: HttpRequest, form: str) -> HttpResponse:
    """What the company says of its findings, as a VEX document."""
    if form not in set(VexFormat):
        raise NoSuchThingError(f"there is no VEX format “{form[:40]}”")
    asked = asked_cut(request.GET)
    cut = parse_cut(asked) if asked else None
    said = queries.claims(actor_of(request), at=clock.now(), cut=cut)
    response = HttpResponse(
        vex_text(said, VexFormat(form)), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{form}-vex.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def add_rule(request: HttpRequest) -> HttpResponse:
    """Enter a rule, see what it matches, save it."""
    by, now = actor_of(request), clock.now()
    authorise(by, Act.DECIDE_FINDINGS)
    form = RuleForm(request.POST or None, initial=request.GET.dict())
    preview = None
    if form.is_valid():
        rule = form.rule()
        check_rule(rule)
        if "preview" not in request.POST:
            return _told(request, carry_out(by, form.cleaned_data, rule=rule, at=now), "Saved")
        preview = queries.preview(by, rule=rule)
    status = 400 if form.is_bound and form.errors else 200
    shown = {"form": form, "preview": preview}
    return render(request, "protem/web/decision_rule.html", shown, status=status)


@require_POST
def withdraw(request: HttpRequest, decision_id: int) -> HttpResponse:
    """End a decision now."""
    made = services.withdraw_decision(
        by=actor_of(request),
        decision_id=decision_id,
        why=request.POST.get("why", "").strip()[:2000],
        at=clock.now(),
    )
    return _told(request, made, "Withdrawn: what it covered is open again")


@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Accept a risk for longer."""
    by, now = actor_of(request), clock.now()
    found = find_decision(by, decision_id, now)
    form = ExtensionForm(request.POST or None, after=found.expires_on)
    if form.is_valid():
        given = form.cleaned_data
        made = services.extend_exception(by=by, decision_id=decision_id, at=now, **given)
        return _told(request, made, f"Accepted until {_day(given['expires_on'])}")
    shown = {"form": form, "decision": found}
    status = 400 if form.is_bound else 200
    return render(request, "protem/web/decision_extend.html", shown, status=status)


def _told(request: HttpRequest, made: Made, words: str) -> HttpResponse:
    tasks.refresh_in_background.enqueue(made.since.date().isoformat())
    messages.success(request, f"{words} ({count(made.count, 'decision')}).")
    return redirect("web:decisions")


def _day(on: datetime) -> str:
    return f"{on:%-d %b %Y}"
