"""One asset and why it is one; joining, splitting, and settling doubts, each with undo."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from protem.kit import clock
from protem.ledger.merges import queries as merges
from protem.ledger.merges import services
from protem.ledger.merges.services import MergeRefused, Settled
from protem.web import queries, tasks
from protem.web.machine_page import SETTLED, doubt_page, machine_page, machine_url
from protem.web.views.requests import actor_of


@require_safe
def asset(request: HttpRequest, asset_id: int) -> HttpResponse:
    """One asset with its records."""
    page = machine_page(asset_id, words=request.GET.get("join", "").strip()[:100])
    shown = {"page": page, "is_working": queries.is_working()}
    return render(request, "protem/web/asset.html", shown)


@require_safe
def doubts(request: HttpRequest) -> HttpResponse:
    """Records that may be one machine, for a person to say."""
    shown = {
        "page": doubt_page(request.GET.get("page")),
        "settled": SETTLED,
        "is_working": queries.is_working(),
    }
    return render(request, "protem/web/doubts.html", shown)


@require_POST
def split(request: HttpRequest) -> HttpResponse:
    """Take a record out of its machine."""
    record_id = _number(request, "record")
    done = services.split_record(
        by=actor_of(request),
        record_id=record_id,
        reason=request.POST.get("reason", ""),
        at=clock.now(),
    )
    return _settled(request, done, record_id)


@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Make two records one machine."""
    return _pair(request, services.join_records)


@require_POST
def keep_apart(request: HttpRequest) -> HttpResponse:
    """Say that two records are two machines."""
    return _pair(request, services.keep_apart)


@require_POST
def undo(request: HttpRequest, pin_id: int) -> HttpResponse:
    """Take a decision back."""
    done = services.undo_pin(by=actor_of(request), pin_id=pin_id, at=clock.now())
    return _settled(request, done, _number(request, "record", missing=0))


def _pair(request: HttpRequest, act: Callable[..., Settled]) -> HttpResponse:
    left_id = _number(request, "left")
    done = act(
        by=actor_of(request),
        left_id=left_id,
        right_id=_number(request, "right"),
        reason=request.POST.get("reason", ""),
        at=clock.now(),
    )
    return _settled(request, done, left_id)


def _settled(request: HttpRequest, done: Settled, record_id: int) -> HttpResponse:
    """Say what was done, measure anew, and go back to where it was asked."""
    if done.since is not None:
        tasks.refresh_in_background.enqueue(done.since.isoformat())
    messages.success(request, f"{done.told} The numbers are being brought up to date.")
    if request.POST.get("from") == "doubts":
        return redirect("web:doubts")
    record = merges.find_record(str(record_id))
    return redirect(machine_url(record.asset_id if record else None))


def _number(request: HttpRequest, name: str, *, missing: int | None = None) -> int:
    text = request.POST.get(name, "")
    if text.isascii() and text.isdecimal():
        return int(text)
    if missing is not None:
        return missing
    raise MergeRefused("no record was chosen", remedy="choose one on the page")
