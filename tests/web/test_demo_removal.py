"""The demo company says that it is one, and goes when its name is typed."""

import pytest
from django.test import Client

from protem.sources.models import ImportRun


@pytest.fixture
def demo(loaded: Client) -> Client:
    ImportRun.objects.update(is_demo=True)
    return loaded


def test_every_page_says_that_it_shows_the_demo(demo: Client) -> None:
    for url in ("/", "/measure/", "/handoff/", "/compliance/", "/sources/", "/settings/"):
        body = demo.get(url).content.decode()
        assert "Demo company: Tidemark. Invented data." in body
        assert "/demo/remove/" in body


def test_the_wrong_name_removes_nothing(demo: Client) -> None:
    answer = demo.post("/demo/remove/", {"company": "tide"})
    assert "Type the name exactly" in answer.content.decode()
    assert ImportRun.objects.exists()


def test_the_right_name_removes_it(demo: Client) -> None:
    assert demo.get("/demo/remove/").status_code == 200
    assert demo.post("/demo/remove/", {"company": "Tidemark"})["Location"] == "/"
    assert not ImportRun.objects.exists()
    assert "Start with one file" in demo.get("/").content.decode()


def test_there_is_nothing_to_remove_without_a_demo(loaded: Client) -> None:
    assert loaded.get("/demo/remove/").status_code == 404
    assert "Demo company" not in loaded.get("/").content.decode()
