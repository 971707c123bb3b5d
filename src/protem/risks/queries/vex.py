"""The company's decisions as VEX documents can say them.

What suppliers say is theirs to say, and is left out. A rule on a vulnerability in a package,
an asset or both is said as it is and holds for later findings too; anything else is said
finding by finding, and never more widely than it was decided.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.crypto import salted_hmac

from protem.formats.advisories import Exploitability
from protem.formats.products import is_package, purl_of_product
from protem.formats.records import AssetKind
from protem.ledger import bulk
from protem.ledger.cuts import Cut
from protem.ledger.models import Asset, AssetRecord, Finding, Scope
from protem.people import queries as people
from protem.people.access import Act, Actor, authorise
from protem.risks.claims import Claim, Claims, Product
from protem.risks.models import FindingDecision, Kind
from protem.risks.queries.decisions import covers_of, standing_at
from protem.risks.rules import DecisionError

_SUPPLIERS = frozenset({"openvex", "cyclonedx-vex"})
_GITHUB = "github-dependabot"
_STATUS = {
    Kind.FALSE_POSITIVE: Exploitability.NOT_AFFECTED,
    Kind.ACCEPTED: Exploitability.AFFECTED,
}


def claims(by: Actor, *, at: datetime, author: str = "", cut: Cut | None = None) -> Claims:
    """What is said at ``at``, of all assets or of those of a cut.

    Raises:
        Refused: ``by`` may not see it.
        DecisionError: There is nothing to say, or nobody to say it.
    """
    authorise(by, Act.SEE)
    author = author.strip() or people.company_name()
    if not author:
        raise DecisionError(
            "nobody is named as the author", remedy="give --author, or name the company"
        )
    own = [one for one in standing_at(at) if not _is_suppliers(one)]
    whole = [one for one in own if cut is None and _is_sayable(one)]
    products = _Products()
    said = [_said(one, _subject(one, products)) for one in whole]
    spoken = {one.pk for one in whole}
    left_out = 0
    for place in _places(covers_of(own), cut):
        found = place.claimed(spoken, products)
        said += found
        left_out += 0 if found else place.unsaid(spoken)
    if not said:
        raise DecisionError(
            "no decision in force can be said in a VEX document",
            remedy="it speaks of false positives and accepted risks: protem exceptions list",
        )
    return Claims(
        author=author,
        serial=_serial(cut),
        made_at=at,
        said=sorted(said, key=_in_order),
        left_out=left_out,
    )


@dataclass(frozen=True, slots=True)
class _Subject:
    vulnerability: str
    product: Product | None
    package: str
    version: str = ""


@dataclass(slots=True)
class _Place:
    """All findings that a statement on one package in one asset would cover."""

    vulnerability: str
    asset: str
    kind: str
    package: str
    rulings: list[FindingDecision | None] = field(default_factory=list)
    """The decision on each finding; None where there is none."""
    own: list[FindingDecision] = field(default_factory=list)
    """Those on findings of just this package."""

    def claimed(self, spoken: set[int], products: "_Products") -> list[Claim]:
        """What can be said of them all: nothing if it was said already, or would be wrong."""
        ruling = self._ruling()
        if ruling is None or all(one and one.pk in spoken for one in self.rulings):
            return []
        product = products.named(self.asset, self.kind)
        return [_said(ruling, _Subject(self.vulnerability, product, self.package))]

    def unsaid(self, spoken: set[int]) -> int:
        """How many false positives among them nothing was said of."""
        false = [one for one in self.own if one.kind == Kind.FALSE_POSITIVE]
        return sum(one.pk not in spoken for one in false)

    def _ruling(self) -> FindingDecision | None:
        counted = [one for one in self.rulings if not one or one.kind != Kind.DUPLICATE]
        false = [one for one in counted if one and one.kind == Kind.FALSE_POSITIVE]
        if false:
            return false[0] if len(false) == len(counted) else None
        return next((one for one in counted if one), None)


class _Products:
    """Package URLs of assets."""

    def __init__(self) -> None:
        named = Scope.objects.filter(tool=_GITHUB).values_list(
            "record__name", "record__asset__name"
        )
        self._on_github = {name for names in named for name in names if name}

    def named(self, name: str, kind: str) -> Product:
        """The product that an asset is."""
        is_image = kind == AssetKind.IMAGE
        purl = purl_of_product(name, is_image=is_image, is_on_github=name in self._on_github)
        return Product(purl=purl, name=name, is_image=is_image)


def _is_suppliers(decision: FindingDecision) -> bool:
    return decision.run is not None and decision.run.format in _SUPPLIERS


def _is_sayable(decision: FindingDecision) -> bool:
    """Whether a rule can be said as it stands, later findings included."""
    limits = decision.asset_group or decision.severity_at_most is not None
    if decision.kind != Kind.FALSE_POSITIVE or not decision.vulnerability or limits:
        return False
    if decision.component:
        return is_package(decision.component)
    return bool(decision.asset) and not decision.version


def _subject(decision: FindingDecision, products: _Products) -> _Subject:
    product = None
    if decision.asset:
        named = {"name": decision.asset}
        known = (
            Asset.objects.filter(**named).first() or AssetRecord.objects.filter(**named).first()
        )
        product = products.named(decision.asset, known.kind if known else "")
    return _Subject(decision.vulnerability, product, decision.component, decision.version)


def _said(decision: FindingDecision, subject: _Subject) -> Claim:
    return Claim(
        vulnerability=subject.vulnerability,
        status=_STATUS[Kind(decision.kind)],
        product=subject.product,
        package=subject.package,
        version=subject.version,
        justification=decision.justification,
        reason=decision.reason,
        accepted_until=decision.expires_on,
        stated_at=decision.decided_at,
    )


def _places(covers: Mapping[int, FindingDecision], cut: Cut | None) -> Iterator[_Place]:
    """Every place in which some finding is covered, with all that is found there."""
    within = None if cut is None else _assets_of(cut)
    for found in _together(covers):
        if within is not None and found[0][2] not in within:
            continue
        places: dict[str, _Place] = {}
        for finding_id, component, asset, kind, vulnerability in found:
            package = component if is_package(component) else ""
            if (ruling := covers.get(finding_id)) is not None:
                place = places.setdefault(package, _Place(vulnerability, asset, kind, package))
                place.own.append(ruling)
        for package, place in places.items():
            meant = [row for row in found if package in {"", row[1]}]
            place.rulings = [covers.get(row[0]) for row in meant]
            yield place


_Row = tuple[int, str, str, str, str]


def _together(covers: Mapping[int, FindingDecision]) -> Iterator[list[_Row]]:
    """Findings of the covered vulnerabilities, those of one and the same asset together."""
    names: set[str] = set()
    for chunk in bulk.chunks(list(covers)):
        found = Finding.objects.filter(pk__in=chunk)
        names.update(found.values_list("vulnerability", flat=True))
    for some in bulk.chunks(sorted(names)):
        together: dict[tuple[str, str], list[_Row]] = defaultdict(list)
        rows = Finding.objects.filter(vulnerability__in=some).order_by("pk")
        for one in rows.select_related("record__asset"):
            known = one.record.asset or one.record
            row = (one.pk, one.component, known.name, known.kind, one.vulnerability)
            together[one.vulnerability, known.name].append(row)
        yield from together.values()


def _assets_of(cut: Cut) -> set[str]:
    return set(Asset.objects.filter(**{cut.by.value: cut.value}).values_list("name", flat=True))


def _serial(cut: Cut | None) -> UUID:
    """Derived from the instance's own secret: no two companies' documents share one."""
    made = salted_hmac("protem.risks.vex", str(cut or ""), algorithm="sha256").digest()
    return UUID(bytes=made[:16], version=4)


def _in_order(claim: Claim) -> tuple[str, ...]:
    purl = claim.product.purl if claim.product else ""
    return claim.vulnerability, purl, claim.package, claim.version
