"""Scans of repositories: OSV-Scanner and Trivy of dependencies, CodeQL's SARIF of code."""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import numpy as np

from protem.demo.export import Export
from protem.demo.packages import MANIFESTS, ecosystem_of
from protem.demo.story import Story, iso
from protem.demo.writers.dependabot import ORGANISATION, Alert

OSV_REPOSITORIES = ("ml-scoring", "data-pipeline")
TRIVY_REPOSITORIES = ("web-app", "api-gateway")
CODEQL_REPOSITORIES = ("web-app", "payments-api", "auth-service")
_OSV_NAMES = {"npm": "npm", "pip": "PyPI", "maven": "Maven", "go": "Go"}
_TRIVY_TYPES = {"npm": "npm", "pip": "pip", "maven": "pom", "go": "gomod"}
_PURL_TYPES = {"npm": "npm", "pip": "pypi", "maven": "maven", "go": "golang"}
_LABELS = {1: "LOW", 2: "MEDIUM", 3: "HIGH", 4: "CRITICAL"}
_AREAS = ("user", "order", "file", "admin", "report")
_RULES = (
    ("js/sql-injection", "error", "8.8", "Database query built from user input"),
    ("js/reflected-xss", "error", "7.8", "Reflected cross-site scripting"),
    ("js/path-injection", "error", "7.5", "Uncontrolled data used in a path"),
    ("js/code-injection", "error", "9.3", "Code injection"),
    ("js/clear-text-logging", "error", "7.5", "Clear-text logging of sensitive data"),
    ("js/missing-rate-limiting", "warning", "7.5", "Missing rate limiting"),
    ("js/insecure-randomness", "warning", "7.8", "Insecure randomness"),
    ("js/regex-injection", "error", "7.5", "Regular expression injection"),
)


def write_code(export: Export, rng: np.random.Generator, alerts: list[Alert]) -> None:
    """Dependencies of four repositories and the code of three, every fourth week."""
    story = export.story
    for day in story.month_days():
        reports = {
            **{
                f"osv-{name}.json": _osv(story, name, alerts, day=day)
                for name in OSV_REPOSITORIES
            },
            **{
                f"trivy-{name}.json": _trivy(story, name, alerts, day=day)
                for name in TRIVY_REPOSITORIES
            },
        }
        export.write_zip("sca", day, "dependency-scans.zip", members=reports)
    flaws = {name: _code_flaws(rng, story) for name in CODEQL_REPOSITORIES}
    for day in story.month_days():
        reports = {
            f"codeql-{name}.sarif": _sarif(story, name, flaws[name], day=day)
            for name in CODEQL_REPOSITORIES
        }
        export.write_zip("sarif", day, "codeql.zip", members=reports)


def _open(alerts: list[Alert], repository: str, day: float) -> list[Alert]:
    """What a scanner finds: it knows nothing of dismissals, only of versions."""
    return [
        alert
        for alert in alerts
        if alert.repository == repository
        and alert.opened <= day
        and (day < alert.ended or alert.reason not in {"", "inaccurate"})
    ]


def _osv(story: Story, repository: str, alerts: list[Alert], *, day: float) -> bytes:
    manifest = MANIFESTS[ecosystem_of(repository)]
    packages: dict[tuple[str, str], list[Alert]] = {}
    for alert in _open(alerts, repository, day):
        package = alert.cluster.package
        key = (package.name, package.affected(alert.cluster.step))
        packages.setdefault(key, []).append(alert)
    listed = [_osv_package(story, *key, found=found) for key, found in packages.items()]
    source = {
        "path": f"/home/runner/work/{repository}/{repository}/{manifest}",
        "type": "lockfile",
    }
    return _compact({"results": [{"source": source, "packages": listed}]})


def _osv_package(
    story: Story, name: str, version: str, *, found: list[Alert]
) -> dict[str, Any]:
    ecosystem = _OSV_NAMES[found[0].cluster.package.ecosystem]
    clusters = [alert.cluster for alert in found]
    return {
        "package": {"name": name, "version": version, "ecosystem": ecosystem},
        "vulnerabilities": [
            {
                "id": cluster.ghsa,
                "aliases": [cluster.cve],
                "published": iso(story.at(cluster.published)),
                "modified": iso(story.at(cluster.published)),
                "summary": f"{name} mishandles untrusted input",
                "database_specific": {
                    "severity": _LABELS[cluster.severity].replace("MEDIUM", "MODERATE")
                },
            }
            for cluster in clusters
        ],
        "groups": [
            {
                "ids": [cluster.ghsa],
                "aliases": [cluster.ghsa, cluster.cve],
                "max_severity": str(cluster.score),
            }
            for cluster in clusters
        ],
    }


