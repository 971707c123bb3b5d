"""Fleet, Jamf, Kandji, Okta, Google Workspace, SSM, Azure and GCP: the traps of their lists."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inventories.exports import (
    SAMPLES,
    claimed_by,
    read,
    read_path,
    scan_of,
    skipped,
)

from protem.formats.format import FormatError
from protem.formats.records import Asset, AssetKind, Record

AZURE: dict[str, Any] = {
    "id": "/subscriptions/s1/resourceGroups/g/providers/x/virtualMachines/a",
    "name": "a",
    "vmId": "7d3b0c2e-1111-4222-8333-444455556666",
    "storageProfile": {"osDisk": {"osType": "Linux"}},
}


def assets(records: list[Record]) -> list[Asset]:
    return [each for each in records if isinstance(each, Asset)]


def sample(name: str, file: str) -> list[Asset]:
    return assets(read_path(name, SAMPLES / name / file))


def test_fleet_keeps_what_the_resolver_has_to_judge() -> None:
    mac, virtual, container = sample("fleet", "hosts.json")
    assert (mac.hostname, mac.serial, mac.os_family) == ("mb-grace", "C02CY0003", "macos")
    assert mac.device_id == "hardware:a2064cef-0000-1000-afb9-283e3c1d487e"
    assert mac.tags == ("team=Workstations",)
    assert virtual.serial == "VMware-56 4d 11 22 33 44 55 66-77 88 99 aa bb cc dd ee"
    assert (virtual.kind, virtual.os_family) == (AssetKind.OTHER, "linux")
    assert (container.serial, container.device_id) == (None, None)


@pytest.mark.parametrize(
    ("meta", "count", "problem"),
    [
        ({"has_next_page": False}, None, ""),
        ({"has_next_results": True}, None, "one page of several (has_next_page)"),
        (None, 7, "shows 1 of 7 hosts"),
        (None, 1, ""),
    ],
)
def test_a_page_of_fleet_is_incomplete(
    meta: dict[str, bool] | None, count: int | None, problem: str, tmp_path: Path
) -> None:
    host = {"id": 1, "osquery_version": "5", "seen_time": "2026-03-10T00:00:00Z"}
    content = json.dumps({"hosts": [host], "meta": meta, "count": count})
    scan = scan_of(read("fleet", content, tmp_path))
    assert (scan.problem, scan.is_complete) == (problem, not problem)


def test_a_windows_server_in_fleet_is_a_server(tmp_path: Path) -> None:
    host = {"id": 1, "platform": "windows", "os_version": "Microsoft Windows Server 2022"}
    assert assets(read("fleet", json.dumps([host]), tmp_path))[0].kind is AssetKind.SERVER


def test_jamf_computers_and_mobiles_are_inventories_of_their_own() -> None:
    managed, gone = sample("jamf", "computers.json")
    assert (managed.serial, managed.owner) == ("C02CY0003", "grace@acme.example")
    assert managed.device_id == sample("fleet", "hosts.json")[0].device_id
    assert managed.tags == ("All Managed Clients", "site=Berlin")
    assert [each.is_running for each in (managed, gone)] == [True, False]
    assert (gone.os_family, gone.os_version) == ("macos", "")
    [phone] = sample("jamf", "mobiles.json")
    assert (phone.kind, phone.os_family, phone.hostname) == (AssetKind.MOBILE, "ios", None)


def test_jamf_without_the_sections_asked_for_still_lists_computers(tmp_path: Path) -> None:
    row = {"id": "1", "udid": "u-1", "general": None, "hardware": None}
    [asset] = assets(read("jamf", json.dumps({"results": [row, {"udid": "u"}]}), tmp_path))
    assert (asset.external_id, asset.is_running, asset.seen_at) == ("mac:1", True, None)


def test_kandji_devices() -> None:
    mac, pad, gone = sample("kandji", "devices.json")
    assert (mac.os_family, mac.owner, mac.tags) == (
        "macos",
        "grace@acme.example",
        ("blueprint=Engineering", "pilot"),
    )
    assert (pad.kind, pad.owner) == (AssetKind.MOBILE, "")
    assert not gone.is_running


@pytest.mark.parametrize(("rows", "is_complete"), [(299, True), (300, False), (301, True)])
def test_exactly_a_full_page_of_kandji_is_taken_for_the_first(
    rows: int, is_complete: bool, tmp_path: Path
) -> None:
    devices = [
        {"device_id": str(n), "device_name": f"MB-{n}", "last_check_in": "2026-03-10"}
        for n in range(rows)
    ]
    assert scan_of(read("kandji", json.dumps(devices), tmp_path)).is_complete is is_complete


def test_a_kandji_answer_with_a_next_page(tmp_path: Path) -> None:
    content = '{"count": 9, "next": "https://x", "results": []}'
    scan = scan_of(read("kandji", content, tmp_path))
    assert scan.problem == "one page of several (next)"


def test_an_apple_tv_is_counted_with_the_mobiles(tmp_path: Path) -> None:
    content = json.dumps([{"device_id": "1", "platform": "AppleTV"}, {"device_id": ""}])
    [asset] = assets(read("kandji", content, tmp_path))
    assert asset.kind is AssetKind.MOBILE


def test_okta_says_management_but_not_ownership(tmp_path: Path) -> None:
    laptop, phone = sample("okta-devices", "devices.json")
    assert (laptop.owner, laptop.serial) == ("ada@acme.example", "5CG1234ABC")
    assert laptop.tags == ("management=managed",)
    assert laptop.device_id == "hardware:11111111-2222-4333-8444-555555555555"
    assert laptop.is_company_owned is None
    assert (phone.is_running, phone.kind, phone.serial) == (False, AssetKind.MOBILE, None)
    full = json.dumps([{"id": str(n), "resourceType": "UDDevice"} for n in range(200)])
    problem = scan_of(read("okta-devices", full, tmp_path)).problem
    assert problem == "exactly 200 devices, the most that one page holds"


def test_google_lists_do_not_close_each_other() -> None:
    chrome, gone = sample("google-workspace", "chromeos.json")
    assert (chrome.os_family, chrome.owner, chrome.macs) == (
        "chromeos",
        "ada@acme.example",
        ("3c:22:fb:00:00:c1",),
    )
    assert chrome.tags == ("org_unit=/Support",)
    assert not gone.is_running
    [phone] = sample("google-workspace", "mobile.json")
    assert (phone.kind, phone.os_family) == (AssetKind.MOBILE, "android")
    mac, private = sample("google-workspace", "endpoints.json")
    assert (mac.os_family, mac.is_company_owned) == ("macos", True)
    assert private.is_company_owned is False


def test_ssm_hybrid_servers_are_not_in_the_cloud() -> None:
    online, lost, hybrid = sample("aws-ssm", "instances.json")
    assert (online.cloud_id, online.kind) == ("i-0abc000000000003", AssetKind.CLOUD)
    assert online.is_running
    assert not lost.is_running
    assert (lost.os_family, online.os_family) == ("windows", "linux")
    assert (hybrid.cloud_id, hybrid.kind, hybrid.hostname) == (None, AssetKind.SERVER, "nas-01")
    assert hybrid.created_at is not None


def test_azure_list_and_graph_are_one_inventory() -> None:
    listed, member = sample("azure-vms", "list.json")
    [graphed] = sample("azure-vms", "graph.json")
    assert listed.external_id == graphed.external_id == listed.cloud_id
    assert (listed.hostname, graphed.hostname) == ("app-02", "app-02")
    assert listed.macs == ("00:0d:3a:11:22:33",)
    assert (listed.owner, listed.tags) == ("payments", ("Owner=payments", "env=prod"))
    assert (listed.os_family, member.os_family) == ("windows", "linux")
    assert [each.is_running for each in (listed, member, graphed)] == [True, False, True]
    assert (member.is_ephemeral, member.template) == (True, "scale-set:pool")


def test_azure_without_power_states_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="which machines run") as refusal:
        read("azure-vms", json.dumps([AZURE]), tmp_path)
    assert "-d" in refusal.value.remedy
    both = json.dumps([AZURE, {**AZURE, "powerState": "VM stopped"}])
    assert [each.is_running for each in assets(read("azure-vms", both, tmp_path))] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"value": [], "nextLink": "https://x"},
        {"data": [], "$skipToken": "x"},
        {"data": [], "skip_token": "x"},
        {"data": [], "totalRecords": 3},
    ],
)
def test_a_page_of_azure_is_incomplete(answer: dict[str, Any], tmp_path: Path) -> None:
    assert not scan_of(read("azure-vms", json.dumps(answer), tmp_path)).is_complete


def test_gcp_nodes_and_groups_are_ephemeral() -> None:
    api, node, stopped = sample("gcp-instances", "instances.json")
    assert (api.cloud_id, api.hostname) == ("4412345678901234567", "api-01")
    assert api.tags == ("env=prod", "http-server", "owner=payments")
    assert (api.is_ephemeral, api.is_running, api.os_family) == (False, True, "linux")
    assert (node.template, node.is_ephemeral) == ("gke:main/pool-1", True)
    assert (stopped.template, stopped.is_running) == ("instance-group:workers", False)
    assert stopped.os_family == "windows"


def test_a_page_of_gcp_is_incomplete(tmp_path: Path) -> None:
    content = '{"items": [{"id": "1", "status": "RUNNING"}, {}], "nextPageToken": "x"}'
    records = read("gcp-instances", content, tmp_path)
    assert scan_of(records).problem == "one page of several (nextPageToken)"
    assert skipped(records) == {"instance without an id": 1}


@pytest.mark.parametrize(
    "name",
    ["fleet", "jamf", "kandji", "google-workspace", "aws-ssm", "azure-vms", "gcp-instances"],
)
def test_an_error_instead_of_a_list_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="there is no list") as refusal:
        read(name, '{"error": {"code": "Unauthorized"}}', tmp_path)
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("fleet", {"hostname": "a"}),
        ("okta-devices", {"status": "ACTIVE"}),
        ("google-workspace", {"model": "x"}),
        ("aws-ssm", {"PingStatus": "Online"}),
        ("azure-vms", {"powerState": "VM running"}),
    ],
)
def test_a_row_without_an_id_is_left_out(
    name: str, row: dict[str, str], tmp_path: Path
) -> None:
    records = read(name, json.dumps([row, None]), tmp_path)
    assert not assets(records)
    assert sum(skipped(records).values()) == 1


def test_other_lists_of_devices_are_not_claimed() -> None:
    for content in ('[{"id": 1, "name": "x"}]', '{"devices": [{"hostname": "a"}]}'):
        assert claimed_by(content.encode()) == []
