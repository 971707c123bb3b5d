"""The parts of Trivy's JSON that are read."""

from collections.abc import Iterator

import msgspec

from protem.formats.format import ExportFile
from protem.formats.jsonviews import ABSENT, ElementOf, Elements, elements

EXPECTED = "Trivy's JSON (trivy image --format json)"


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


class Result(msgspec.Struct, gc=False, rename="pascal"):
    """What was found in one file, or in the packages of the operating system."""

    target: str | None = None
    kind: str | None = msgspec.field(default=None, name="Class")
    type: str | None = None
    vulnerabilities: msgspec.Raw = ABSENT
    misconfigurations: msgspec.Raw = ABSENT
    secrets: msgspec.Raw = ABSENT
    licenses: msgspec.Raw = ABSENT


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
    results: msgspec.Raw = ABSENT


class Report(msgspec.Struct, gc=False, rename="pascal"):
    """All shapes of report in one."""

    created_at: str | None = None
    artifact_name: str | None = None
    artifact_type: str | None = None
    metadata: Metadata | None = None
    results: msgspec.Raw = ABSENT
    old_results: msgspec.Raw = msgspec.field(default=ABSENT, name="")
    """Old reports are a bare list of results."""
    cluster_name: str | None = None
    resources: msgspec.Raw = ABSENT
    vulnerabilities: msgspec.Raw = ABSENT
    misconfigurations: msgspec.Raw = ABSENT


_RESULT: ElementOf[Result | None] = ElementOf(Result | None)
_RESOURCE: ElementOf[Resource | None] = ElementOf(Resource | None)


class Places:
    """The results of a report and where they belong, gone through as often as asked."""

    def __init__(self, report: Report, file: ExportFile) -> None:
        self._file = file
        self._results = self._listed(report.results) or self._listed(report.old_results)
        parts = (report.resources, report.vulnerabilities, report.misconfigurations)
        where = f"{file.name}, Resources"
        self._resources = [
            elements(part, _RESOURCE, where=where, expected=EXPECTED) or () for part in parts
        ]

    def __iter__(self) -> Iterator[tuple[str, Result]]:
        """Each result with the cluster's object it belongs to, if any."""
        for result in self._results or ():
            if result is not None:
                yield "", result
        for resource in self.resources():
            named = (resource.namespace, resource.kind, resource.name)
            within = "/".join(part for part in named if part)
            for result in self._listed(resource.results) or ():
                if result is not None:
                    yield within, result

    def resources(self) -> Iterator[Resource]:
        """The objects of a cluster."""
        for listed in self._resources:
            yield from (resource for resource in listed if resource is not None)

    def _listed(self, part: msgspec.Raw) -> Elements[Result | None] | None:
        where = f"{self._file.name}, Results"
        return elements(part, _RESULT, where=where, expected=EXPECTED)
