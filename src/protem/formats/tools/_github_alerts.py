"""The shapes in which GitHub gives Dependabot's alerts: REST and GraphQL."""

import msgspec

from protem.formats.jsonviews import ABSENT


class Package(msgspec.Struct, gc=False):
    """A package as GitHub names it."""

    ecosystem: str | None = None
    name: str | None = None


class Dependency(msgspec.Struct, gc=False):
    """What the alert is about, and in which manifest."""

    package: Package | None = None
    manifest_path: str | None = None


class Score(msgspec.Struct, gc=False):
    """A CVSS score; 0 stands for none. Old GraphQL answers give the vector alone."""

    score: float | str | None = None
    vector: str | None = msgspec.field(default=None, name="vectorString")


class Scores(msgspec.Struct, gc=False):
    """The scores by version of CVSS."""

    cvss_v3: Score | None = None
    cvss_v4: Score | None = None


class Identifier(msgspec.Struct, gc=False):
    """One of an advisory's names."""

    value: str | None = None


class Advisory(msgspec.Struct, gc=False):
    """The advisory: the same for all alerts that cite it."""

    ghsa_id: str | None = None
    cve_id: str | None = None
    summary: str | None = None
    severity: str | None = None
    identifiers: list[Identifier | None] | None = None
    cvss: Score | None = None
    cvss_severities: Scores | None = None
    withdrawn_at: str | None = None


class Fixed(msgspec.Struct, gc=False):
    """The first version without the flaw."""

    identifier: str | None = None


class Weakness(msgspec.Struct, gc=False):
    """The advisory's part on the package concerned."""

    package: Package | None = None
    severity: str | None = None
    first_patched_version: Fixed | str | None = None


class Repository(msgspec.Struct, gc=False):
    """The repository, present when the alerts are an organisation's."""

    full_name: str | None = None


class Alert(msgspec.Struct, gc=False):
    """One alert of the REST interface."""

    number: int | None = None
    state: str | None = None
    dependency: Dependency | None = None
    security_advisory: Advisory | None = None
    security_vulnerability: Weakness | None = None
    url: str | None = None
    html_url: str | None = None
    created_at: str | None = None
    fixed_at: str | None = None
    dismissed_at: str | None = None
    dismissed_reason: str | None = None
    auto_dismissed_at: str | None = None
    repository: Repository | None = None


class Page(Alert, gc=False):
    """One alert, wrapped alerts, a webhook's delivery, or GraphQL's answer."""

    alerts: msgspec.Raw = ABSENT
    alert: Alert | None = None
    data: "GraphData | None" = None


class GraphAdvisory(msgspec.Struct, gc=False, rename="camel"):
    """An advisory of the GraphQL interface."""

    summary: str | None = None
    identifiers: list[Identifier | None] | None = None
    cvss: Score | None = None
    withdrawn_at: str | None = None


class GraphWeakness(msgspec.Struct, gc=False, rename="camel"):
    """The part on the package concerned, with the advisory inside."""

    severity: str | None = None
    package: Package | None = None
    advisory: GraphAdvisory | None = None
    first_patched_version: Fixed | None = None


class GraphAlert(msgspec.Struct, gc=False, rename="camel"):
    """One alert of the GraphQL interface."""

    id: str | None = None
    number: int | str | None = None
    state: str | None = None
    created_at: str | None = None
    fixed_at: str | None = None
    dismissed_at: str | None = None
    dismiss_reason: str | None = None
    auto_dismissed_at: str | None = None
    vulnerable_manifest_path: str | None = None
    vulnerable_manifest_filename: str | None = None
    security_vulnerability: GraphWeakness | None = None


class PageInfo(msgspec.Struct, gc=False, rename="camel"):
    """Whether more pages follow."""

    has_next_page: bool | None = None


class GraphAlerts(msgspec.Struct, gc=False, rename="camel"):
    """A page of alerts."""

    nodes: msgspec.Raw = ABSENT
    page_info: PageInfo | None = None
    total_count: int | None = None


class GraphNode(msgspec.Struct, gc=False, rename="camel"):
    """A repository, or what a search within it returns."""

    name: str | None = None
    name_with_owner: str | None = None
    url: str | None = None
    vulnerability_alerts: GraphAlerts | None = None
    search: "GraphNodes | None" = None


class GraphNodes(msgspec.Struct, gc=False, rename="camel"):
    """Repositories that a search returns."""

    nodes: msgspec.Raw = ABSENT


class GraphData(msgspec.Struct, gc=False, rename="camel"):
    """GraphQL's answer."""

    repository: GraphNode | None = None
    search: GraphNodes | None = None
    organization: "GraphOrganization | None" = None


class GraphOrganization(msgspec.Struct, gc=False, rename="camel"):
    """An organisation with its repositories."""

    repositories: GraphNodes | None = None


def as_rest(alert: GraphAlert) -> Alert:
    """A GraphQL alert in the shape of the REST interface."""
    weakness = alert.security_vulnerability or GraphWeakness()
    advisory = weakness.advisory or GraphAdvisory()
    names = [each.value for each in advisory.identifiers or () if each and each.value]
    return Alert(
        state=(alert.state or "").lower() or None,
        dependency=Dependency(weakness.package, _manifest(alert)),
        security_advisory=Advisory(
            ghsa_id=next((name for name in names if name.startswith("GHSA-")), None),
            cve_id=next((name for name in names if name.startswith("CVE-")), None),
            summary=advisory.summary,
            identifiers=advisory.identifiers,
            cvss=advisory.cvss,
            withdrawn_at=advisory.withdrawn_at,
        ),
        security_vulnerability=Weakness(
            weakness.package, weakness.severity, weakness.first_patched_version
        ),
        created_at=alert.created_at,
        fixed_at=alert.fixed_at,
        dismissed_at=alert.dismissed_at,
        dismissed_reason=alert.dismiss_reason,
        auto_dismissed_at=alert.auto_dismissed_at,
    )


def _manifest(alert: GraphAlert) -> str | None:
    return alert.vulnerable_manifest_path or alert.vulnerable_manifest_filename
