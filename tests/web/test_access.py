"""Anonymous visitors see the way in and nothing else."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db
PUBLIC = {"account_login", "account_inactive", "enter", "web:health"}
EXAMPLES = {
    "name": "edr-coverage",
    "table": "uncovered",
    "run_id": "1",
    "asset_id": "1",
    "pin_id": "1",
    "finding_id": "1",
    "decision_id": "1",
    "view_id": "1",
    "leader_id": "1",
    "version_id": "1",
    "remark": "abc",
    "token": "abc",
    "number": "1",
    "version": "1",
    "form": "openvex",
}


def addresses(
    patterns: list[URLPattern | URLResolver], before: str = "", space: str = ""
) -> Iterator[tuple[str, str]]:
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else space
            yield from addresses(one.url_patterns, route, inner)
            continue
        for kind in ("str:", "slug:", "int:", "path:"):
            route = route.replace(f"<{kind}", "<")
        for name, value in EXAMPLES.items():
            route = route.replace(f"<{name}>", value)
        yield f"{space}{one.name}", f"/{route}"


ALL = sorted(addresses(get_resolver().url_patterns))
CLOSED = [pair for pair in ALL if pair[0] not in PUBLIC]


def test_a_name_leads_to_one_address() -> None:
    names = Counter(name for name, _url in ALL if name.startswith("web:"))
    assert max(names.values()) == 1


@pytest.mark.parametrize(("name", "url"), CLOSED, ids=[name for name, _ in CLOSED])
def test_anonymous_is_sent_to_sign_in(client: Client, name: str, url: str) -> None:
    for answer in (client.get(url), client.post(url)):
        assert answer.status_code == 302
        place = "/" if name == "account_logout" else "/account/login/"
        assert answer["Location"].startswith(place)


@pytest.mark.parametrize("url", ["/account/login/", "/enter/abc/", "/health/"])
def test_the_way_in_is_open(client: Client, url: str) -> None:
    assert client.get(url).status_code == 200


def test_health_says_that_the_server_lives(client: Client) -> None:
    assert client.get("/health/").json() == {"status": "ok"}


@pytest.mark.parametrize("url", ["/account/signup/", "/account/password/reset/", "/signup/"])
def test_nobody_signs_up_by_themselves(client: Client, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 404


def test_every_page_forbids_inline_and_foreign_code(site: Client) -> None:
    answer = site.get("/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    body = answer.content.decode()
    assert " onclick=" not in body
    assert "<style" not in body
    assert ' style="' not in body
