"""A list with its filters can be kept under a name, by the person who made it."""

import pytest
from django.test import Client

from protem.kit import clock
from protem.people.models import Person, SavedView
from protem.people.queries import saved_views
from protem.people.services import MOST_VIEWS, ensure_owner, save_view

PATH = "/measure/edr-coverage/"


def save(site: Client, name: str, query: str = "sort=-a", path: str = PATH) -> int:
    given = {"name": name, "query": query, "path": path}
    return site.post("/views/save/", given).status_code


def test_a_view_keeps_filters_and_not_the_place_in_the_list(
    site: Client, owner: Person
) -> None:
    assert save(site, "  Late   ones ", "sort=-a&page=3&as_of=2026-03-01&q=&os=mac+os") == 302
    (view,) = saved_views(owner, PATH)
    assert view.name == "Late ones"
    assert view.url == f"{PATH}?sort=-a&os=mac+os"


def test_the_same_name_replaces_the_view(site: Client, owner: Person) -> None:
    save(site, "Mine", "sort=a")
    save(site, "Mine", "sort=-a")
    assert [view.query for view in saved_views(owner, PATH)] == ["sort=-a"]


def test_a_removed_view_comes_back(site: Client, owner: Person) -> None:
    save(site, "Mine")
    (view,) = saved_views(owner, PATH)
    site.post(f"/views/{view.id}/remove/")
    assert not saved_views(owner, PATH)
    site.post(f"/views/{view.id}/restore/")
    assert saved_views(owner, PATH) == [view]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("", PATH),
        (" ", PATH),
        ("x" * 81, PATH),
        ("Mine", "//evil.example/"),
        ("Mine", "https://evil.example/"),
        ("Mine", "/no/such/page/"),
    ],
)
def test_what_cannot_be_kept_is_told(site: Client, name: str, path: str) -> None:
    assert save(site, name, path=path) == 400
    assert not SavedView.objects.exists()


def test_nobody_touches_the_views_of_others(site: Client, owner: Person) -> None:
    other = ensure_owner(email="other@brightloom.example", at=clock.now())
    view = save_view(by=other, path=PATH, query="sort=a", name="Theirs", at=clock.now())
    assert site.post(f"/views/{view.pk}/remove/").status_code == 400
    assert saved_views(other, PATH)
    assert not saved_views(owner, PATH)


def test_there_is_an_end_to_saving(site: Client, owner: Person) -> None:
    for number in range(MOST_VIEWS):
        save_view(by=owner, path=PATH, query="a=1", name=f"View {number}", at=clock.now())
    assert save(site, "One more") == 400
    assert save(site, "View 1", "a=2") == 302
