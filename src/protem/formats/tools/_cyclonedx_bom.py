"""The parts of a CycloneDX BOM that are read, and what its references stand for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from protem.formats.jsonviews import ABSENT, ElementOf
from protem.formats.numbertable import NumberTable
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
    components: msgspec.Raw = ABSENT
    vulnerabilities: msgspec.Raw = ABSENT


COMPONENT: ElementOf[Component | None] = ElementOf(Component | None)
VULNERABILITY: ElementOf[Vulnerability | None] = ElementOf(Vulnerability | None)


@dataclass(frozen=True, slots=True)
class Place:
    """An asset's name and a package URL; one of them may be empty."""

    product: str
    purl: str


class References:
    """Which references a document makes: what else it lists need not be kept."""

    def __init__(self) -> None:
        self._made = NumberTable()

    def add(self, ref: str) -> None:
        """Take a reference in; of a link, the part that it names."""
        for name in {ref, *_parts_of(ref)}:
            self._made[hash(name)] = 1

    def __contains__(self, ref: str) -> bool:
        return self._made.get(hash(ref)) is not None


class Places:
    """What the references of a document stand for.

    ``components`` are those listed beside the product itself; of all, only those that
    ``wanted`` holds are kept.
    """

    def __init__(
        self, document: Document, components: Iterable[Component | None], wanted: References
    ) -> None:
        metadata = document.metadata or Metadata()
        self._product = _named(metadata.component)
        self._own = f"{_LINK}{(document.serial_number or '').removeprefix('urn:uuid:')}/"
        self._wanted = wanted
        self._known: dict[str, Place | None] = {}
        for one in components:
            self._keep(self._tree(one))
        self._keep(self._root(metadata.component))

    def of(self, ref: str) -> Place | None:
        """The place that ``ref`` names; ``None`` where the document does not tell.

        A link into another BOM is about the document's own product where it names one, else
        about that BOM's, of which only the address is known.
        """
        if ref in self._known:
            return self._known[ref]
        product, purl = self._product, ref
        if ref.startswith(_LINK):
            bom, (part,) = ref.partition("#")[0], _parts_of(ref)
            if bom.startswith(self._own):
                return self._known.get(part)
            product, purl = product or bom, part
        if is_package(purl):
            return Place(product, purl)
        return Place(product_of(purl), "") if purl.startswith("pkg:") else None

    def _keep(self, found: Iterator[tuple[str, Place | None]]) -> None:
        """Keep what is wanted; of two of one name, the one listed first."""
        for ref, place in dict(found).items():
            self._known.setdefault(ref, place)

    def _root(self, root: Component | None) -> Iterator[tuple[str, Place | None]]:
        if root is not None:
            purl = root.purl or ""
            alone = Place("", purl) if is_package(purl) else Place(self._product, "")
            yield from self._once(root, alone)
            for one in reversed(root.components or ()):
                yield from self._tree(one)

    def _tree(self, top: Component | None) -> Iterator[tuple[str, Place | None]]:
        """Every part with its place; it belongs to the nearest product around it."""
        waiting = [(top, self._product)] if top is not None else []
        while waiting:
            one, around = waiting.pop()
            if one.purl and is_package(one.purl):
                yield from self._once(one, Place(around, one.purl))
                name = ""
            else:
                name = _named(one) if one.purl or one.type in _PLACES else ""
                yield from self._once(one, Place(name, "") if name else None)
            waiting += [(part, name or around) for part in one.components or () if part]

    def _once(self, one: Component, place: Place | None) -> Iterator[tuple[str, Place | None]]:
        if one.ref and one.ref in self._wanted:
            yield one.ref, place


def _parts_of(ref: str) -> tuple[str, ...]:
    """The part of a BOM that a link names; nothing where ``ref`` is no link."""
    if not ref.startswith(_LINK):
        return ()
    part = ref.partition("#")[2]
    return (part if part.startswith("pkg:") else unquote(part),)


def _named(one: Component | None) -> str:
    if one is None:
        return ""
    if one.purl:
        return product_of(one.purl)
    if one.type == "container" and one.name:
        return image_target(one.name).partition(":")[2]
    return "/".join(part for part in (one.group, one.name) if part)
