"""Vendors' own examples, where they are present."""

import json
from pathlib import Path

import pytest
from tests.formats.inventories.exports import CORPORA, claimed_by, read

from protem.formats.records import Agent, Asset, AssetKind, Scan

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the corpora"),
]


def wrapped(path: str, key: str) -> bytes:
    """A response that cartography keeps under a name of its own, in the vendor's shape."""
    return json.dumps(json.loads((CORPORA / path).read_text())[key]).encode()


def test_falcon_host(tmp_path: Path) -> None:
    content = wrapped("cartography/crowdstrike__endpoints.json", "GET_HOSTS")
    assert claimed_by(content) == ["crowdstrike-falcon"]
    scan, agent = read("crowdstrike-falcon", content, tmp_path)
    assert isinstance(scan, Scan)
    assert isinstance(agent, Agent)
    assert agent.cloud_id == "i-01"
    assert agent.kind is AssetKind.SERVER
    assert agent.macs == ()


def test_ec2_instances(tmp_path: Path) -> None:
    content = wrapped("cartography/aws__ec2__instances.json", "DESCRIBE_INSTANCES")
    assert claimed_by(content) == ["aws-ec2"]
    records = read("aws-ec2", content, tmp_path)
    scans = [each for each in records if isinstance(each, Scan)]
    assert not any(scan.is_complete for scan in scans)
    assets = [each for each in records if isinstance(each, Asset)]
    reservations = json.loads(content)["Reservations"]
    assert len(assets) == sum(len(each["Instances"]) for each in reservations)
    assert any(asset.is_ephemeral for asset in assets)


def test_ec2_example_of_the_command_line(tmp_path: Path) -> None:
    folder = CORPORA / "aws-cli-examples/ec2"
    content = (folder / "describe-instances-1.json").read_bytes()
    assert claimed_by(content) == ["aws-ec2"]
    assert any(isinstance(each, Asset) for each in read("aws-ec2", content, tmp_path))
    for filtered in ("describe-instances-2.json", "describe-instances-3.json"):
        assert "aws-ec2" not in claimed_by((folder / filtered).read_bytes())


def test_intune_documentation(tmp_path: Path) -> None:
    path = CORPORA / "msgraph-docs/v1.0__intune-devices-manageddevice-list__0.json"
    content = path.read_bytes()
    assert claimed_by(content) == ["intune"]
    scan, asset = read("intune", content, tmp_path)
    assert isinstance(scan, Scan)
    assert isinstance(asset, Asset)
    assert asset.is_company_owned is True
    assert asset.seen_at is not None


def test_intune_devices(tmp_path: Path) -> None:
    path = CORPORA / "cartography/microsoft__intune__managed_devices.json"
    devices = json.loads(path.read_text())["MOCK_MANAGED_DEVICES"]
    special = {"azure_a_d_device_id": "azureADDeviceId"}
    value = [{special.get(key, camel(key)): cell for key, cell in d.items()} for d in devices]
    content = json.dumps({"value": value}).encode()
    assert claimed_by(content) == ["intune"]
    assets = [each for each in read("intune", content, tmp_path) if isinstance(each, Asset)]
    assert [asset.is_company_owned for asset in assets] == [False, True]
    assert [asset.os_family for asset in assets] == ["macos", "windows"]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def test_no_other_corpus_is_claimed_by_ours() -> None:
    ours = {
        "cartography/crowdstrike__endpoints.json",
        "cartography/aws__ec2__instances.json",
        "aws-cli-examples/ec2/describe-instances-1.json",
        "msgraph-docs/v1.0__intune-devices-manageddevice-list__0.json",
    }
    names = {
        "crowdstrike-falcon",
        "intune",
        "aws-ec2",
        "dpkg-log",
        "apt-history",
        "calendar-ics",
    }
    for path in sorted(CORPORA.rglob("*")):
        if not path.is_file() or path.relative_to(CORPORA).as_posix() in ours:
            continue
        with path.open("rb") as stream:
            claims = set(claimed_by(stream.read(64 * 1024)))
        mine = {c for c in claims if c in names or c.startswith(("protem-", "windows-hotfix"))}
        assert not mine, f"{path.name} is claimed by {mine}"
