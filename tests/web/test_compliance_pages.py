"""Certificates entered, edited, removed and put back."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.test import Client

from protem.comply.models import Certificate

Counting = Callable[[int], AbstractContextManager[object]]
SOC2 = {
    "framework": "SOC 2",
    "level": "Type II",
    "stage": "issued",
    "is_required": "on",
    "period_start": "2025-10-01",
    "period_end": "2026-09-30",
    "issued_on": "2026-11-01",
}


def test_an_empty_list_says_what_belongs_there(site: Client) -> None:
    assert "No certification yet" in site.get("/compliance/").content.decode()


def test_the_list_shows_states(loaded: Client, django_assert_max_num_queries: Counting) -> None:
    with django_assert_max_num_queries(8):
        body = loaded.get("/compliance/").content.decode()
    assert "ISO 27001" in body
    assert "In readiness" in body


def test_a_certificate_is_added(site: Client) -> None:
    assert site.get("/compliance/add/").status_code == 200
    assert site.post("/compliance/add/", SOC2)["Location"] == "/compliance/"
    assert "SOC 2 Type II" in site.get("/compliance/").content.decode()


def test_dates_that_contradict_are_told_at_the_form(site: Client) -> None:
    answer = site.post("/compliance/add/", {**SOC2, "period_end": "2025-01-01"})
    assert answer.status_code == 400
    assert "must end after it starts" in answer.content.decode()
    assert not Certificate.objects.exists()


def test_an_edit_is_a_new_version(loaded: Client) -> None:
    url = "/compliance/edit/?certificate=soc2-2025"
    assert "Hollis" in loaded.get(url).content.decode()
    loaded.post(url, {**SOC2, "auditor": "Marlow Reed"})
    assert Certificate.objects.filter(external_id="soc2-2025").count() == 2
    assert "Marlow Reed" in loaded.get("/compliance/").content.decode()


def test_an_edit_of_what_is_not_there_is_not_found(loaded: Client) -> None:
    assert loaded.get("/compliance/edit/?certificate=nope").status_code == 404


def test_a_removed_certificate_can_be_put_back(loaded: Client) -> None:
    loaded.post("/compliance/remove/", {"certificate": "iso-2024"})
    body = loaded.get("/compliance/").content.decode()
    assert "Removed in the last 30 days" in body
    loaded.post("/compliance/restore/", {"certificate": "iso-2024"})
    body = loaded.get("/compliance/").content.decode()
    assert "Removed in the last 30 days" not in body
    assert "ISO 27001" in body
    assert loaded.post("/compliance/restore/", {"certificate": "iso-2024"}).status_code == 400
