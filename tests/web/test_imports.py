"""Dropping files: what is taken in, what is refused, and what became of it."""

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from protem.ledger.models import Scan
from protem.sources.models import ImportRun, RunState
from protem.web.uploads import clean_name

Counting = Callable[[int], AbstractContextManager[object]]
SAMPLES = Path(__file__).parent.parent / "samples"
ASSETS = (SAMPLES / "protem-assets/assets.csv").read_bytes()
AGENTS = (SAMPLES / "protem-agents/agents.csv").read_bytes()


def drop(site: Client, **files: bytes) -> str:
    given = [SimpleUploadedFile(f"{name}.csv", content) for name, content in files.items()]
    return str(site.post("/imports/", {"files": given})["Location"])


def test_a_dropped_file_is_read_and_measured(site: Client) -> None:
    url = drop(site, assets=ASSETS)
    run = ImportRun.objects.get()
    assert (url, run.state) == (f"/imports/{run.pk}/", RunState.DONE)
    body = site.get(url).content.decode()
    assert "What became of it" in body
    assert "Ada Roe" in body
    assert "Start with one file" not in site.get("/").content.decode()


def test_several_files_are_taken_at_once(site: Client) -> None:
    assert drop(site, assets=ASSETS, agents=AGENTS) == "/imports/"
    body = site.get("/imports/").content.decode()
    assert "assets.csv" in body
    assert "agents.csv" in body


def test_each_file_of_an_archive_is_an_import(site: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/assets.csv", ASSETS)
        archive.writestr("agents.csv", AGENTS)
    site.post("/imports/", {"files": SimpleUploadedFile("week.zip", packed.getvalue())})
    names = set(ImportRun.objects.values_list("name", flat=True))
    assert names == {"week.zip!a/assets.csv", "week.zip!agents.csv"}


def test_the_same_file_twice_changes_nothing(site: Client) -> None:
    drop(site, assets=ASSETS)
    body = site.get(drop(site, assets=ASSETS)).content.decode()
    assert "already imported" in body
    assert "imported before" in body


def test_a_file_nobody_knows_fails_with_a_remedy_and_loses_no_other(site: Client) -> None:
    drop(site, poem=b"The rain in spring\nfalls on the rack\n", assets=ASSETS)
    failed = ImportRun.objects.get(name="poem.csv")
    assert failed.state == RunState.FAILED
    assert ImportRun.objects.get(name="assets.csv").state == RunState.DONE
    body = site.get(f"/imports/{failed.pk}/").content.decode()
    assert "could not be imported" in body
    assert "What to do" in body


def test_a_broken_archive_is_told_and_the_others_go_on(site: Client) -> None:
    broken = SimpleUploadedFile("broken.zip", b"PK\x03\x04 and then nothing")
    good = SimpleUploadedFile("assets.csv", ASSETS)
    answer = site.post("/imports/", {"files": [broken, good]}, follow=True)
    assert "broken.zip" in answer.content.decode()
    assert ImportRun.objects.count() == 1


def test_no_file_is_refused_with_what_to_do(site: Client) -> None:
    answer = site.post("/imports/", {})
    assert answer.status_code == 400
    assert "choose the exports to import" in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\exports\\scan.json", "scan.json"),
        (".hidden.csv", "hidden.csv"),
        ("scan\x00\x1b[31m.json", "scan[31m.json"),
        ("right\u202eto-left.csv", "rightto-left.csv"),
        ("", "export"),
        ("...", "export"),
        ("x" * 400 + ".json", "x" * 145 + ".json"),
        ("ä" * 400, "ä" * 75),
    ],
)
def test_hostile_names_are_cleaned(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_an_import_is_taken_out_again_after_asking(site: Client) -> None:
    url = drop(site, assets=ASSETS)
    asked = site.get(f"{url}revert/").content.decode()
    assert "Take this import out again?" in asked
    assert ImportRun.objects.get().state == RunState.DONE
    assert site.post(f"{url}revert/")["Location"] == "/imports/"
    assert ImportRun.objects.get().state == RunState.REVERTED
    assert not Scan.objects.exists()
    again = site.post(f"{url}revert/")
    assert again.status_code == 400
    assert "nothing to take out" in again.content.decode()


def test_a_waiting_import_shows_progress_and_can_be_cancelled(site: Client) -> None:
    url = drop(site, assets=ASSETS)
    ImportRun.objects.update(state=RunState.QUEUED, progress=0)
    for address in (url, f"{url}progress/", "/imports/", "/imports/progress/"):
        body = site.get(address).content.decode()
        assert "waiting for the worker" in body
        assert "hx-get" in body
        assert "/cancel/" in body
    site.post(f"{url}cancel/")
    assert ImportRun.objects.get().state == RunState.CANCELLED
    assert "hx-get" not in site.get(f"{url}progress/").content.decode()
    assert site.post(f"{url}cancel/").status_code == 400


def test_a_sudden_drop_waits_for_a_person(site: Client) -> None:
    url = drop(site, assets=ASSETS)
    Scan.objects.update(
        is_trusted=False, doubt="half of what was there is gone", asks_for_confirmation=True
    )
    assert "this drop is real" in site.get(url).content.decode()
    assert "Is the drop in “assets.csv” real?" in site.get("/").content.decode()
    site.post(f"{url}confirm/")
    assert "this drop is real" not in site.get(url).content.decode()


@pytest.mark.parametrize("address", ["", "progress/", "revert/"])
def test_an_import_that_is_not_there_is_not_found(site: Client, address: str) -> None:
    assert site.get(f"/imports/77/{address}").status_code == 404


def test_acts_on_an_import_that_is_not_there_are_not_found(site: Client) -> None:
    for act in ("confirm", "cancel", "revert"):
        assert site.post(f"/imports/77/{act}/").status_code == 404


def test_the_lists_take_few_queries(
    loaded: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(6):
        loaded.get("/imports/")
    with django_assert_max_num_queries(6):
        body = loaded.get("/sources/").content.decode()
    assert "Sources and how fresh they are" in body


def test_sources_say_what_can_be_read_before_there_is_any(site: Client) -> None:
    body = site.get("/sources/").content.decode()
    assert "No sources yet" in body
    assert "Exports that can be read" in body
