"""Catalogues are fetched from configured addresses only, and imported like any file."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.ledger import make
from tests.sources.conftest import Site
from typer.testing import CliRunner, Result

from protem import flow
from protem.cli.main import app
from protem.kit import clock
from protem.ledger.queries import exploited
from protem.people.access import OPERATOR, Refused
from protem.people.services import ensure_owner
from protem.sources.models import ImportRun
from protem.sources.outbound import FetchError

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "samples"
KEV = (SAMPLES / "cisa-kev/catalogue.json").read_bytes()
EPSS = gzip.compress((SAMPLES / "epss/epss_scores.csv").read_bytes(), mtime=0)
Configure = Callable[..., None]


@pytest.fixture
def configure(settings: Any) -> Configure:
    def given(**feeds: str) -> None:
        settings.PROTEM_FEEDS = {name.replace("_", "-"): url for name, url in feeds.items()}

    return given


def states(runs: list[ImportRun]) -> list[tuple[str, str]]:
    return [(run.format, run.state) for run in runs]


def test_nothing_is_fetched_unless_an_address_is_set() -> None:
    with pytest.raises(FetchError, match="nothing is fetched"):
        flow.fetch(by=OPERATOR)
    assert not ImportRun.objects.exists()


def test_both_catalogues_come_in_and_the_second_time_nothing_changes(
    web: Site, configure: Configure
) -> None:
    make.weekly(0, "CVE-2026-0001")
    configure(cisa_kev=web.put("/kev.json", KEV), epss=web.put("/epss.csv.gz", EPSS))
    assert states(flow.fetch(by=OPERATOR)) == [("cisa-kev", "done"), ("epss", "done")]
    assert exploited().height > 0
    again = flow.fetch(by=OPERATOR)
    assert states(again) == [("cisa-kev", "unchanged"), ("epss", "unchanged")]


def test_one_that_fails_leaves_the_other(web: Site, configure: Configure) -> None:
    configure(cisa_kev=web.put("/kev.json", b"", 503), epss=web.put("/", EPSS))
    epss, kev = flow.fetch(by=OPERATOR)
    assert (epss.format, epss.state, epss.name) == ("epss", "done", "epss")
    assert (kev.name, kev.state) == ("kev.json", "failed")
    assert "503" in kev.error["what"]


@pytest.mark.parametrize("content", [EPSS, b"<html>sign in</html>", b"", b"PK\x03\x04"])
def test_what_is_no_catalogue_is_not_imported(
    web: Site, configure: Configure, content: bytes
) -> None:
    configure(cisa_kev=web.put("/kev.json", content))
    (run,) = flow.fetch(by=OPERATOR)
    assert run.state == "failed"
    assert run.error["remedy"]


def test_only_who_may_import_fetches(web: Site, configure: Configure) -> None:
    class Guest:
        role = "guest"
        is_active = True

    configure(cisa_kev=web.put("/kev.json", KEV))
    with pytest.raises(Refused):
        flow.fetch(by=Guest())
    assert not web.asked


def test_the_command_prints_what_came_of_it(web: Site, configure: Configure) -> None:
    def fetched() -> Result:
        return CliRunner().invoke(app, ["fetch", "--json"])

    configure(cisa_kev=web.put("/kev.json", KEV), epss="")
    (run,) = json.loads(fetched().stdout)
    assert (run["format"], run["state"]) == ("cisa-kev", "done")
    configure(cisa_kev=web.put("/kev.json", b"", 404))
    answer = fetched()
    assert answer.exit_code == 2
    assert "404" in json.loads(answer.stdout)[0]["error"]["what"]


def test_the_button_is_there_where_something_is_configured(
    web: Site, configure: Configure, client: Client
) -> None:
    person = ensure_owner(email="cto@brightloom.example", name="Ada Roe", at=clock.now())
    client.force_login(person)
    assert "Fetch now" not in client.get("/sources/").content.decode()
    assert client.post("/sources/fetch/").status_code == 404
    configure(cisa_kev=web.put("/kev.json", KEV))
    assert "Fetch now" in client.get("/sources/").content.decode()
    answer = client.post("/sources/fetch/", follow=True)
    assert "kev.json" in answer.content.decode()
    assert ImportRun.objects.get().person == person
