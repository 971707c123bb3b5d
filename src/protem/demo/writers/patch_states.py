"""What Systems Manager and Intune say of missing patches, every four weeks."""

import json
from datetime import timedelta
from typing import Any

from protem.demo.company import Company
from protem.demo.export import Export
from protem.demo.fleet import is_in_intune, last_sync
from protem.demo.machines import Machine
from protem.demo.patching import Patching, newer, patch_tuesdays, windows_version
from protem.demo.story import Story, iso

BASELINE = "pb-0a5e71c2d94f8b630"
_APPROVED_AFTER = 14.0
"""Days after which a patch that came out must be in place."""
_REBOOTS_WITHIN = 1.5
"""Days that a server may wait for its maintenance window."""


def write_patch_states(export: Export, company: Company, patching: Patching) -> None:
    """The state of every server and of every Windows laptop, on the day of the logs."""
    story = export.story
    for day in story.month_days():
        servers = [
            _server(story, patching, server, day)
            for server in company.servers
            if server.is_alive(day)
        ]
        export.write(
            "aws-ssm-states",
            day,
            "patch-states.json",
            content=_compact({"InstancePatchStates": servers}),
        )
        wanted = _newest_version(story, day)
        laptops = [
            _laptop(story, patching, laptop, day=day, wanted=wanted)
            for laptop in company.laptops
            if laptop.os == "Windows" and is_in_intune(laptop, day)
        ]
        export.write(
            "intune-updates", day, "update-states.json", content=_compact({"value": laptops})
        )


def _server(story: Story, patching: Patching, server: Machine, day: float) -> dict[str, Any]:
    last = _last_patched(patching, server, day)
    silent = max(0.0, day - (server.created if last is None else last))
    missing = int((silent - _APPROVED_AFTER) // 4) + 1 if silent > _APPROVED_AFTER else 0
    ended = story.at(day) - timedelta(hours=3)
    return {
        "InstanceId": server.instance_id,
        "PatchGroup": server.team,
        "BaselineId": BASELINE,
        "InstalledCount": 180 + int(day) // 9,
        "InstalledPendingRebootCount": int(not missing and silent < _REBOOTS_WITHIN),
        "MissingCount": missing,
        "FailedCount": 0,
        "OperationStartTime": (ended - timedelta(seconds=75)).isoformat(),
        "OperationEndTime": ended.isoformat(),
        "Operation": "Scan",
        "RebootOption": "NoReboot",
    }


def _last_patched(patching: Patching, server: Machine, day: float) -> float | None:
    if server.os == "Linux":
        return patching.newest_upgrade(server.hostname, day)
    done = [since for since, _ in patching.versions.get(server.hostname, ()) if since <= day]
    return done[-1] if done else None


def _laptop(
    story: Story, patching: Patching, laptop: Machine, *, day: float, wanted: str
) -> dict[str, Any]:
    version = patching.version_of(laptop, day)
    scanned = iso(story.at(last_sync(laptop, day)))
    return {
        "@odata.type": "#microsoft.graph.windowsUpdateState",
        "id": f"{laptop.device_id}_1",
        "deviceId": laptop.device_id[::-1],
        "deviceDisplayName": laptop.hostname,
        "userPrincipalName": laptop.owner,
        "status": "pendingInstallation" if newer(wanted, version) else "upToDate",
        "qualityUpdateVersion": version,
        "featureUpdateVersion": "23H2",
        "lastScanDateTime": scanned,
        "lastSyncDateTime": scanned,
    }


def _newest_version(story: Story, day: float) -> str:
    """The version of the last Patch Tuesday by then."""
    today = story.day_on(day)
    return windows_version(sum(tuesday <= today for tuesday in patch_tuesdays(story)) - 1)


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
