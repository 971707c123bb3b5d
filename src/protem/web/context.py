"""What every page shows around its content: navigation, the demo banner, who is signed in."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from protem.sources import queries as sources

PLACES = (
    ("Today", "web:today"),
    ("Measure", "web:measure"),
    ("Assets", "web:assets"),
    ("Compliance", "web:compliance"),
    ("Handoff", "web:handoff"),
    ("Sources", "web:sources"),
    ("Report", "board:report"),
)
"""Places whose address does not exist are left out."""
BELOW = {"Sources": "/imports/", "Measure": "/findings/"}
"""Pages that belong to a place though their address says otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One link of the navigation."""

    label: str
    url: str
    current: bool


def site(request: HttpRequest) -> dict[str, object]:
    """The site's part of the context; nothing of it for someone who is not signed in."""
    if not request.user.is_authenticated:
        return {}
    return {
        "navigation": list(_places(request.path)),
        "demo": sources.has_demo(),
        "demo_remove_url": reverse("web:remove_demo"),
        "settings_url": reverse("web:settings"),
        "sign_out_url": reverse("account_logout"),
        "user_name": str(request.user),
    }


def _places(path: str) -> list[Place]:
    found = []
    for label, name in PLACES:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        is_here = path == url if url == "/" else path.startswith(url)
        is_here = is_here or (label in BELOW and path.startswith(BELOW[label]))
        found.append(Place(label=label, url=url, current=is_here))
    return found
