"""One machine with its reasons; splitting, joining and settling doubts, each with undo."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.test import Client

from protem import flow
from protem.ledger.models import Asset, AssetRecord
from protem.people.access import OPERATOR
from protem.web.machine_page import source_name

Counting = Callable[[int], AbstractContextManager[object]]
SEEN = "2026-03-10T07:00:00Z"
INTUNE = {
    "value": [
        {
            "id": external_id,
            "deviceName": name,
            "serialNumber": serial,
            "lastSyncDateTime": SEEN,
        }
        for external_id, name, serial in (
            ("d-1", "LT-ADA", "5CG1234"),
            ("d-2", "VM-1", "CLONE-1"),
            ("d-3", "VM-2", "CLONE-1"),
        )
    ]
}
FALCON = [
    {
        "device_id": "a-1",
        "hostname": "lt-ada",
        "serial_number": "5CG1234",
        "agent_version": "7",
        "last_seen": SEEN,
    },
    {
        "device_id": "a-2",
        "hostname": "lt-new",
        "serial_number": "X-9",
        "agent_version": "7",
        "last_seen": SEEN,
    },
]


@pytest.fixture
def fleet(site: Client, tmp_path: Path) -> Client:
    for name, content in (("intune", INTUNE), ("falcon", FALCON)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    runs = flow.import_paths([tmp_path], by=OPERATOR)
    assert {run.state for run in runs} == {"done"}
    return site


def record(source: str, external_id: str) -> AssetRecord:
    return AssetRecord.objects.get(source=source, external_id=external_id)


def url_of(source: str, external_id: str) -> str:
    return f"/assets/{record(source, external_id).asset_id}/"


def text_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_a_machine_says_why_it_is_one(
    fleet: Client, django_assert_max_num_queries: Counting
) -> None:
    url = url_of("intune", "d-1")
    with django_assert_max_num_queries(20):
        body = text_of(fleet, url)
    assert "The same serial number 5CG1234 in " in body
    assert "CrowdStrike Falcon" in body
    assert "Microsoft Intune" in body
    assert "One machine, put together from 2 records of 2 sources." in body
    assert "● protecting, last contact within 1 day" in body


def test_an_asset_that_is_not_there_is_not_found(fleet: Client) -> None:
    assert fleet.get("/assets/5/").status_code == 404


def test_a_record_is_split_off_and_the_split_undone(fleet: Client) -> None:
    agent = record("crowdstrike-falcon", "a-1")
    answer = fleet.post("/assets/split/", {"record": agent.pk, "reason": "two stickers"})
    assert answer["Location"] == url_of("crowdstrike-falcon", "a-1")
    assert url_of("crowdstrike-falcon", "a-1") != url_of("intune", "d-1")
    body = text_of(fleet, url_of("intune", "d-1"))
    assert "Not one machine: lt-ada (crowdstrike-falcon) and LT-ADA (intune)" in body
    assert "two stickers; by Ada Roe" in body
    undo = body.split('action="/assets/pins/')[1].split('"')[0]
    fleet.post(f"/assets/pins/{undo}", {"record": agent.pk})
    assert url_of("crowdstrike-falcon", "a-1") == url_of("intune", "d-1")
    assert "Undone by Ada Roe" in text_of(fleet, url_of("intune", "d-1"))


def test_a_split_without_a_reason_is_refused(fleet: Client) -> None:
    agent = record("crowdstrike-falcon", "a-1")
    answer = fleet.post("/assets/split/", {"record": agent.pk})
    assert answer.status_code == 400
    assert "A reason is needed" in answer.content.decode()
    assert fleet.post("/assets/split/", {"reason": "x"}).status_code == 400


def test_another_record_is_looked_for_and_joined(fleet: Client) -> None:
    url = url_of("intune", "d-1")
    assert "No other machine has a record with “nothing”" in text_of(
        fleet, f"{url}?join=nothing"
    )
    body = text_of(fleet, f"{url}?join=lt-new")
    assert "lt-new, in CrowdStrike Falcon, serial X-9" in body
    fleet.post(
        "/assets/join/",
        {
            "left": record("intune", "d-1").pk,
            "right": record("crowdstrike-falcon", "a-2").pk,
            "reason": "renamed",
        },
    )
    body = text_of(fleet, url_of("intune", "d-1"))
    assert "A person joined" in body
    assert "an older installation" in body


@pytest.mark.parametrize(("act", "machines"), [("apart", 2), ("join", 1)])
def test_a_doubt_is_settled_with_one_click_and_undone(
    fleet: Client, act: str, machines: int
) -> None:
    body = text_of(fleet, "/assets/doubts/")
    assert "The same serial number CLONE1" in body
    assert "but not unique in Microsoft Intune" in body
    left, right = record("intune", "d-2"), record("intune", "d-3")
    told = {"left": left.pk, "right": right.pk, "reason": "seen", "from": "doubts"}
    assert fleet.post(f"/assets/{act}/", told)["Location"] == "/assets/doubts/"
    assert Asset.objects.filter(name__startswith="VM-").count() == machines
    body = text_of(fleet, "/assets/doubts/")
    assert "Nothing is in doubt" in body
    undo = body.split('action="/assets/pins/')[1].split('"')[0]
    assert fleet.post(f"/assets/pins/{undo}", {"from": "doubts"}).status_code == 302
    assert "The same serial number CLONE1" in text_of(fleet, "/assets/doubts/")


def test_the_page_of_doubts_asks_the_database_little(
    fleet: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(12):
        fleet.get("/assets/doubts/?page=1")


def test_the_list_of_assets_leads_to_the_doubts(fleet: Client) -> None:
    assert "1 doubt to settle" in text_of(fleet, "/assets/")


def test_a_decision_measures_anew(fleet: Client) -> None:
    before = text_of(fleet, "/measure/edr-coverage/")
    agent = record("crowdstrike-falcon", "a-1")
    fleet.post("/assets/split/", {"record": agent.pk, "reason": "two stickers"})
    assert text_of(fleet, "/measure/edr-coverage/") != before


def test_sources_are_called_by_their_names() -> None:
    assert source_name("crowdstrike-falcon") == "CrowdStrike Falcon"
    assert source_name("intune") == "Microsoft Intune"
    assert source_name("sentinelone") == "SentinelOne"
    assert source_name("protem-assets") == "Protem assets"
    assert source_name("whatever") == "whatever"
