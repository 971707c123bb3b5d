"""The company has a name, given once and shown on what is handed round."""

from django.test import Client

from protem.board.status import status_of
from protem.people import queries


def test_the_name_is_given_on_the_settings_page(loaded: Client) -> None:
    answer = loaded.post("/settings/company/", {"company-name": " Acme   Health "})
    assert answer["Location"] == "/settings/"
    assert queries.company_name() == "Acme Health"
    assert 'value="Acme Health"' in loaded.get("/settings/").content.decode()
    assert "Acme Health" in loaded.get("/report/").content.decode()
    assert status_of().as_dict()["company"] == "Acme Health"


def test_it_can_be_taken_away_again(loaded: Client) -> None:
    loaded.post("/settings/company/", {"company-name": "Acme"})
    loaded.post("/settings/company/", {"company-name": ""})
    assert status_of().as_dict()["company"] is None


def test_the_first_page_asks_for_it_and_comes_back(site: Client) -> None:
    body = site.get("/").content.decode()
    assert "Whose program is it?" in body
    answer = site.post("/settings/company/", {"company-name": "Acme", "from": "start"})
    assert answer["Location"] == "/"
