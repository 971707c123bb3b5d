"""The parts of a CycloneDX BOM that are read, and what its references stand for."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from protem.formats.products import is_package, product_of
from protem.formats.targets import image_target

_LINK = "urn:cdx:"
_PLACES = frozenset({"application", "container", "device", "firmware", "platform"})


class Party(msgspec.Struct, gc=False):
    """A person or organisation."""

    name: str | None = None


class Component(msgspec.Struct, gc=False):
    """A product or a part of one."""

    ref: str | None = msgspec.field(default=None, name="bom-ref")
    type: str | None = None
    group: str | None = None
    name: str | None = None
    purl: str | None = None
    components: list["Component | None"] | None = None


class Metadata(msgspec.Struct, gc=False):
    """Whose document it is, of when, and about which product."""

    timestamp: str | None = None
    authors: list[Party | None] | None = None
    manufacturer: Party | None = None
    manufacture: Party | None = None
    supplier: Party | None = None
    component: Component | None = None

    @property
    def author(self) -> str:
        """Who says it; empty where nobody is named."""
        parties = [*(self.authors or ()), self.manufacturer, self.manufacture, self.supplier]
        return next((one.name for one in parties if one is not None and one.name), "")


class Analysis(msgspec.Struct, gc=False, rename="camel"):
    """What somebody found out about a vulnerability in a product."""

    state: str | None = None
    justification: str | None = None
    response: list[str | None] | None = None
    detail: str | None = None
    first_issued: str | None = None
    last_updated: str | None = None


class Version(msgspec.Struct, gc=False):
    """A version, or a range of them, and whether it is affected."""

    version: str | None = None
    range: str | None = None
    status: str | None = None


class Affected(msgspec.Struct, gc=False):
    """A reference to what a vulnerability is about."""

    ref: str | None = None
    versions: list[Version | None] | None = None


class Reference(msgspec.Struct, gc=False):
    """Another name of the same vulnerability."""

    id: str | None = None


class Vulnerability(msgspec.Struct, gc=False):
    """A vulnerability, and what was found out about it."""

    id: str | None = None
    references: list[Reference | None] | None = None
    analysis: Analysis | None = None
    affects: list[Affected | None] | None = None


class Document(msgspec.Struct, gc=False, rename="camel"):
    """A BOM."""

    serial_number: str | None = None
    metadata: Metadata | None = None
    components: list[Component | None] | None = None
    vulnerabilities: list[Vulnerability | None] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """An asset's name and a package URL; one of them may be empty."""

    product: str
    purl: str


class Places:
    """What the references of a document stand for."""

    def __init__(self, document: Document) -> None:
        metadata = document.metadata or Metadata()
        self._product = _named(metadata.component)
        self._own = f"{_LINK}{(document.serial_number or '').removeprefix('urn:uuid:')}/"
        self._known = dict(self._all(metadata.component, document.components or []))

    def of(self, ref: str) -> Place | None:
        """The place that ``ref`` names; ``None`` where the document does not tell.

        A link into another BOM is about the document's own product where it names one, else
        about that BOM's, of which only the address is known.
        """
        if ref in self._known:
            return self._known[ref]
        product, purl = self._product, ref
        if ref.startswith(_LINK):
            bom, _, part = ref.partition("#")
            part = unquote(part) if not part.startswith("pkg:") else part
            if bom.startswith(self._own):
                return self._known.get(part)
            product, purl = product or bom, part
        if is_package(purl):
            return Place(product, purl)
        return Place(product_of(purl), "") if purl.startswith("pkg:") else None

    def _all(
        self, root: Component | None, components: list[Component | None]
    ) -> Iterator[tuple[str, Place | None]]:
        """Every reference with its place; a part belongs to the nearest product around it."""
        waiting = [(one, self._product) for one in components if one is not None]
        if root is not None:
            purl = root.purl or ""
            alone = Place("", purl) if is_package(purl) else Place(self._product, "")
            yield from _once(root, alone)
            waiting += [(one, self._product) for one in root.components or () if one]
        while waiting:
            one, around = waiting.pop()
            if one.purl and is_package(one.purl):
                yield from _once(one, Place(around, one.purl))
                name = ""
            else:
                name = _named(one) if one.purl or one.type in _PLACES else ""
                yield from _once(one, Place(name, "") if name else None)
            waiting += [(part, name or around) for part in one.components or () if part]


def _once(one: Component, place: Place | None) -> Iterator[tuple[str, Place | None]]:
    if one.ref:
        yield one.ref, place


def _named(one: Component | None) -> str:
    if one is None:
        return ""
    if one.purl:
        return product_of(one.purl)
    if one.type == "container" and one.name:
        return image_target(one.name).partition(":")[2]
    return "/".join(part for part in (one.group, one.name) if part)