def _trivy(story: Story, repository: str, alerts: list[Alert], *, day: float) -> bytes:
    ecosystem = ecosystem_of(repository)
    entries = [_trivy_entry(story, alert) for alert in _open(alerts, repository, day)]
    made = (story.at(day) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
    return _compact(
        {
            "SchemaVersion": 2,
            "CreatedAt": made,
            "ArtifactName": f"https://github.com/{ORGANISATION}/{repository}",
            "ArtifactType": "repository",
            "Results": [
                {
                    "Target": MANIFESTS[ecosystem],
                    "Class": "lang-pkgs",
                    "Type": _TRIVY_TYPES[ecosystem],
                    "Vulnerabilities": entries,
                }
            ],
        }
    )


def _trivy_entry(story: Story, alert: Alert) -> dict[str, Any]:
    cluster = alert.cluster
    package, version = cluster.package, cluster.package.affected(cluster.step)
    path = package.name.replace(":", "/")
    return {
        "VulnerabilityID": cluster.cve,
        "VendorIDs": [cluster.ghsa],
        "PkgID": f"{package.name}@{version}",
        "PkgName": package.name,
        "PkgIdentifier": {"PURL": f"pkg:{_PURL_TYPES[package.ecosystem]}/{path}@{version}"},
        "InstalledVersion": version,
        "FixedVersion": package.fixed_in(cluster.step),
        "Status": "fixed",
        "SeveritySource": "ghsa",
        "Title": f"{package.name} mishandles untrusted input",
        "Severity": _LABELS[cluster.severity],
        "CVSS": {"ghsa": {"V3Score": cluster.score}},
        "PublishedDate": iso(story.at(cluster.published)),
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeFlaw:
    """One result of the code scan, from the day it was written to the day it was mended."""

    rule: int
    path: str
    line: int
    opened: float
    closed: float


def _code_flaws(rng: np.random.Generator, story: Story) -> list[CodeFlaw]:
    """About twelve results open at any time, slowly renewed."""
    flaws = []
    for _ in range(12):
        day = -float(rng.uniform(0, 200))
        while day < story.end_day:
            lives = float(rng.lognormal(5.0, 0.7))
            flaws.append(
                CodeFlaw(
                    rule=int(rng.integers(len(_RULES))),
                    path=f"src/routes/{rng.choice(_AREAS)}{rng.integers(1, 40)}.js",
                    line=int(rng.integers(10, 400)),
                    opened=day,
                    closed=day + lives,
                )
            )
            day += lives + float(rng.uniform(1, 20))
    return flaws


def _sarif(story: Story, repository: str, flaws: list[CodeFlaw], *, day: float) -> bytes:
    driver = {
        "name": "CodeQL",
        "organization": "GitHub",
        "semanticVersion": "2.19.3",
        "rules": [
            {
                "id": name,
                "shortDescription": {"text": title},
                "defaultConfiguration": {"level": level},
                "properties": {"security-severity": score, "tags": ["security"]},
            }
            for name, level, score, title in _RULES
        ],
    }
    ended = iso(story.at(day) - timedelta(hours=4))
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{ORGANISATION}/{repository}/language:javascript/"},
        "versionControlProvenance": [
            {"repositoryUri": f"https://github.com/{ORGANISATION}/{repository}"}
        ],
        "invocations": [{"executionSuccessful": True, "endTimeUtc": ended}],
        "results": [_result(flaw) for flaw in flaws if flaw.opened <= day < flaw.closed],
    }
    return _compact(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        }
    )


def _result(flaw: CodeFlaw) -> dict[str, Any]:
    rule, level, _, title = _RULES[flaw.rule]
    digest = sha256(f"{rule}{flaw.path}{flaw.line}".encode()).hexdigest()[:16]
    location = {
        "artifactLocation": {"uri": flaw.path, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": flaw.line},
    }
    return {
        "ruleId": rule,
        "ruleIndex": flaw.rule,
        "level": level,
        "message": {"text": title},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"primaryLocationLineHash": f"{digest}:1"},
    }


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
