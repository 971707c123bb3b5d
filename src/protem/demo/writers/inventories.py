"""Intune, EC2 and CrowdStrike Falcon: what each of them lists, every week."""

import json
from typing import Any

from protem.demo.company import Company
from protem.demo.export import Export, csv_bytes
from protem.demo.fleet import (
    is_in_intune,
    is_reduced,
    last_contact,
    last_sync,
    listed_agents,
)
from protem.demo.machines import Agent, Machine
from protem.demo.patching import Patching
from protem.demo.story import Story, iso

ACCOUNT = "418207331950"
TENANT_CID = "8f21c3a94be04d1c9a7750e1b2d4c6f8"
_FALCON_CSV_WEEK = 40
"""The week whose Falcon list was downloaded from the console instead of the API."""
_PLATFORMS = {"macOS": "Mac", "Windows": "Windows", "Linux": "Linux"}
_FALCON_SYSTEMS = {"macOS": "Sequoia (15)", "Windows": "Windows 11", "Linux": "Debian GNU 12"}
_FALCON_COLUMNS = (
    "Host ID,Serial Number,Hostname,MAC Address,Connection MAC Address,Last Seen,First Seen,"
    "Status,Sensor Version,Prevention Policy,Sensor Tags"
)


def write_inventories(export: Export, company: Company, patching: Patching) -> None:
    """Three lists a week, of the same morning."""
    story = export.story
    for week, day in enumerate(story.week_days()):
        devices = [
            _intune_device(story, machine, day, version=patching.version_of(machine, day))
            for machine in [*company.laptops, *company.phones]
            if is_in_intune(machine, day)
        ]
        export.write("intune", day, "intune-devices.json", content=_compact({"value": devices}))
        export.write("aws-ec2", day, "ec2-instances.json", content=_ec2(story, company, day))
        if week == _FALCON_CSV_WEEK:
            export.write(
                "crowdstrike-falcon", day, "falcon-hosts.csv", content=_csv(story, company, day)
            )
            continue
        hosts = [
            _falcon_host(story, machine, agent, day=day)
            for machine, agent in listed_agents(company, day)
        ]
        paging = {"limit": 5000, "offset": len(hosts), "total": len(hosts)}
        answer = {"meta": {"pagination": paging}, "resources": hosts, "errors": []}
        export.write("crowdstrike-falcon", day, "falcon-hosts.json", content=_compact(answer))


def _intune_device(
    story: Story, machine: Machine, day: float, *, version: str
) -> dict[str, Any]:
    return {
        "id": machine.device_id[::-1],
        "deviceName": machine.hostname,
        "serialNumber": machine.serial,
        "azureADDeviceId": machine.device_id,
        "operatingSystem": machine.os,
        "osVersion": version,
        "enrolledDateTime": iso(story.at(machine.created)),
        "lastSyncDateTime": iso(story.at(last_sync(machine, day))),
        "complianceState": "compliant",
        "managedDeviceOwnerType": "personal" if machine.is_personal else "company",
        "managementAgent": "mdm",
        "wiFiMacAddress": machine.mac.replace(":", ""),
        "userPrincipalName": machine.owner,
    }


def _ec2(story: Story, company: Company, day: float) -> bytes:
    reservations = [
        {"OwnerId": ACCOUNT, "Instances": [_instance(story, server)]}
        for server in [*company.servers, *company.workers]
        if server.is_alive(day)
    ]
    return _compact({"Reservations": reservations})


def _instance(story: Story, server: Machine) -> dict[str, Any]:
    tags = [
        {"Key": "Name", "Value": "web-worker" if server.template else server.hostname},
        {"Key": "Team", "Value": server.team},
        {"Key": "Owner", "Value": server.owner},
    ]
    if server.template:
        tags.append({"Key": "aws:autoscaling:groupName", "Value": server.template})
    details: dict[str, Any] = {
        "InstanceId": server.instance_id,
        "InstanceType": "m6i.large",
        "LaunchTime": story.at(server.created).isoformat(),
        "State": {"Code": 16, "Name": "running"},
        "Placement": {"AvailabilityZone": "eu-central-1a"},
        "PrivateIpAddress": server.address,
        "PrivateDnsName": f"{_private_name(server)}.eu-central-1.compute.internal",
        "PlatformDetails": "Windows" if server.os == "Windows" else "Linux/UNIX",
        "NetworkInterfaces": [{"MacAddress": server.mac.lower(), "OwnerId": ACCOUNT}],
        "Tags": tags,
    }
    if server.os == "Windows":
        details["Platform"] = "windows"
    return details


def _private_name(server: Machine) -> str:
    return "ip-" + server.address.replace(".", "-")


def _falcon_host(story: Story, machine: Machine, agent: Agent, *, day: float) -> dict[str, Any]:
    host: dict[str, Any] = {
        "device_id": agent.aid,
        "cid": TENANT_CID,
        "hostname": machine.hostname,
        "serial_number": machine.serial,
        "mac_address": machine.mac.replace(":", "-").lower(),
        "first_seen": iso(story.at(agent.installed)),
        "last_seen": iso(story.at(last_contact(machine, agent, day))),
        "modified_timestamp": iso(story.at(day)),
        "agent_version": "7.24.19607.0" if machine.os == "Windows" else "7.24.17706.0",
        "platform_name": _PLATFORMS[machine.os],
        "os_version": "Windows Server 2022"
        if machine.is_server and machine.os == "Windows"
        else _FALCON_SYSTEMS[machine.os],
        "product_type_desc": "Server" if machine.is_server else "Workstation",
        "status": "normal",
        "provision_status": "Provisioned",
        "reduced_functionality_mode": "yes" if is_reduced(agent, day) else "no",
        "device_policies": {
            "prevention": {
                "policy_type": "prevention",
                "policy_id": "a1c4e6f8b0d24a68",
                "applied": agent.has_policy,
            }
        },
    }
    if machine.instance_id:
        host["instance_id"] = machine.instance_id
        host["service_provider"] = "AWS_EC2_V2"
        host["service_provider_account_id"] = ACCOUNT
    if agent.is_hidden:
        host["host_hidden_status"] = "hidden"
    return host


def _csv(story: Story, company: Company, day: float) -> bytes:
    rows = [
        (
            agent.aid,
            machine.serial,
            machine.hostname,
            machine.mac.replace(":", "-"),
            machine.mac.replace(":", "-"),
            iso(story.at(last_contact(machine, agent, day))),
            iso(story.at(agent.installed)),
            "normal",
            "7.24.17706.0",
            "Tidemark default" if agent.has_policy else "",
            "",
        )
        for machine, agent in listed_agents(company, day)
        if not agent.is_hidden
    ]
    return csv_bytes(_FALCON_COLUMNS, rows)


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
