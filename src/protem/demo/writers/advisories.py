"""What the world, a supplier and Tidemark say of vulnerabilities: KEV, EPSS, VEX, CSV."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np

from protem.demo.export import Export, csv_bytes
from protem.demo.landscape import Landscape
from protem.demo.rulings import Ruling, Rulings, Word
from protem.demo.story import Story, iso
from protem.demo.vulnerabilities import Cluster

_MAKERS = (
    "Corvid Networks", "Ostrava Systems", "Pelham Software", "Quarrel", "Tern & Daughters",
    "Vantage Print", "Wolder", "Yssel Cloud",
)  # fmt: skip
_PRODUCTS = ("Gateway", "Mail Server", "VPN", "File Transfer", "Print Manager", "Console")
_OTHERS_LISTED, _OTHERS_SCORED = 240, 300
_FIRST_OTHER = 100_001
"""Numbers that no flaw at Tidemark has."""
_CATALOGUE_DAYS = 1_400
_DUE = timedelta(days=21)
_RANSOMWARE_SHARE = 0.2
_EXCEPTIONS = (
    "id,decision,reason,vulnerability,component,severity_at_most,approver,ticket,decided_at,"
    "expires_on"
)


def write_advisories(
    export: Export, rng: np.random.Generator, landscape: Landscape, *, rulings: Rulings
) -> None:
    """One file each, as they were on the day of the newest export."""
    story, day = export.story, export.story.end_day
    worlds = (landscape.servers, landscape.images, landscape.repositories)
    clusters = [cluster for world in worlds for cluster in world.clusters]
    files = {
        ("cisa-kev", "known_exploited_vulnerabilities.json"): _catalogue(rng, story, clusters),
        ("epss", "epss_scores-current.csv.gz"): _scores(rng, story, clusters),
        ("protem-exceptions", "exceptions.csv"): _exceptions(story, rulings.register),
        ("openvex", "base-image.openvex.json"): _vex(story, rulings.words),
    }
    for (kind, name), content in files.items():
        export.write(kind, day, name, content=content)


def _catalogue(rng: np.random.Generator, story: Story, clusters: Iterable[Cluster]) -> bytes:
    """Exploited flaws of others, and the one of Tidemark's that is open."""
    entries = []
    for number in range(_OTHERS_LISTED):
        before = float(rng.uniform(1, _CATALOGUE_DAYS))
        cve = _other(story, number, before)
        maker, product = str(rng.choice(_MAKERS)), str(rng.choice(_PRODUCTS))
        use = "Known" if rng.random() < _RANSOMWARE_SHARE else "Unknown"
        entries.append(_entry(story, cve, (maker, product), before=before, use=use))
    for cluster in clusters:
        if cluster.is_exploited:
            named = (cluster.package.name.capitalize(), cluster.package.name)
            before = story.days_left(cluster.opened)
            entries.append(_entry(story, cluster.cve, named, before=before, use="Unknown"))
    entries.sort(key=lambda entry: (entry["dateAdded"], entry["cveID"]), reverse=True)
    return _json(
        {
            "title": "Known Exploited Vulnerabilities Catalog",
            "catalogVersion": f"{story.last_at:%Y.%m.%d}",
            "dateReleased": iso(story.last_at),
            "count": len(entries),
            "vulnerabilities": entries,
        }
    )


def _entry(
    story: Story, cve: str, named: tuple[str, str], *, before: float, use: str
) -> dict[str, Any]:
    added_on = story.day_on(story.before_today(before))
    maker, product = named
    return {
        "cveID": cve,
        "vendorProject": maker,
        "product": product,
        "vulnerabilityName": f"{maker} {product} Improper Input Validation Vulnerability",
        "dateAdded": added_on.isoformat(),
        "shortDescription": f"{product} mishandles what it is sent.",
        "requiredAction": "Apply mitigations per vendor instructions.",
        "dueDate": (added_on + _DUE).isoformat(),
        "knownRansomwareCampaignUse": use,
        "notes": "",
        "cwes": ["CWE-20"],
    }


def _scores(rng: np.random.Generator, story: Story, clusters: Iterable[Cluster]) -> bytes:
    """Most are hardly ever exploited; graver ones somewhat likelier."""
    found: dict[str, float] = {}
    for cluster in clusters:
        middle = 0.0004 * 3.0**cluster.severity
        likely = 0.91 if cluster.is_exploited else middle * float(rng.lognormal(0.0, 1.2))
        found[cluster.cve] = min(likely, 0.97)
    for number in range(_OTHERS_SCORED):
        before = float(rng.uniform(1, _CATALOGUE_DAYS))
        likely = 0.3 if number < _OTHERS_LISTED else 0.002
        found[_other(story, number, before)] = min(likely * float(rng.lognormal()), 0.97)
    ordered = sorted(found.values())
    below = np.searchsorted(ordered, list(found.values()), side="right") / len(ordered)
    lines = [
        f"{cve},{likely:.5f},{percentile:.5f}"
        for (cve, likely), percentile in zip(found.items(), below.tolist(), strict=True)
    ]
    head = f"#model_version:v2025.03.14,score_date:{iso(story.last_at)}"
    return ("\n".join([head, "cve,epss,percentile", *sorted(lines)]) + "\n").encode()


def _other(story: Story, number: int, before: float) -> str:
    year = story.day_on(story.before_today(before)).year
    return f"CVE-{year}-{_FIRST_OTHER + number}"


def _exceptions(story: Story, rows: Iterable[Ruling]) -> bytes:
    today = story.end_day
    return csv_bytes(
        _EXCEPTIONS,
        (
            (
                row.id,
                row.decision,
                row.reason,
                row.vulnerability,
                row.component,
                row.severity_at_most,
                row.approver,
                row.ticket,
                iso(story.at(today - row.decided_days_ago)),
                None if row.days_left is None else story.day_on(today + row.days_left),
            )
            for row in rows
        ),
    )


def _vex(story: Story, words: Iterable[Word]) -> bytes:
    return _json(
        {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": "https://harrow.example/vex/base-image",
            "author": "Harrow Base Images",
            "timestamp": iso(story.at(story.before_today(20))),
            "version": 1,
            "statements": [_statement(word) for word in words],
        }
    )


def _statement(word: Word) -> dict[str, Any]:
    packages = [f"pkg:deb/debian/{name}" for name in word.cluster.package.binaries]
    said = {
        "vulnerability": {"name": word.cluster.cve},
        "products": [{"@id": purl, "identifiers": {"purl": purl}} for purl in packages],
        "status": word.status,
    }
    if word.justification:
        said |= {"justification": word.justification, "status_notes": word.detail}
    return said


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2) + "\n").encode()
