"""Every kind of file is recognised by its format and read without loss."""

from collections import Counter
from pathlib import Path

import pytest

from protem.demo.export import Manifest
from protem.formats.detect import detect
from protem.formats.reading import expand
from protem.formats.records import Scan, Skipped

EXPECTED = {
    "ec2-instances.json": "aws-ec2",
    "falcon-hosts.json": "crowdstrike-falcon",
    "falcon-hosts.csv": "crowdstrike-falcon",
    "intune-devices.json": "intune",
    "servers.nessus": "nessus",
    "servers.nessus.gz": "nessus",
    "trivy-images.zip": "trivy",
    "grype-images.zip": "grype",
    "dependabot-alerts.json": "github-dependabot",
    "dependabot-alerts.json.gz": "github-dependabot",
    "dependency-scans.zip": "osv-scanner",
    "codeql.zip": "sarif",
    "dpkg-logs.zip": "dpkg-log",
    "apt-history.zip": "apt-history",
    "unattended.zip": "unattended-upgrades",
    "patch-states.json": "aws-ssm-states",
    "update-states.json": "intune-updates",
    "hotfixes.csv": "windows-hotfix",
    "macos-updates.csv": "protem-patches",
    "ansible-upgrades.csv": "protem-patches",
    "dana-whitlock.ics": "calendar-ics",
    "certifications.csv": "protem-certifications",
    "reviews.csv": "protem-reviews",
    "questions.csv": "protem-questions",
    "deals.csv": "protem-deals",
    "tickets.csv": "protem-tickets",
    "known_exploited_vulnerabilities.json": "cisa-kev",
    "epss_scores-current.csv.gz": "epss",
    "exceptions.csv": "protem-exceptions",
    "base-image.openvex.json": "openvex",
}
MOST_SKIPPED = 0.05
"""Nessus has one item of pure information a host."""


@pytest.fixture(scope="session")
def newest(manifest: Manifest) -> dict[str, Path]:
    """The newest file of every name."""
    return {path.name: path for path in manifest.paths}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_kind_is_recognised_and_read(
    name: str, newest: dict[str, Path], tmp_path: Path
) -> None:
    wanted = EXPECTED[name]
    seen: Counter[str] = Counter()
    skipped = read = scans = 0
    for file in expand([newest[name]], workspace=tmp_path):
        form = detect(file)
        seen[form.name] += 1
        for record in form.parse(file):
            if isinstance(record, Skipped):
                skipped += record.count
            elif isinstance(record, Scan):
                scans += 1
            else:
                read += 1
    assert seen[wanted]
    assert set(seen) <= {wanted, "trivy"}
    assert scans
    assert read
    assert skipped <= MOST_SKIPPED * read


def test_every_name_in_the_tree_is_expected(newest: dict[str, Path]) -> None:
    assert set(newest) - {"marcus-oyelaran.ics"} == set(EXPECTED)
