"""Reading exports in tests as the importer does."""

import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from protem.formats.format import FORMATS, ExportFile, FormatError
from protem.formats.kinds import KINDS
from protem.formats.records import Record, Scan, Skipped

TESTS = Path(__file__).resolve().parents[2]
SAMPLES = TESTS / "samples"
CORPORA = TESTS.parent / "../shared/corpora"
WRITTEN_AT = datetime(2026, 3, 15, 12, tzinfo=UTC)

OURS = [
    "apt-history",
    "apt-term",
    "aws-ec2",
    "aws-ssm",
    "aws-ssm-patches",
    "aws-ssm-states",
    "azure-vms",
    "calendar-ics",
    "crowdstrike-falcon",
    "defender",
    "dnf-history",
    "dnf-rpm-log",
    "dpkg-log",
    "fleet",
    "gcp-instances",
    "google-workspace",
    "intune",
    "intune-updates",
    "jamf",
    "kandji",
    "okta-devices",
    "protem-agents",
    "protem-assets",
    "protem-certifications",
    "protem-deals",
    "protem-findings",
    "protem-patches",
    "protem-questions",
    "protem-reviews",
    "protem-tickets",
    "sentinelone",
    "unattended-upgrades",
    "wazuh",
    "windows-hotfix",
]


def samples() -> list[tuple[str, Path]]:
    return [
        (name, path)
        for name in OURS
        for path in sorted((SAMPLES / name).iterdir())
        if path.name != "expected.toml"
    ]


def expected(name: str, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((SAMPLES / name / "expected.toml").read_text())
    what: dict[str, Any] = found[path.name]
    return what


def read_path(name: str, path: Path, called: str = "") -> list[Record]:
    file = ExportFile(path=path, name=called or path.name, modified_at=WRITTEN_AT)
    return list(FORMATS.get(name).parse(file))


def read(
    name: str, content: str | bytes, folder: Path, *, called: str = "export"
) -> list[Record]:
    path = folder / "export"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_path(name, path, called)


def refusal_of(name: str, content: bytes, folder: Path, *, called: str) -> FormatError | None:
    try:
        read(name, content, folder, called=called)
    except FormatError as error:
        return error
    return None


def claimed_by(content: bytes) -> list[str]:
    return [each.name for each in FORMATS if each.sniff(content[: 64 * 1024])]


def counts(records: list[Record]) -> dict[str, int]:
    return dict(Counter(KINDS[type(each)] for each in records if type(each) in KINDS))


def skipped(records: list[Record]) -> dict[str, int]:
    return {each.reason: each.count for each in records if isinstance(each, Skipped)}


def scan_of(records: list[Record]) -> Scan:
    """The one scan among them."""
    [scan] = [each for each in records if isinstance(each, Scan)]
    return scan
