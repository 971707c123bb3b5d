"""Trivy's JSON: images, file systems, repositories and clusters.

Traps: ``Status: fixed`` says that a fix exists, the finding is open. The operating system in
``Target`` moves with every point release. Reports carry one date, that of the scan, and not
even that before 0.48. ``Fingerprint`` hashes digest and version, so it is no identity.
"""

import re
from collections.abc import Iterator

from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import decode_views
from protem.formats.records import AssetKind, Record, Scan
from protem.formats.skips import Skips
from protem.formats.targets import (
    image_target,
    is_archive,
    is_digest,
    repository_target,
    without_system,
)
from protem.formats.tools._trivy_findings import EXPECTED, findings_of, shows_unfixed
from protem.formats.tools._trivy_report import (
    Metadata,
    Report,
    Resource,
    Result,
)

TOOL = "trivy"

_IMAGE = "container_image"
_CLUSTER = re.compile(r'\s*\{\s*"ClusterName"\s*:')


def sniff(head: bytes) -> bool:
    """Whether it is a report, a cluster's report, or the bare list of results of old."""
    if not starts_json(head):
        return False
    text = text_of(head)
    if text.lstrip().startswith("["):
        return '"Target"' in text and '"Vulnerabilities"' in text
    if _CLUSTER.match(text):
        return True
    return '"ArtifactName"' in text and ('"SchemaVersion"' in text or '"ArtifactType"' in text)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the image, checkout or cluster, then its findings."""
    report: Report | list[Result | None] = decode_views(
        file,
        Report | list[Result | None],  # type: ignore[arg-type] # msgspec takes unions
        expected=EXPECTED,
    )
    if isinstance(report, list):
        report = Report(results=report, artifact_type=_kind_of_old(report))
    skips = Skips()
    placed = list(_placed(report))
    if not placed and report.artifact_name is None and report.cluster_name is None:
        raise FormatError("there are no results", where=file.name, remedy=f"export {EXPECTED}")
    scan = _scan(report, placed, file=file, skips=skips)
    yield scan
    for where, result in placed:
        yield from findings_of(result, file=file, target=scan.target, within=where, skips=skips)
    yield from skips.records()


def _kind_of_old(results: list[Result | None]) -> str:
    return (
        _IMAGE
        if any(r and r.target and without_system(r.target) != r.target for r in results)
        else ""
    )


def _placed(report: Report) -> Iterator[tuple[str, Result]]:
    """Each result with the cluster's object it belongs to, if any."""
    for result in report.results or ():
        if result is not None:
            yield "", result
    for resource in _resources(report):
        named = (resource.namespace, resource.kind, resource.name)
        where = "/".join(part for part in named if part)
        for result in resource.results or ():
            if result is not None:
                yield where, result


def _resources(report: Report) -> Iterator[Resource]:
    for listed in (report.resources, report.vulnerabilities, report.misconfigurations):
        yield from (resource for resource in listed or () if resource is not None)


def _scan(
    report: Report, placed: list[tuple[str, Result]], *, file: ExportFile, skips: Skips
) -> Scan:
    kind, target = _target(report, placed)
    failed = [resource.error for resource in _resources(report) if resource.error]
    return Scan(
        tool=TOOL,
        target=target,
        kind=kind,
        name=target.partition(":")[2],
        as_of=skips.instant(parse_instant(report.created_at), "CreatedAt"),
        is_complete=not failed,
        problem=f"{len(failed)} objects could not be scanned: {failed[0]}" if failed else "",
        proves_absence=bool(target.partition(":")[2]),
        has_scope_evidence=bool(placed),
        shows_unfixed=any(shows_unfixed(result, file) for _, result in placed),
    )


def _target(report: Report, placed: list[tuple[str, Result]]) -> tuple[AssetKind, str]:
    if report.cluster_name is not None:
        return AssetKind.OTHER, f"cluster:{report.cluster_name}"
    if report.artifact_type != _IMAGE:
        return AssetKind.REPOSITORY, repository_target(report.artifact_name or ".")
    names = [name for name in _image_names(report, placed) if name]
    named = (name for name in names if not is_archive(name) and not is_digest(name))
    return AssetKind.IMAGE, image_target(next(named, names[0] if names else ""))


def _image_names(report: Report, placed: list[tuple[str, Result]]) -> Iterator[str | None]:
    """The names of the image, best first: an archive's report carries them further down."""
    about = report.metadata or Metadata()
    yield report.artifact_name
    yield about.reference
    yield from about.repo_tags or ()
    yield from about.repo_digests or ()
    for _, result in placed:
        plain = without_system(result.target or "")
        if plain != result.target:
            yield plain


FORMAT = Format(
    name=TOOL,
    title="Trivy (JSON)",
    example="trivy image --format json --output trivy.json registry.example/app:1.2",
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)
