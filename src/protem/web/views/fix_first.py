"""What to fix first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from protem.people.access import Act, authorise
from protem.web.fix_list import fix_page
from protem.web.views.requests import actor_of


@require_safe
def fix_first(request: HttpRequest) -> HttpResponse:
    """The ten most urgent fixes, each with its reason."""
    authorise(actor_of(request), Act.SEE)
    return render(request, "protem/web/fix_first.html", {"page": fix_page()})
