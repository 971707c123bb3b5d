"""Dependabot: the alerts of all repositories in one list, as GitHub's REST API gives them."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from protem.demo.chance import happens
from protem.demo.company import Company
from protem.demo.export import Export
from protem.demo.packages import MANIFESTS
from protem.demo.story import Story, iso
from protem.demo.vulnerabilities import Cluster, World

ORGANISATION = "tidemark"
_SEVERITY = {1: "low", 2: "medium", 3: "high", 4: "critical"}
_WEEKLY_FROM = 364
"""Days before today since which the list is exported every week instead of every month."""
_KEPT_PLAIN = 8
_REASONS = ("tolerable_risk", "no_bandwidth", "not_used", "inaccurate")
_REASON_WEIGHTS = (0.4, 0.25, 0.15, 0.2)
_DISMISSED_SHARE = 0.06
_WITHDRAWN_SHARE = 0.004


@dataclass(kw_only=True, slots=True)
class Alert:
    """One alert with its own number and the days of its life."""

    number: int
    repository: str
    cluster: Cluster
    opened: float
    ended: float
    reason: str
    """Why it was dismissed; empty when it was fixed."""
    is_withdrawn: bool
    while_open: str = ""
    """The alert as the list shows it until it has ended."""
    once_ended: str = ""

    def on(self, day: float) -> str:
        """The alert as the list of that day shows it."""
        return self.while_open if day < self.ended else self.once_ended


def alerts_of(
    rng: np.random.Generator, story: Story, company: Company, *, world: World
) -> list[Alert]:
    """All alerts there ever were, numbered by repository in order of creation."""
    columns, numbers, alerts = world.instances, dict.fromkeys(company.repositories, 0), []
    for position in np.argsort(columns.opened, kind="stable").tolist():
        repository = company.repositories[int(columns.target[position])]
        numbers[repository] += 1
        opened, ended = float(columns.opened[position]), float(columns.closed[position])
        is_dismissed = happens(rng, _DISMISSED_SHARE)
        reason = str(rng.choice(_REASONS, p=_REASON_WEIGHTS)) if is_dismissed else ""
        alert = Alert(
            number=numbers[repository],
            repository=repository,
            cluster=world.clusters[int(columns.cluster[position])],
            opened=opened,
            ended=min(ended, opened + float(rng.uniform(1, 15))) if is_dismissed else ended,
            reason=reason,
            is_withdrawn=not is_dismissed and happens(rng, _WITHDRAWN_SHARE),
        )
        _render(story, alert)
        alerts.append(alert)
    return alerts


def write_dependabot(export: Export, alerts: list[Alert]) -> None:
    """Monthly in the first years, weekly in the last one; older lists are gzipped."""
    story = export.story
    months = set(story.month_days())
    for week, day in enumerate(story.week_days()):
        if day not in months and story.days_left(day) >= _WEEKLY_FROM:
            continue
        rows = (alert.on(day) for alert in alerts if alert.opened <= day)
        suffix = "" if week >= story.weeks - _KEPT_PLAIN else ".gz"
        body = "[" + ",\n".join(rows) + "]"
        export.write(
            "github-dependabot", day, f"dependabot-alerts.json{suffix}", content=body.encode()
        )


def _fixed_part(story: Story, alert: Alert) -> dict[str, Any]:
    """What does not change over an alert's life."""
    cluster = alert.cluster
    package = {"ecosystem": cluster.package.ecosystem, "name": cluster.package.name}
    severity, fixed = _SEVERITY[cluster.severity], cluster.package.fixed_in(cluster.step)
    path = f"{ORGANISATION}/{alert.repository}"
    published = iso(story.at(cluster.published))
    return {
        "number": alert.number,
        "dependency": {
            "package": package,
            "manifest_path": MANIFESTS[cluster.package.ecosystem],
            "scope": "development" if cluster.number % 7 == 0 else "runtime",
        },
        "security_advisory": {
            "ghsa_id": cluster.ghsa,
            "cve_id": cluster.cve,
            "summary": f"{cluster.package.name} mishandles untrusted input",
            "severity": severity,
            "cvss": {"vector_string": None, "score": cluster.score},
            "identifiers": [
                {"type": "GHSA", "value": cluster.ghsa},
                {"type": "CVE", "value": cluster.cve},
            ],
            "published_at": published,
            "updated_at": published,
            "withdrawn_at": iso(story.at(alert.ended)) if alert.is_withdrawn else None,
        },
        "security_vulnerability": {
            "package": package,
            "severity": severity,
            "vulnerable_version_range": f"< {fixed}",
            "first_patched_version": {"identifier": fixed},
        },
        "url": f"https://api.github.com/repos/{path}/dependabot/alerts/{alert.number}",
        "html_url": f"https://github.com/{path}/security/dependabot/{alert.number}",
        "created_at": iso(story.at(alert.opened)),
        "repository": {"name": alert.repository, "full_name": path},
    }


def _render(story: Story, alert: Alert) -> None:
    """Both of its states, once."""
    fixed_part = _fixed_part(story, alert)
    is_fixed, ended = not alert.reason, iso(story.at(alert.ended))
    states: list[dict[str, str | None]] = [
        {
            "state": "open",
            "updated_at": iso(story.at(alert.opened)),
            "fixed_at": None,
            "dismissed_at": None,
            "dismissed_reason": None,
            "auto_dismissed_at": None,
        },
        {
            "state": "fixed" if is_fixed else "dismissed",
            "updated_at": ended,
            "fixed_at": ended if is_fixed else None,
            "dismissed_at": None if is_fixed else ended,
            "dismissed_reason": alert.reason or None,
            "auto_dismissed_at": None,
        },
    ]
    alert.while_open, alert.once_ended = (
        json.dumps(fixed_part | state, separators=(",", ":")) for state in states
    )
