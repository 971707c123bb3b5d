"""Certificates: the list, adding, editing, removing and putting back."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from protem.comply import services
from protem.comply.forms import CertificateForm
from protem.kit import clock
from protem.web import tasks
from protem.web.certificate_page import PARAMETER, certificate_page, initial_of
from protem.web.views.requests import actor_of

TOUCHED = timedelta(days=7)


@require_safe
def compliance(request: HttpRequest) -> HttpResponse:
    """The certificates with their states."""
    page = certificate_page(clock.now())
    return render(request, "protem/web/compliance.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Enter a certificate."""
    now = clock.now()
    form = CertificateForm(request.POST or None, as_of=now.date())
    if form.is_valid():
        return _save(request, form, now)
    return _render_form(request, form, "Add a certification")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Enter a new version of a certificate."""
    now, external_id = clock.now(), request.GET.get(PARAMETER, "")
    initial = initial_of(external_id, now)
    form = CertificateForm(request.POST or None, as_of=now.date(), initial=initial)
    if form.is_valid():
        return _save(request, form, now, external_id=external_id)
    return _render_form(request, form, f"Edit {initial['framework']} {initial['level']}")


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take a certificate off the list; the page then offers to put it back."""
    now, external_id = clock.now(), request.POST.get(PARAMETER, "")
    services.remove_certificate(actor_of(request), external_id=external_id, at=now)
    return _refreshed(request, now, "Removed. You can put it back below for 30 days.")


@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Put a removed certificate back on the list."""
    now, external_id = clock.now(), request.POST.get(PARAMETER, "")
    services.restore_certificate(actor_of(request), external_id=external_id, at=now)
    return _refreshed(request, now, "It is back on the list.")


def _save(
    request: HttpRequest, form: CertificateForm, now: datetime, *, external_id: str = ""
) -> HttpResponse:
    services.save_certificate(
        actor_of(request), known_at=now, fields=form.fields_entered(), external_id=external_id
    )
    return _refreshed(request, now, "Saved.")


def _refreshed(request: HttpRequest, now: datetime, told: str) -> HttpResponse:
    tasks.refresh_in_background.enqueue((now - TOUCHED).date().isoformat())
    messages.success(request, told)
    return redirect("web:compliance")


def _render_form(request: HttpRequest, form: CertificateForm, title: str) -> HttpResponse:
    shown = {"form": form, "title": title.strip()}
    status = 400 if form.is_bound else 200
    return render(request, "protem/web/certificate_form.html", shown, status=status)
