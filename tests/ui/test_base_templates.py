"""The base templates need only defaults, show what the site tells and hold to the policy."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory

from protem.ui.context import page

AS_OF = date(2026, 11, 22)


def base(**shown: object) -> str:
    request = RequestFactory().get("/")
    context = {**page(request), "user": AnonymousUser(), "messages": [], **shown}
    return render_to_string("protem/base.html", context)


def test_the_base_needs_only_the_defaults() -> None:
    made = base()
    assert "Skip to the content" in made
    assert "Demo company" not in made
    assert "<nav" not in made


def test_the_base_shows_what_the_site_tells_it() -> None:
    made = base(
        navigation=[{"label": "Today", "url": "/", "current": True}],
        demo=True,
        demo_remove_url="/demo/remove/",
        search_url="/search/",
        settings_url="/settings/",
        sign_out_url="/out/",
        user_name="Maya <3",
        as_of=AS_OF,
    )
    assert 'aria-current="page">Today' in made
    assert "Demo company: Tidemark. Invented data." in made
    assert "Maya &lt;3" in made
    assert '<form action="/out/" method="post">' in made
    assert "22 Nov 2026" in made


@pytest.mark.parametrize("name", ["404.html", "403.html", "403_csrf.html", "500.html"])
def test_error_pages_need_no_context(name: str) -> None:
    assert "<h1>" in render_to_string(name)


@pytest.mark.parametrize("name", ["protem/base.html", "protem/base_bare.html"])
def test_pages_hold_to_the_content_policy(name: str) -> None:
    made = render_to_string(name)
    assert "<style" not in made
    assert "style=" not in made
    assert "onclick" not in made
    assert all("src=" in part.split(">")[0] for part in made.split("<script")[1:])
