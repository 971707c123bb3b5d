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
from protem.formats.jsonviews import ABSENT, decode_views
from protem.formats.records import AssetKind, Record, Scan
from protem.formats.skips import Skips
from protem.formats.targets import (
    image_target,
    is_archive,
    is_digest,
    is_named,
    repository_target,
    without_system,
)
from protem.formats.tools._trivy_findings import findings_of, shows_unfixed
from protem.formats.tools._trivy_report import EXPECTED, Metadata, Places, Report

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
    report = decode_views(file, Report, expected=EXPECTED, bare="old_results")
    places = Places(report, file)
    if report.old_results is not ABSENT:
        report.artifact_type = _kind_of_old(places)
    skips = Skips()
    is_there, shows = _looked_at(places, file)
    if not is_there and report.artifact_name is None and report.cluster_name is None:
        raise FormatError("there are no results", where=file.name, remedy=f"export {EXPECTED}")
    scan = _scan(report, places, is_there=is_there, shows_unfixed=shows, skips=skips)
    yield scan
    for where, result in places:
        yield from findings_of(result, file=file, target=scan.target, within=where, skips=skips)
    yield from skips.records()


def _kind_of_old(places: Places) -> str:
    is_image = any(
        result.target and without_system(result.target) != result.target for _, result in places
    )
    return _IMAGE if is_image else ""


def _looked_at(places: Places, file: ExportFile) -> tuple[bool, bool]:
    """Whether there are results, and whether a flaw without a fix is among them."""
    is_there = False
    for _, result in places:
        is_there = True
        if shows_unfixed(result, file):
            return True, True
    return is_there, False


def _scan(
    report: Report, places: Places, *, is_there: bool, shows_unfixed: bool, skips: Skips
) -> Scan:
    kind, target = _target(report, places)
    failed = [resource.error for resource in places.resources() if resource.error]
    return Scan(
        tool=TOOL,
        target=target,
        kind=kind,
        name=target.partition(":")[2],
        as_of=skips.instant(parse_instant(report.created_at), "CreatedAt"),
        is_complete=not failed,
        problem=f"{len(failed)} objects could not be scanned: {failed[0]}" if failed else "",
        is_target_known=is_named(target),
        has_scope_evidence=is_there,
        shows_unfixed=shows_unfixed,
    )


def _target(report: Report, places: Places) -> tuple[AssetKind, str]:
    if report.cluster_name is not None:
        return AssetKind.OTHER, f"cluster:{report.cluster_name}"
    if report.artifact_type != _IMAGE:
        return AssetKind.REPOSITORY, repository_target(report.artifact_name or ".")
    first = ""
    for name in filter(None, _image_names(report, places)):
        if not is_archive(name) and not is_digest(name):
            return AssetKind.IMAGE, image_target(name)
        first = first or name
    return AssetKind.IMAGE, image_target(first)


def _image_names(report: Report, places: Places) -> Iterator[str | None]:
    """The names of the image, best first: an archive's report carries them further down."""
    about = report.metadata or Metadata()
    yield report.artifact_name
    yield about.reference
    yield from about.repo_tags or ()
    yield from about.repo_digests or ()
    for _, result in places:
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
