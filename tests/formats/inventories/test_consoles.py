"""CrowdStrike Falcon, Intune and EC2: the traps of their exports."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inventories.exports import SAMPLES, claimed_by, read, read_path, skipped

from protem.formats.format import FormatError
from protem.formats.records import Agent, AgentState, Asset, AssetKind, Scan

HOST: dict[str, Any] = {
    "device_id": "a1",
    "cid": "c1",
    "hostname": "web-01",
    "agent_version": "7.1",
    "last_seen": "2026-03-10T07:41:12Z",
}


def agents(records: list[Any]) -> list[Agent]:
    return [each for each in records if isinstance(each, Agent)]


def assets(records: list[Any]) -> list[Asset]:
    return [each for each in records if isinstance(each, Asset)]


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, AgentState.PROTECTING),
        ({"device_policies": {}}, AgentState.PROTECTING),
        ({"device_policies": {"prevention": {"applied": True}}}, AgentState.PROTECTING),
        ({"device_policies": {"prevention": {"applied": False}}}, AgentState.NO_POLICY),
        ({"device_policies": {"prevention": {}}}, AgentState.NO_POLICY),
        ({"device_policies": {"prevention": None}}, AgentState.NO_POLICY),
        ({"device_policies": {"firewall": {"applied": True}}}, AgentState.NO_POLICY),
        ({"reduced_functionality_mode": "yes"}, AgentState.REDUCED),
        ({"reduced_functionality_mode": "no"}, AgentState.PROTECTING),
        (
            {"host_hidden_status": "hidden", "reduced_functionality_mode": "yes"},
            AgentState.HIDDEN,
        ),
        ({"host_hidden_status": "visible"}, AgentState.PROTECTING),
    ],
)
def test_falcon_state(more: dict[str, Any], state: AgentState, tmp_path: Path) -> None:
    content = json.dumps({"resources": [{**HOST, **more}]})
    assert [agent.state for agent in agents(read("crowdstrike-falcon", content, tmp_path))] == [
        state
    ]


@pytest.mark.parametrize(
    "wrap", [lambda h: h, lambda h: {"resources": h}, lambda h: {"body": {"resources": h}}]
)
def test_falcon_shapes(wrap: Callable[[list[Any]], Any], tmp_path: Path) -> None:
    content = json.dumps(wrap([HOST, None])).encode()
    assert claimed_by(content) == ["crowdstrike-falcon"]
    assert len(agents(read("crowdstrike-falcon", content, tmp_path))) == 1


def test_falcon_json_from_powershell_is_utf_16(tmp_path: Path) -> None:
    content = json.dumps([HOST]).encode("utf-16")
    assert claimed_by(content) == ["crowdstrike-falcon"]
    assert len(agents(read("crowdstrike-falcon", content, tmp_path))) == 1


def test_falcon_total_equal_to_rows_is_complete(tmp_path: Path) -> None:
    content = json.dumps({"meta": {"pagination": {"total": 1}}, "resources": [HOST]})
    [scan] = [r for r in read("crowdstrike-falcon", content, tmp_path) if isinstance(r, Scan)]
    assert scan.is_complete


def test_falcon_serial_of_a_virtual_machine_is_kept() -> None:
    found = agents(read_path("crowdstrike-falcon", SAMPLES / "crowdstrike-falcon/hosts.json"))
    assert found[1].serial == "VMware-56 4d 11 22 33 44 55 66-77 88 99 aa bb cc dd ee"
    assert found[1].macs == ("00:50:56:aa:bb:02",)
    assert found[2].cloud_id == "i-0abc000000000003"
    assert [agent.kind for agent in found] == [
        AssetKind.LAPTOP,
        AssetKind.SERVER,
        AssetKind.SERVER,
        AssetKind.SERVER,
        AssetKind.LAPTOP,
    ]
    assert [agent.hostname for agent in found] == [
        "lt-ada",
        "build-02",
        "web-03",
        "old-dc",
        None,
    ]


def test_a_clock_that_runs_ahead_does_not_date_the_export(tmp_path: Path) -> None:
    hosts = [HOST, {**HOST, "device_id": "a2", "last_seen": "2097-01-01T00:00:00Z"}]
    [scan] = [
        r
        for r in read("crowdstrike-falcon", json.dumps(hosts), tmp_path)
        if isinstance(r, Scan)
    ]
    assert scan.as_of == datetime(2026, 3, 10, 7, 41, 12, tzinfo=UTC)
    [scan] = [
        r
        for r in read("crowdstrike-falcon", json.dumps(hosts[1:]), tmp_path)
        if isinstance(r, Scan)
    ]
    assert scan.as_of == datetime(2097, 1, 1, tzinfo=UTC)


def test_spotlight_findings_are_not_hosts() -> None:
    content = (
        b'{"resources":[{"device_id":"x","agent_version":"7","vulnerability_id":"CVE-1"}]}'
    )
    assert "crowdstrike-falcon" not in claimed_by(content)


def test_falcon_columns_vary(tmp_path: Path) -> None:
    content = (
        "Hostname,Serial Number,Last Seen,RFM,Type,OS Version\n"
        "LT-1,S1,25/02/2026 10:00,Yes,Workstation,Windows 11\n"
    )
    [agent] = agents(read("crowdstrike-falcon", content, tmp_path))
    assert (agent.external_id, agent.state) == ("S1", AgentState.REDUCED)
    assert agent.seen_at == datetime(2026, 2, 25, 10, tzinfo=UTC)
    assert (agent.kind, agent.os_family) == (AssetKind.LAPTOP, "windows")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("crowdstrike-falcon", '{"errors": [{"code": 403}]}'),
        ("crowdstrike-falcon", '[{"device_id": 5}]'),
        ("crowdstrike-falcon", "Host ID,Hostname,Last Seen\n1,a,soon\n"),
        ("crowdstrike-falcon", "Host ID,Hostname,Last Seen\n1,a,25/12/2025\n2,b,12/25/2025\n"),
        ("intune", '{"error": {"code": "Forbidden"}}'),
        ("intune", "Device name,Last check-in,Device ID\na,soon,1\n"),
        ("intune", "Device name,Last check-in,Device ID\na,25/12/2025,1\nb,12/25/2025,2\n"),
        ("aws-ec2", '{"message": "denied"}'),
        ("aws-ec2", b'{"Reservations": [{"OwnerId": "\xff"}]}'),
    ],
)
def test_what_is_refused(name: str, content: str | bytes, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as refusal:
        read(name, content, tmp_path)
    assert refusal.value.where
    assert refusal.value.remedy


def test_intune_marks_private_devices_and_drops_placeholders() -> None:
    found = assets(read_path("intune", SAMPLES / "intune/devices.json"))
    assert [asset.is_company_owned for asset in found] == [True, False, None]
    assert [asset.device_id for asset in found] == [
        "aaaa0000-0000-4000-8000-000000000001",
        None,
        None,
    ]
    assert [asset.kind for asset in found] == [
        AssetKind.LAPTOP,
        AssetKind.MOBILE,
        AssetKind.LAPTOP,
    ]
    assert found[2].seen_at is None


def test_intune_last_page_is_complete(tmp_path: Path) -> None:
    content = '{"value": [{"id": "1", "deviceName": "LT-1", "lastSyncDateTime": "2026-03-01"}]}'
    assert claimed_by(content.encode()) == ["intune"]
    [scan] = [r for r in read("intune", content, tmp_path) if isinstance(r, Scan)]
    assert scan.is_complete


def test_intune_us_dates(tmp_path: Path) -> None:
    content = (
        "Device name,Last check-in,Azure AD Device ID,OS\n"
        "LT-1,2/25/2026 1:05:00 PM,X-1,Windows\n"
    )
    [asset] = assets(read("intune", content, tmp_path))
    assert asset.seen_at == datetime(2026, 2, 25, 13, 5, tzinfo=UTC)
    assert asset.device_id == "x-1"


def test_ec2_running_and_ephemeral() -> None:
    found = assets(read_path("aws-ec2", SAMPLES / "aws-ec2/instances.json"))
    assert [asset.is_running for asset in found] == [True, True, True, False]
    assert [asset.template for asset in found] == [
        "",
        "autoscaling:checkout-workers",
        "eks:prod/general",
        "",
    ]
    assert [asset.is_ephemeral for asset in found] == [False, True, True, False]
    assert [asset.hostname for asset in found] == ["web-03", "ip-10-0-0-4", "ip-10-0-0-5", None]
    assert found[0].owner == "platform"
    assert found[3].os_family == "windows"


@pytest.mark.parametrize(
    ("tags", "template"),
    [
        ({"karpenter.sh/nodepool": "spot"}, "karpenter:spot"),
        ({"kubernetes.io/cluster/prod": "owned"}, "eks:prod"),
        ({"eks:nodegroup-name": "n", "eks:cluster-name": "c"}, "eks:c/n"),
        ({"eks:nodegroup-name": "n", "aws:autoscaling:groupName": "g"}, "eks:n"),
        ({"aws:autoscaling:groupName": ""}, ""),
    ],
)
def test_ec2_template(tags: dict[str, str], template: str, tmp_path: Path) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    instances = [{"InstanceId": "i-1", "InstanceType": "mac2.metal", "Tags": pairs}, {}]
    records = read("aws-ec2", json.dumps([{"Instances": instances}]), tmp_path)
    [asset] = assets(records)
    assert (asset.template, asset.os_family) == (template, "macos")
    assert skipped(records) == {"instance without an id": 1}


def test_ec2_page_and_empty_account(tmp_path: Path) -> None:
    content = '{"NextToken": "more", "Reservations": []}'
    assert claimed_by(content.encode()) == ["aws-ec2"]
    [scan] = read("aws-ec2", content, tmp_path)
    assert isinstance(scan, Scan)
    assert (scan.target, scan.is_complete) == ("inventory:", False)
    bare = (
        b'[{"OwnerId": "1", "Instances": [{"InstanceId": "i-1", "LaunchTime": "2026-01-01"}]}]'
    )
    assert claimed_by(bare) == ["aws-ec2"]


def test_tags_of_falcon_intune_and_ec2(tmp_path: Path) -> None:
    hosts = [{**HOST, "tags": ["SensorGroupingTags/pci", "FalconGroupingTags/eu"]}]
    [agent] = agents(read("crowdstrike-falcon", json.dumps(hosts), tmp_path))
    assert agent.tags == ("FalconGroupingTags/eu", "SensorGroupingTags/pci")
    table = "Hostname,Host ID,Last Seen,Sensor Tags\na,1,2026-03-01,pci;eu\n"
    [agent] = agents(read("crowdstrike-falcon", table, tmp_path))
    assert agent.tags == ("eu", "pci")
    table = "Device name,Last check-in,Device ID,Category\na,2026-03-01,1,Sales\n"
    [asset] = assets(read("intune", table, tmp_path))
    assert asset.tags == ("category=Sales",)
    tags = [{"Key": "env", "Value": "prod"}, {"Key": "public", "Value": ""}]
    content = json.dumps([{"Instances": [{"InstanceId": "i-1", "Tags": tags}]}])
    [asset] = assets(read("aws-ec2", content, tmp_path))
    assert asset.tags == ("env=prod", "public")
