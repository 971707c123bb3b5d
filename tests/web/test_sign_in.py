"""Signing in: a link that works once, a password, and out again."""

from datetime import timedelta

from django.test import Client

from protem.kit import clock
from protem.people.models import Person
from protem.people.services import make_login_link

PASSWORD = "a-long-and-quiet-winter"


def test_opening_the_link_only_asks_and_does_not_use_it_up(
    client: Client, owner: Person
) -> None:
    url = f"/enter/{make_login_link(person=owner, at=clock.now())}/"
    for _ in range(2):
        answer = client.get(url)
        assert answer.status_code == 200
        assert "autofocus" in answer.content.decode()
    assert client.post(url)["Location"] == "/"
    assert client.get("/").status_code == 200


def test_a_link_works_once(client: Client, owner: Person) -> None:
    url = f"/enter/{make_login_link(person=owner, at=clock.now())}/"
    client.post(url)
    again = Client().post(url)
    assert again.status_code == 410
    assert "no longer works" in again.content.decode()


def test_a_link_ends_after_an_hour(client: Client, owner: Person) -> None:
    made = clock.now() - timedelta(hours=2)
    url = f"/enter/{make_login_link(person=owner, at=made)}/"
    assert client.post(url).status_code == 410


def test_signing_in_by_link_needs_the_form_s_token(owner: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    url = f"/enter/{make_login_link(person=owner, at=clock.now())}/"
    assert strict.post(url).status_code == 403


def test_one_signs_in_with_a_password_and_out_again(client: Client, owner: Person) -> None:
    owner.set_password(PASSWORD)
    owner.save()
    assert "Sign up" not in client.get("/account/login/").content.decode()
    given = {"login": owner.email, "password": PASSWORD}
    assert client.post("/account/login/", given)["Location"] == "/"
    assert client.get("/account/logout/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/").status_code == 302


def test_a_wrong_password_is_told_at_the_form(client: Client, owner: Person) -> None:
    answer = client.post("/account/login/", {"login": owner.email, "password": "wrong"})
    assert answer.status_code == 200
    assert "not correct" in answer.content.decode()


def test_a_person_without_a_password_sets_one(site: Client, owner: Person) -> None:
    assert site.get("/account/password/")["Location"] == "/account/password/set/"
    assert site.get("/account/password/set/").status_code == 200
    site.post("/account/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    assert site.get("/account/password/").status_code == 200
