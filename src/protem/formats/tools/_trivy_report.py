"""The parts of Trivy's JSON that are read."""

import msgspec


class Score(msgspec.Struct, gc=False):
    """The CVSS scores of one source."""

    v3: float | None = msgspec.field(default=None, name="V3Score")
    v4: float | None = msgspec.field(default=None, name="V40Score")


class Identifier(msgspec.Struct, gc=False):
    """How Trivy names a package."""

    purl: str | None = msgspec.field(default=None, name="PURL")


class Vulnerability(msgspec.Struct, gc=False, rename="pascal"):
    """A flaw in a package."""

    id: str | None = msgspec.field(default=None, name="VulnerabilityID")
    vendor_ids: list[str | None] | None = msgspec.field(default=None, name="VendorIDs")
    pkg_name: str | None = None
    pkg_path: str | None = None
    pkg_identifier: Identifier | None = None
    installed_version: str | None = None
    fixed_version: str | None = None
    status: str | None = None
    severity: str | None = None
    severity_source: str | None = None
    title: str | None = None
    url: str | None = msgspec.field(default=None, name="PrimaryURL")
    scores: dict[str, Score | None] | None = msgspec.field(default=None, name="CVSS")


class Fixability(msgspec.Struct, gc=False, rename="pascal"):
    """All of a vulnerability that says whether there is a fix."""

    fixed_version: str | None = None
    status: str | None = None


class Cause(msgspec.Struct, gc=False, rename="pascal"):
    """What a misconfiguration is about."""

    resource: str | None = None


class Misconfiguration(msgspec.Struct, gc=False, rename="pascal"):
    """A check and whether it passed."""

    id: str | None = msgspec.field(default=None, name="ID")
    title: str | None = None
    severity: str | None = None
    status: str | None = None
    url: str | None = msgspec.field(default=None, name="PrimaryURL")
    cause_metadata: Cause | None = None


class Secret(msgspec.Struct, gc=False, rename="pascal"):
    """A secret in a file. ``Match`` and ``Code`` hold the secret's surroundings: never read."""

    rule_id: str | None = msgspec.field(default=None, name="RuleID")
    title: str | None = None
    severity: str | None = None


class License(msgspec.Struct, gc=False):
    """A licence, which is only counted."""


class Result(msgspec.Struct, gc=False, rename="pascal"):
    """What was found in one file, or in the packages of the operating system."""

    target: str | None = None
    kind: str | None = msgspec.field(default=None, name="Class")
    type: str | None = None
    vulnerabilities: list[msgspec.Raw] | None = None
    """Each a ``Vulnerability``: the long list, decoded one at a time."""
    misconfigurations: list[Misconfiguration | None] | None = None
    secrets: list[Secret | None] | None = None
    licenses: list[License | None] | None = None


class Metadata(msgspec.Struct, gc=False, rename="pascal"):
    """What is known of an image."""

    repo_tags: list[str | None] | None = None
    repo_digests: list[str | None] | None = None
    reference: str | None = None


class Resource(msgspec.Struct, gc=False, rename="pascal"):
    """One object of a cluster and its results."""

    namespace: str | None = None
    kind: str | None = None
    name: str | None = None
    error: str | None = None
    results: list[Result | None] | None = None


class Report(msgspec.Struct, gc=False, rename="pascal"):
    """All shapes of report in one; old ones are a bare list of results."""

    created_at: str | None = None
    artifact_name: str | None = None
    artifact_type: str | None = None
    metadata: Metadata | None = None
    results: list[Result | None] | None = None
    cluster_name: str | None = None
    resources: list[Resource | None] | None = None
    vulnerabilities: list[Resource | None] | None = None
    misconfigurations: list[Resource | None] | None = None
