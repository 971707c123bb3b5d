"""SentinelOne, Defender and Wazuh: the traps of their lists."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inventories.exports import SAMPLES, claimed_by, read, read_path, scan_of

from protem.formats.format import FormatError
from protem.formats.records import Agent, AgentState, AssetKind, Record

S1: dict[str, Any] = {
    "id": "1",
    "computerName": "LT-1",
    "lastActiveDate": "2026-03-10T07:00:00Z",
}
MDE: dict[str, Any] = {
    "id": "m1",
    "computerDnsName": "lt-1.corp.example",
    "lastSeen": "2026-03-10T07:00:00Z",
    "healthStatus": "Active",
    "onboardingStatus": "Onboarded",
}
WAZUH: dict[str, Any] = {
    "id": "001",
    "name": "web-01",
    "dateAdd": "2025-01-01T00:00:00Z",
    "lastKeepAlive": "2026-03-10T07:00:00Z",
    "status": "active",
}


def agents(records: list[Record]) -> list[Agent]:
    return [each for each in records if isinstance(each, Agent)]


def sample(name: str, file: str) -> list[Agent]:
    return agents(read_path(name, SAMPLES / name / file))


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, AgentState.PROTECTING),
        ({"mitigationMode": "protect"}, AgentState.PROTECTING),
        ({"mitigationMode": "detect"}, AgentState.DETECT_ONLY),
        ({"mitigationModeSuspicious": "detect"}, AgentState.PROTECTING),
        ({"isActive": False}, AgentState.PROTECTING),
        ({"isDecommissioned": True, "mitigationMode": "detect"}, AgentState.DECOMMISSIONED),
        ({"isUninstalled": True}, AgentState.DECOMMISSIONED),
        ({"isPendingUninstall": True}, AgentState.PROTECTING),
        ({"missingPermissions": ["user_action_needed_fda"]}, AgentState.REDUCED),
        ({"missingPermissions": []}, AgentState.PROTECTING),
        ({"operationalState": "na"}, AgentState.PROTECTING),
        ({"operationalState": "fully_disabled"}, AgentState.REDUCED),
    ],
)
def test_state_of_a_sentinelone_agent(
    more: dict[str, Any], state: AgentState, tmp_path: Path
) -> None:
    [agent] = agents(read("sentinelone", json.dumps({"data": [S1 | more]}), tmp_path))
    assert agent.state is state


def test_sentinelone_gives_what_joins_an_agent_to_other_inventories() -> None:
    laptop, server, mac, _old = sample("sentinelone", "agents.json")
    assert (laptop.serial, laptop.hostname) == ("5CG1234ABC", "lt-ada")
    assert laptop.macs == ("3c:22:fb:00:00:01",)
    assert laptop.tags == ("env=office", "group=Default Group", "site=Berlin")
    assert server.cloud_id == "i-0abc000000000003"
    assert [each.kind for each in (laptop, server, mac)] == [
        AssetKind.LAPTOP,
        AssetKind.SERVER,
        AssetKind.LAPTOP,
    ]


@pytest.mark.parametrize(
    ("pagination", "problem"),
    [
        ({"totalItems": 1, "nextCursor": None}, ""),
        ({"totalItems": 3, "nextCursor": "abc"}, "shows 1 of 3 agents"),
        (
            {"totalItems": None, "nextCursor": "abc"},
            "one page of several (pagination.nextCursor)",
        ),
        (None, ""),
    ],
)
def test_a_page_of_sentinelone_is_incomplete(
    pagination: dict[str, Any] | None, problem: str, tmp_path: Path
) -> None:
    content = json.dumps({"data": [S1], "pagination": pagination})
    scan = scan_of(read("sentinelone", content, tmp_path))
    assert (scan.problem, scan.is_complete) == (problem, not problem)


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, AgentState.PROTECTING),
        ({"healthStatus": "Inactive"}, AgentState.PROTECTING),
        ({"healthStatus": "ImpairedCommunication"}, AgentState.REDUCED),
        ({"healthStatus": "NoSensorData"}, AgentState.REDUCED),
        ({"healthStatus": "NoSensorDataImpairedCommunication"}, AgentState.REDUCED),
        ({"onboardingStatus": "CanBeOnboarded"}, AgentState.DISCOVERED),
        ({"onboardingStatus": "InsufficientInfo"}, AgentState.DISCOVERED),
        ({"onboardingStatus": "onboarded"}, AgentState.PROTECTING),
        ({"defenderAvStatus": "Disabled"}, AgentState.DETECT_ONLY),
        ({"defenderAvStatus": "NotUpdated"}, AgentState.PROTECTING),
        ({"isExcluded": True, "onboardingStatus": "Unsupported"}, AgentState.HIDDEN),
    ],
)
def test_state_of_a_defender_machine(
    more: dict[str, Any], state: AgentState, tmp_path: Path
) -> None:
    [agent] = agents(read("defender", json.dumps({"value": [MDE | more]}), tmp_path))
    assert agent.state is state


def test_devices_that_defender_only_saw_are_not_agents() -> None:
    found = sample("defender", "machines.json")
    assert [agent.state for agent in found] == [
        AgentState.PROTECTING,
        AgentState.REDUCED,
        AgentState.DISCOVERED,
        AgentState.DISCOVERED,
        AgentState.HIDDEN,
    ]
    assert found[0].device_id == "aaaa0000-0000-4000-8000-000000000001"
    assert found[0].macs == ("3c:22:fb:00:00:01",)
    assert found[0].tags == ("finance", "group=Office")
    assert found[1].cloud_id == "7D3B0C2E-1111-4222-8333-444455556666"
    assert found[1].kind is AssetKind.SERVER
    assert found[0].serial is None


def test_defender_merged_machines_are_left_out_and_counted(tmp_path: Path) -> None:
    merged = MDE | {"id": "m2", "mergedIntoMachineId": "m1"}
    records = read("defender", json.dumps([MDE, merged, {**MDE, "id": ""}]), tmp_path)
    assert [agent.external_id for agent in agents(records)] == ["m1"]


def test_defender_count_beyond_its_rows_is_incomplete(tmp_path: Path) -> None:
    content = json.dumps({"@odata.count": 12, "value": [MDE]})
    assert scan_of(read("defender", content, tmp_path)).problem == "shows 1 of 12 machines"


def test_alerts_and_vulnerabilities_are_not_machines() -> None:
    for other in ({"alertId": "a"}, {"cveId": "CVE-1"}):
        assert claimed_by(json.dumps([MDE | other]).encode()) == []


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("active", AgentState.PROTECTING),
        ("disconnected", AgentState.PROTECTING),
        ("pending", AgentState.DISCOVERED),
        ("never_connected", AgentState.DISCOVERED),
    ],
)
def test_state_of_a_wazuh_agent(status: str, state: AgentState, tmp_path: Path) -> None:
    [agent] = agents(read("wazuh", json.dumps([WAZUH | {"status": status}]), tmp_path))
    assert agent.state is state


def test_the_wazuh_manager_and_the_year_9999_are_no_agent() -> None:
    records = read_path("wazuh", SAMPLES / "wazuh/agents.json")
    web, laptop, never = agents(records)
    assert (web.hostname, web.os_family, web.tags) == ("web-03", "linux", ("default", "web"))
    assert laptop.seen_at is not None
    assert never.seen_at is None
    assert scan_of(records).problem == "shows 4 of 6 agents"


def test_an_agent_that_says_9999_is_dated_by_nothing(tmp_path: Path) -> None:
    content = json.dumps([WAZUH | {"lastKeepAlive": "9999-12-31T23:59:59+00:00"}])
    records = read("wazuh", content, tmp_path)
    assert scan_of(records).as_of is None
    assert agents(records)[0].seen_at is None


@pytest.mark.parametrize("name", ["sentinelone", "defender", "wazuh"])
def test_an_error_instead_of_a_list_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="there is no list") as refusal:
        read(name, '{"error": {"code": "Unauthorized"}}', tmp_path)
    assert refusal.value.remedy
