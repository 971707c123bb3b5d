"""OpenVEX documents: what a supplier says of vulnerabilities in products.

A product with subcomponents is the asset, its subcomponents are the packages. A product that is
itself a package of a language or system stands for that package wherever it is. ``fixed`` is a
claim, not a proof; ``affected`` and ``under_investigation`` change nothing.
"""

from collections.abc import Iterator

import msgspec

from protem.formats.advisories import Exploitability, Statement
from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import starts_json, text_of
from protem.formats.jsonviews import ABSENT, ElementOf, decode_views, elements
from protem.formats.products import is_package, product_of, version_of
from protem.formats.purl import package_of
from protem.formats.records import Record, Scan
from protem.formats.skips import Skips
from protem.formats.vulnerability import canonical

TOOL = "openvex"
_EXPECTED = "an OpenVEX document (JSON)"
_STATUSES = {one.value: one for one in Exploitability}


class _Thing(msgspec.Struct, gc=False):
    id: str | None = msgspec.field(default=None, name="@id")
    identifiers: dict[str, str | None] | None = None
    subcomponents: list["_Thing | None"] | None = None


class _Flaw(msgspec.Struct, gc=False):
    id: str | None = msgspec.field(default=None, name="@id")
    name: str | None = None
    aliases: list[str | None] | None = None


class _Statement(msgspec.Struct, gc=False):
    vulnerability: _Flaw | None = None
    timestamp: str | None = None
    products: list[_Thing | None] | None = None
    status: str | None = None
    justification: str | None = None
    impact_statement: str | None = None
    status_notes: str | None = None


class _Document(msgspec.Struct, gc=False):
    author: str | None = None
    timestamp: str | None = None
    statements: msgspec.Raw = ABSENT


_STATEMENT: ElementOf[_Statement | None] = ElementOf(_Statement | None)


def sniff(head: bytes) -> bool:
    """Whether its context is OpenVEX's."""
    return starts_json(head) and "openvex.dev/ns" in text_of(head)


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the document, then a statement a vulnerability and product."""
    document = decode_views(file, _Document, expected=_EXPECTED)
    where = f"{file.name}, statements"
    statements = elements(document.statements, _STATEMENT, where=where, expected=_EXPECTED)
    if statements is None:
        raise FormatError(
            "there are no statements", where=file.name, remedy=f"give {_EXPECTED}"
        )
    skips = Skips()
    issued = skips.instant(parse_instant(document.timestamp or ""), "timestamp")
    yield Scan(
        tool=TOOL,
        target=f"register:{TOOL}",
        name="VEX",
        as_of=issued,
        proves_absence=False,
    )
    for one in statements:
        if one is not None:
            yield from _stated(one, document, skips)
    yield from skips.records()


def _stated(one: _Statement, document: _Document, skips: Skips) -> Iterator[Statement]:
    flaw = one.vulnerability or _Flaw()
    aliases = [alias for alias in flaw.aliases or () if alias]
    name = canonical(flaw.name or (flaw.id or "").rpartition("/")[2], aliases)
    status = _STATUSES.get(one.status or "")
    if not name or status is None:
        skips.add("statement without a vulnerability or a known status")
        return
    stated_at = skips.instant(
        parse_instant(one.timestamp or document.timestamp or ""), "timestamp"
    )
    for product, component in _places(one, skips):
        yield Statement(
            vulnerability=name,
            status=status,
            product=product,
            component=package_of(component) if component else "",
            version=version_of(component),
            justification=one.justification or "",
            detail=one.impact_statement or one.status_notes or "",
            author=document.author or "",
            stated_at=stated_at,
        )


def _places(one: _Statement, skips: Skips) -> Iterator[tuple[str, str]]:
    """Pairs of an asset's name and a package URL; one of them may be empty."""
    for product in one.products or ():
        called = _called(product)
        if product is None or not called:
            skips.add("product without a name")
            continue
        parts = [name for part in product.subcomponents or () if (name := _called(part))]
        if not parts and is_package(called):
            yield "", called
        elif parts:
            yield from ((product_of(called), part) for part in parts)
        else:
            yield product_of(called), ""


def _called(thing: _Thing | None) -> str:
    if thing is None:
        return ""
    return (thing.identifiers or {}).get("purl") or thing.id or ""


FORMAT = Format(
    name=TOOL,
    title="OpenVEX (JSON)",
    example="the VEX document of a supplier, or of vexctl create",
    feeds=(Feeds.MTTR,),
    sniff=sniff,
    parse=parse,
)
