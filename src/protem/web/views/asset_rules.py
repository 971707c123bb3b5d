"""The rules on groups, criticality and owners: editing, trying, history, files."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from protem.kit import clock
from protem.ledger import rulebook
from protem.ledger.labels import queries, services
from protem.ledger.labels.services import Changed, Edited
from protem.ledger.rules import Rule, RuleError
from protem.ui.exports import csv_response
from protem.web import queries as site
from protem.web.errors import NoSuchThingError
from protem.web.rule_forms import RuleFileForm, RuleForm
from protem.web.rule_page import fields_of, rule_page, version_page
from protem.web.views.assets import tell
from protem.web.views.requests import actor_of

TEMPLATE = "protem/web/rule_form.html"


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules in order, with what each does, and their history."""
    shown = {"page": rule_page(), "is_working": site.is_working(), "file_form": RuleFileForm()}
    return render(request, "protem/web/rules.html", shown)


@require_safe
def rules_csv(_request: HttpRequest) -> HttpResponseBase:
    """The rules in force as CSV."""
    found = queries.rules_at(queries.current_version())
    return csv_response("asset-rules.csv", rulebook.COLUMNS, rulebook.to_csv_rows(found))


@require_safe
def version(request: HttpRequest, version: int) -> HttpResponse:
    """The rules as they were."""
    return render(request, "protem/web/rules_version.html", {"page": version_page(version)})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A new rule, tried first or saved at the end of the list."""
    current = queries.current_version()
    given = {name: request.GET[name] for name in rulebook.COLUMNS if name in request.GET}
    form = RuleForm(request.POST or None, initial={**given, "version": current})
    found = queries.rules_at(current)

    def save(rule: Rule) -> Changed:
        return services.add_rule(_edited(request), rule)

    return _form(request, form, lambda rule: ([*found, rule], len(found) + 1), save)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """One rule, tried first or saved in its place."""
    current = queries.current_version()
    found = queries.rules_at(current)
    if not 1 <= number <= len(found):
        raise NoSuchThingError(f"there is no rule {number}", remedy="look at the list")
    initial = {**fields_of(found[number - 1]), "version": current}
    form = RuleForm(request.POST or None, initial=initial)

    def save(rule: Rule) -> Changed:
        return services.edit_rule(_edited(request), number, rule)

    return _form(
        request, form, lambda rule: (rulebook.with_rule(found, number, rule), number), save
    )


@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Move, switch or remove one rule."""
    edited = _edited(request)
    acts: dict[str, Callable[[], Changed]] = {
        "up": lambda: services.move_rule(edited, number, to=number - 1),
        "down": lambda: services.move_rule(edited, number, to=number + 1),
        "on": lambda: services.switch_rule(edited, number, is_enabled=True),
        "off": lambda: services.switch_rule(edited, number, is_enabled=False),
        "remove": lambda: services.remove_rule(edited, number),
    }
    name = request.POST.get("act", "")
    if name not in acts:
        raise RuleError("nothing was asked of the rule", remedy="use the buttons beside it")
    tell(request, acts[name](), f"rule {number}: {name}.")
    return redirect("web:rules")


@require_POST
def restore(request: HttpRequest, version: int) -> HttpResponse:
    """Go back to a version; 0 is that of no rules."""
    done = services.restore_version(_edited(request), version)
    tell(request, done, f"the rules are again those of version {version}.")
    return redirect("web:rules")


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the newest change, unless another came after the one that was looked at."""
    done = services.undo_change(_edited(request))
    tell(request, done, "the last change of the rules is taken back.")
    return redirect((request.POST.get("next") == "assets" and "web:assets") or "web:rules")


@require_POST
def import_file(request: HttpRequest) -> HttpResponse:
    """Rules from a CSV, below those there are or in their place."""
    form = RuleFileForm(request.POST, request.FILES)
    if not form.is_valid():
        shown = {"page": rule_page(), "is_working": False, "file_form": form}
        return render(request, "protem/web/rules.html", shown, status=400)
    found = rulebook.from_csv(form.cleaned_data["file"])
    edited = Edited(by=actor_of(request), at=clock.now())
    done = services.import_rules(edited, found, replacing=form.cleaned_data["replacing"])
    tell(request, done, f"{len(found):,} rules imported.")
    return redirect("web:rules")


def _form(
    request: HttpRequest,
    form: RuleForm,
    place: Callable[[Rule], tuple[list[Rule], int]],
    save: Callable[[Rule], Changed],
) -> HttpResponse:
    preview, is_valid = None, form.is_valid()
    if is_valid and "try" not in request.POST:
        tell(request, save(form.rule), f"{form.rule.effect_text()}.")
        return redirect("web:rules")
    if is_valid:
        preview = queries.preview(*place(form.rule))
    shown = {"form": form, "preview": preview}
    return render(
        request, TEMPLATE, shown, status=400 if form.is_bound and not is_valid else 200
    )


def _edited(request: HttpRequest) -> Edited:
    seen = request.POST.get("version", "")
    return Edited(
        by=actor_of(request),
        at=clock.now(),
        version=int(seen) if seen.isascii() and seen.isdecimal() else None,
    )
