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


@pytest.mark.parametrize(
    ("source", "name", "machines"),
    [
        ("sentinelone__agent.json#MOCK_AGENTS_API_RESPONSE", "sentinelone", 3),
        ("jamf__computers.json#COMPUTERS_RESPONSE", "jamf", 2),
        ("jamf__mobile_devices.json#MOBILE_DEVICES_RESPONSE", "jamf", 2),
        ("googleworkspace__devices.json#MOCK_DEVICES_RESPONSE", "google-workspace", 2),
        ("aws__ssm.json#INSTANCE_INFORMATION", "aws-ssm", 2),
    ],
)
def test_consoles(source: str, name: str, machines: int, tmp_path: Path) -> None:
    path, _, key = source.partition("#")
    content = wrapped(f"cartography/{path}", key)
    assert claimed_by(content) == [name]
    scan, *listed = read(name, content, tmp_path)
    assert isinstance(scan, Scan)
    assert scan.is_complete
    assert len([each for each in listed if isinstance(each, Asset | Agent)]) == machines


def test_a_page_of_sentinelone(tmp_path: Path) -> None:
    content = wrapped("cartography/sentinelone__agent.json", "AGENTS_PAGINATED_PAGE_1")
    scan, *agents = read("sentinelone", content, tmp_path)
    assert isinstance(scan, Scan)
    assert scan.problem == "shows 2 of 3 agents"
    assert len(agents) == 2


def test_kandji_devices(tmp_path: Path) -> None:
    path = CORPORA / "cartography/kandji__devices.json"
    for devices in json.loads(path.read_text())["DEVICES"].values():
        content = json.dumps(devices).encode()
        assert claimed_by(content) == ["kandji"]
        records = read("kandji", content, tmp_path)
        assets = [each for each in records if isinstance(each, Asset)]
        assert len(assets) == len(devices)
        assert all(asset.serial and asset.seen_at for asset in assets)


def test_ssm_example_of_the_command_line(tmp_path: Path) -> None:
    path = CORPORA / "aws-cli-examples/ssm/describe-instance-information-1.json"
    content = path.read_bytes()
    assert claimed_by(content) == ["aws-ssm"]
    scan, asset = read("aws-ssm", content, tmp_path)
    assert isinstance(scan, Scan)
    assert scan.as_of is not None
    assert isinstance(asset, Asset)
    assert asset.os_family == "linux"


def test_fleet_example_of_the_documentation(tmp_path: Path) -> None:
    content = (CORPORA / "fleet/hosts_excerpt.json").read_bytes()
    assert claimed_by(content) == ["fleet"]
    _scan, asset = read("fleet", content, tmp_path)
    assert isinstance(asset, Asset)
    assert (asset.serial, asset.hostname) == (None, "floobar42")
    assert asset.device_id == "hardware:a2064cef-0000-0000-afb9-283e3c1d487e"


def test_no_other_corpus_is_claimed_by_ours() -> None:
    ours = {
        "cartography/crowdstrike__endpoints.json",
        "cartography/aws__ec2__instances.json",
        "aws-cli-examples/ec2/describe-instances-1.json",
        "msgraph-docs/v1.0__intune-devices-manageddevice-list__0.json",
        "aws-cli-examples/ssm/describe-instance-information-1.json",
        "cartography/aws__ssm.json",
        "cartography/googleworkspace__devices.json",
        "cartography/jamf__computers.json",
        "cartography/jamf__mobile_devices.json",
        "cartography/kandji__devices.json",
        "cartography/sentinelone__agent.json",
        "fleet/hosts_excerpt.json",
    }
    names = {
        "crowdstrike-falcon",
        "intune",
        "aws-ec2",
        "dpkg-log",
        "apt-history",
        "calendar-ics",
        "sentinelone",
        "defender",
        "wazuh",
        "fleet",
        "jamf",
        "kandji",
        "okta-devices",
        "google-workspace",
        "aws-ssm",
        "azure-vms",
        "gcp-instances",
    }
    for path in sorted(CORPORA.rglob("*")):
        if not path.is_file() or path.relative_to(CORPORA).as_posix() in ours:
            continue
        with path.open("rb") as stream:
            claims = set(claimed_by(stream.read(64 * 1024)))
        mine = {c for c in claims if c in names or c.startswith(("protem-", "windows-hotfix"))}
        assert not mine, f"{path.name} is claimed by {mine}"
