"""Trivy weekly for every image, Grype monthly for two of them, on the same vulnerabilities."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

from protem.demo.company import Company
from protem.demo.export import Export
from protem.demo.story import PARTIAL_IMAGE, UNFIXED_SHOWN, Story, iso
from protem.demo.vulnerabilities import Cluster, World

REGISTRY = "registry.tidemark.example"
_TRIVY_SEVERITY = {1: "LOW", 2: "MEDIUM", 3: "HIGH", 4: "CRITICAL"}
_GRYPE_SEVERITY = {1: "Low", 2: "Medium", 3: "High", 4: "Critical"}
_GRYPE_IMAGES = (0, 2)
_PARTIAL_NUMBER = 3
_PARTIAL_LEFT = 5

Open = list[tuple[Cluster, int]]
"""What a scan of one image shows: the vulnerability and the number of the binary."""


def write_containers(export: Export, company: Company, world: World) -> None:
    """A zip of Trivy reports a week and a zip of Grype reports every fourth week."""
    story = export.story
    months = set(story.month_days())
    rendered: dict[tuple[int, int, int], str] = {}
    for day in story.week_days():
        found = _by_image(world, day)
        shows_unfixed = story.days_left(day) < UNFIXED_SHOWN
        reports = {}
        for number, image in enumerate(company.images):
            shown = _shown(story, found.get(number, []), number, day=day)
            if not shows_unfixed:
                shown = [(cluster, part) for cluster, part in shown if cluster.has_fix]
            reports[f"{image}.json"] = _trivy(story, image, shown, day=day, rendered=rendered)
        export.write_zip("trivy", day, "trivy-images.zip", members=reports)
        if day in months:
            pictures = {
                f"grype-{company.images[number]}.json": _grype(
                    story, company.images[number], found.get(number, []), day=day
                )
                for number in _GRYPE_IMAGES
            }
            export.write_zip("grype", day, "grype-images.zip", members=pictures)


def _by_image(world: World, day: float) -> dict[int, Open]:
    columns, found = world.instances, world.instances.open_on(day)
    images: dict[int, Open] = {}
    rows = zip(
        columns.target[found].tolist(),
        columns.cluster[found].tolist(),
        columns.part[found].tolist(),
        strict=True,
    )
    for target, cluster, part in rows:
        images.setdefault(target, []).append((world.clusters[cluster], part))
    return images


def _shown(story: Story, found: Open, image: int, *, day: float) -> Open:
    """All of it, but for one scan of one image that broke off early."""
    is_partial = image == _PARTIAL_NUMBER and story.is_export_of(day, PARTIAL_IMAGE)
    return found[:_PARTIAL_LEFT] if is_partial else found


def _image_name(image: str) -> str:
    return f"{REGISTRY}/tidemark/{image}"


def _tag(story: Story, day: float) -> str:
    return f"{story.at(day):%Y.%m.%d}"


def _trivy(
    story: Story,
    image: str,
    shown: Open,
    *,
    day: float,
    rendered: dict[tuple[int, int, int], str],
) -> bytes:
    name, tag = _image_name(image), _tag(story, day)
    entries = []
    for cluster, part in shown:
        key = (cluster.number, part, cluster.severity_on(day))
        if key not in rendered:
            rendered[key] = json.dumps(
                _trivy_entry(story, cluster, part, severity=key[2]), separators=(",", ":")
            )
        entries.append(rendered[key])
    made = (story.at(day) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
    image_id = "sha256:" + sha256(f"{image}{tag}".encode()).hexdigest()
    head: dict[str, Any] = {
        "SchemaVersion": 2,
        "CreatedAt": made,
        "ArtifactName": f"{name}:{tag}",
        "ArtifactType": "container_image",
        "Metadata": {
            "OS": {"Family": "debian", "Name": "12.5"},
            "ImageID": image_id,
            "RepoTags": [f"{name}:{tag}"],
            "RepoDigests": [f"{name}@sha256:{sha256(image_id.encode()).hexdigest()}"],
        },
    }
    result = {"Target": f"{name}:{tag} (debian 12.5)", "Class": "os-pkgs", "Type": "debian"}
    opening = json.dumps(head, separators=(",", ":"))[:-1]
    inner = json.dumps(result, separators=(",", ":"))[:-1]
    return f'{opening},"Results":[{inner},"Vulnerabilities":[{",".join(entries)}]}}]}}'.encode()


def _purl(cluster: Cluster, part: int) -> str:
    version = cluster.package.affected(cluster.step)
    binary = cluster.package.binaries[part]
    return f"pkg:deb/debian/{binary}@{version}?arch=amd64&distro=debian-12.5"


def _trivy_entry(story: Story, cluster: Cluster, part: int, *, severity: int) -> dict[str, Any]:
    package, version = cluster.package, cluster.package.affected(cluster.step)
    binary = package.binaries[part]
    entry: dict[str, Any] = {
        "VulnerabilityID": cluster.cve,
        "PkgID": f"{binary}@{version}",
        "PkgName": binary,
        "PkgIdentifier": {"PURL": _purl(cluster, part)},
        "InstalledVersion": version,
        "Status": "fixed" if cluster.has_fix else "affected",
        "SeveritySource": "nvd",
        "PrimaryURL": f"https://avd.aquasec.com/nvd/{cluster.cve.lower()}",
        "Title": f"{package.name}: flaw in input handling",
        "Severity": _TRIVY_SEVERITY[severity],
        "CVSS": {"nvd": {"V3Score": cluster.score}},
        "PublishedDate": iso(story.at(cluster.published)),
    }
    if cluster.has_fix:
        entry["FixedVersion"] = package.fixed_in(cluster.step)
    return entry


def _grype(story: Story, image: str, shown: Open, *, day: float) -> bytes:
    name, tag, moment = _image_name(image), _tag(story, day), story.at(day)
    report = {
        "matches": [_match(story, cluster, part, day=day) for cluster, part in shown],
        "source": {
            "type": "image",
            "target": {
                "userInput": f"{name}:{tag}",
                "imageID": "sha256:" + sha256(f"{image}{tag}".encode()).hexdigest(),
                "tags": [f"{name}:{tag}"],
            },
        },
        "distro": {"name": "debian", "version": "12", "idLike": []},
        "descriptor": {
            "name": "grype",
            "version": "0.92.0",
            "db": {
                "status": {"schemaVersion": "v6.0.2", "built": iso(moment - timedelta(days=1))}
            },
            "timestamp": iso(moment - timedelta(minutes=40)),
        },
    }
    return json.dumps(report, separators=(",", ":")).encode()


def _match(story: Story, cluster: Cluster, part: int, *, day: float) -> dict[str, Any]:
    package, version = cluster.package, cluster.package.affected(cluster.step)
    fix: dict[str, Any] = {"versions": [], "state": "not-fixed"}
    if cluster.has_fix:
        fixed, on = package.fixed_in(cluster.step), story.day_on(cluster.published)
        fix = {
            "versions": [fixed],
            "state": "fixed",
            "available": [{"version": fixed, "date": on.isoformat(), "kind": "advisory"}],
        }
    return {
        "vulnerability": {
            "id": cluster.cve,
            "dataSource": f"https://security-tracker.debian.org/tracker/{cluster.cve}",
            "namespace": "debian:distro:debian:12",
            "severity": _GRYPE_SEVERITY[cluster.severity_on(day)],
            "cvss": [{"version": "3.1", "metrics": {"baseScore": cluster.score}}],
            "fix": fix,
        },
        "relatedVulnerabilities": [{"id": cluster.cve, "namespace": "nvd:cpe"}],
        "artifact": {
            "name": package.binaries[part],
            "version": version,
            "type": "deb",
            "locations": [{"path": "/var/lib/dpkg/status"}],
            "purl": _purl(cluster, part),
        },
    }
