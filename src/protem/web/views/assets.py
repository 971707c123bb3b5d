"""The list of assets, its download, and labels given to what was chosen in it."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from protem.kit import clock
from protem.ledger.assets.queries import AssetList
from protem.ledger.labels import services
from protem.ledger.labels.services import Changed, Edited
from protem.ledger.merges import queries as merges
from protem.ledger.rulebook import parse_rule
from protem.ledger.rules import RuleError
from protem.ui.exports import csv_response
from protem.web import queries, tasks
from protem.web.asset_list import CSV_COLUMNS, asset_page, csv_rows, filter_of
from protem.web.rule_forms import LabelsForm
from protem.web.saved_views import saved_views_of
from protem.web.views.requests import actor_of, person_of

MOST_CHOSEN = 2_000


@require_safe
def assets(request: HttpRequest) -> HttpResponse:
    """The list, filtered and in order as its address says."""
    page = asset_page(request.GET)
    shown = {
        "page": page,
        "form": LabelsForm(groups=page.groups),
        "is_working": queries.is_working(),
        "doubts": merges.doubt_count(),
        "saved": saved_views_of(
            person_of(request),
            path=request.path,
            query=request.META.get("QUERY_STRING", ""),
            at=clock.now(),
        ),
    }
    return render(request, "protem/web/assets.html", shown)


@require_safe
def assets_csv(request: HttpRequest) -> HttpResponseBase:
    """Every asset that matches, as CSV."""
    return csv_response("assets.csv", CSV_COLUMNS, csv_rows(request.GET))


@require_POST
def label_assets(request: HttpRequest) -> HttpResponse:
    """Give the chosen assets, or all that match, a group, an owner, a criticality."""
    query = request.POST.get("query", "")
    chosen = _chosen(request, query)
    labels = parse_rule({"name": "*", **request.POST.dict(), **_ABOUT_NOTHING})
    edited = Edited(by=actor_of(request), at=clock.now())
    done = services.label_named(edited, chosen, labels)
    tell(request, done, f"{labels.effect_text()}, for {len(chosen):,} chosen by name.")
    return redirect(f"{reverse('web:assets')}?{query}")


def tell(request: HttpRequest, done: Changed, what: str) -> None:
    """Say what a change of the rules did, and have its numbers measured anew."""
    assets = "1 asset is" if done.labelled == 1 else f"{done.labelled:,} assets are"
    messages.success(request, f"Done: {what} {assets} labelled otherwise than before.")
    if done.labelled:
        tasks.remeasure_in_background.enqueue(sorted(map(str, done.moved)))


_ABOUT_NOTHING = dict.fromkeys(
    ("hostname", "tag", "kind", "os", "source", "repository", "note", "enabled"), ""
)


def _chosen(request: HttpRequest, query: str) -> Sequence[int]:
    if request.POST.get("which") == "all":
        ids: Sequence[int] = AssetList(filter_of(dict(parse_qsl(query)))).ids()
    else:
        ids = [int(text) for text in request.POST.getlist("asset") if _is_id(text)]
    if len(ids) > MOST_CHOSEN:
        raise RuleError(
            f"{len(ids):,} assets are too many to name one by one",
            remedy="write a rule on what they have in common",
        )
    return ids


def _is_id(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdecimal()
