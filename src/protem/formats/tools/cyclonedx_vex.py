"""CycloneDX documents with analyses: VEX, VDR, and BOMs that carry them.

An analysis is read as the status of OpenVEX that says the same: ``resolved`` is a claim, not a
proof; ``exploitable`` and ``in_triage`` change nothing. A vulnerability without an analysis was
only found, and is left to the scanner that found it. Which version of a product is installed is
not known, so what is said of only some of its versions is left out.
"""

import re
from collections.abc import Iterator

from protem.formats.advisories import Exploitability, Statement
from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import decode_views, elements
from protem.formats.products import version_of
from protem.formats.purl import package_of
from protem.formats.records import Record, Scan
from protem.formats.skips import Skips
from protem.formats.tools._cyclonedx_bom import (
    COMPONENT,
    VULNERABILITY,
    Affected,
    Analysis,
    Document,
    Metadata,
    Place,
    Places,
    References,
    Vulnerability,
)
from protem.formats.vulnerability import canonical

TOOL = "cyclonedx-vex"
_EXPECTED = "a CycloneDX document with analyses (JSON)"
_MARK = re.compile(r'\{[^{}\[\]]{0,2000}"bomFormat"\s{0,20}:\s{0,20}"CycloneDX"')
"""Before it stand only plain values: it is a key of the document itself."""
_STATES = {
    "not_affected": Exploitability.NOT_AFFECTED,
    "false_positive": Exploitability.NOT_AFFECTED,
    "resolved": Exploitability.FIXED,
    "resolved_with_pedigree": Exploitability.FIXED,
    "exploitable": Exploitability.AFFECTED,
    "in_triage": Exploitability.UNDER_INVESTIGATION,
}
_SPARED = frozenset({"unaffected", None})
_RULING = frozenset({Exploitability.NOT_AFFECTED, Exploitability.FIXED})


def sniff(head: bytes) -> bool:
    """Whether the document itself says that it is CycloneDX."""
    return starts_json(head) and _MARK.match(text_of(head).lstrip()) is not None


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the document, then a statement an analysed vulnerability and place."""
    document = decode_views(file, Document, expected=_EXPECTED)
    where = f"{file.name}, vulnerabilities"
    found = elements(document.vulnerabilities, VULNERABILITY, where=where, expected=_EXPECTED)
    analysed, wanted = 0, References()
    for one in found or ():
        if one is not None and one.analysis is not None:
            analysed += 1
            for affected in one.affects or ():
                wanted.add((affected.ref if affected else None) or "")
    if found is None or not analysed:
        raise FormatError(
            "no vulnerability in it carries an analysis: it lists parts or findings",
            where=file.name,
            remedy="import the scanner's own JSON; of CycloneDX only analyses are read",
        )
    skips, metadata = Skips(), document.metadata or Metadata()
    if left := len(found) - analysed:
        skips.add("vulnerability without an analysis", left)
    yield Scan(
        tool=TOOL,
        target=f"register:{TOOL}",
        name="VEX",
        as_of=skips.instant(parse_instant(metadata.timestamp), "timestamp"),
        proves_absence=False,
    )
    where = f"{file.name}, components"
    listed = elements(document.components, COMPONENT, where=where, expected=_EXPECTED)
    places = Places(document, listed or (), wanted)
    for one in found:
        if one is not None and one.analysis is not None:
            yield from _stated(one, one.analysis, metadata, places, skips)
    yield from skips.records()


def _stated(
    one: Vulnerability, analysis: Analysis, metadata: Metadata, places: Places, skips: Skips
) -> Iterator[Statement]:
    aliases = [other.id for other in one.references or () if other and other.id]
    name, status = canonical(one.id or "", aliases), _STATES.get(analysis.state or "")
    if not name or status is None:
        skips.add("analysis without a vulnerability or a known state")
        return
    stated = analysis.last_updated or analysis.first_issued or metadata.timestamp
    stated_at = skips.instant(parse_instant(stated), "lastUpdated")
    response = ", ".join(word for word in analysis.response or () if word)
    if not one.affects:
        skips.add("analysis that names nothing affected")
    for affected in one.affects or ():
        for place, version in _versions(affected or Affected(), status, places, skips):
            yield Statement(
                vulnerability=name,
                status=status,
                product=place.product,
                component=package_of(place.purl) if place.purl else "",
                version=version,
                justification=analysis.justification or "",
                detail=analysis.detail or response,
                author=metadata.author,
                stated_at=stated_at,
            )


def _versions(
    affected: Affected, status: Exploitability, places: Places, skips: Skips
) -> Iterator[tuple[Place, str]]:
    """The place that is meant, once for each of its versions that is named."""
    place = places.of(affected.ref or "")
    if place is None:
        skips.add("reference to what has no package URL and is no product")
        return
    if not affected.versions or status not in _RULING:
        yield place, version_of(place.purl)
        return
    for one in affected.versions:
        if one is None or not place.purl or not one.version:
            skips.add("statement on a range, or on some versions of a product")
        elif one.status in _SPARED:
            yield place, one.version
        else:
            skips.add("version that is said to be affected")


FORMAT = Format(
    name=TOOL,
    title="CycloneDX VEX and VDR (JSON)",
    example="the VEX document of a supplier, or Export VEX in Dependency-Track",
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)
