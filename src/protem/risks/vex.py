"""Writing VEX documents: OpenVEX 0.2.0 and CycloneDX 1.5."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from protem import __version__
from protem.formats.advisories import Exploitability
from protem.formats.products import purl_of_package
from protem.risks.claims import Claim, Claims, Product
from protem.risks.justifications import TO_CYCLONEDX, TO_OPENVEX

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_CONTEXT = "https://openvex.dev/ns/v0.2.0"


class VexFormat(StrEnum):
    """The kinds of document that can be written."""

    OPENVEX = "openvex"
    CYCLONEDX = "cyclonedx"


def vex_text(claims: Claims, form: VexFormat) -> str:
    """The document as the text of a file."""
    made = openvex(claims) if form is VexFormat.OPENVEX else cyclonedx(claims)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def openvex(claims: Claims) -> dict[str, Any]:
    """An OpenVEX document: a statement a claim."""
    return {
        "@context": _CONTEXT,
        "@id": f"urn:uuid:{claims.serial}",
        "author": claims.author,
        "timestamp": _instant(claims.made_at),
        "version": _version(claims),
        "tooling": f"Protem {__version__}",
        "statements": [_statement(claim) for claim in claims.said],
    }


def cyclonedx(claims: Claims) -> dict[str, Any]:
    """A CycloneDX document: products with the parts that are spoken of, and analyses."""
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{claims.serial}",
        "version": _version(claims),
        "metadata": {
            "timestamp": _instant(claims.made_at),
            "tools": {
                "components": [
                    {"type": "application", "name": "Protem", "version": __version__}
                ]
            },
            "authors": [{"name": claims.author}],
        },
        "components": _components(claims.said),
        "vulnerabilities": [
            {
                "id": claim.vulnerability,
                "analysis": _analysis(claim),
                "affects": [{"ref": _ref(claim)}],
            }
            for claim in claims.said
        ],
    }


def _statement(claim: Claim) -> dict[str, Any]:
    parts = [_named(_package(claim))] if claim.package else []
    products = parts
    if claim.product:
        whole = _named(claim.product.purl)
        products = [whole | {"subcomponents": parts}] if parts else [whole]
    return {
        "vulnerability": {"name": claim.vulnerability},
        "timestamp": _instant(claim.stated_at),
        "products": products,
        "status": claim.status.value,
        **_why(claim),
    }


def _why(claim: Claim) -> dict[str, str]:
    """OpenVEX wants a justification or an impact statement, and not both."""
    if claim.status is Exploitability.AFFECTED:
        return {"action_statement": _accepted(claim), "status_notes": claim.reason}
    word = TO_OPENVEX.get(claim.justification, claim.justification)
    if word in TO_CYCLONEDX:
        return {"justification": word, "status_notes": claim.reason}
    return {"impact_statement": claim.reason}


def _analysis(claim: Claim) -> dict[str, Any]:
    stated = {
        "firstIssued": _instant(claim.stated_at),
        "lastUpdated": _instant(claim.stated_at),
    }
    if claim.status is Exploitability.AFFECTED:
        detail = f"{_accepted(claim)} {claim.reason}"
        return {
            "state": "exploitable",
            "response": ["will_not_fix"],
            "detail": detail,
            **stated,
        }
    word = TO_CYCLONEDX.get(claim.justification, claim.justification)
    why = {"justification": word} if word in TO_OPENVEX else {}
    return {"state": "not_affected", **why, "detail": claim.reason, **stated}


def _components(said: list[Claim]) -> list[dict[str, Any]]:
    products: dict[Product | None, dict[str, dict[str, Any]]] = {}
    for claim in said:
        parts = products.setdefault(claim.product, {})
        if claim.package:
            parts[_ref(claim)] = _library(claim)
    made = list(products.pop(None, {}).values())
    for product, inner in products.items():
        if product is not None:
            made.append(_whole(product, list(inner.values())))
    return made


def _whole(product: Product, parts: list[dict[str, Any]]) -> dict[str, Any]:
    whole = {
        "type": "container" if product.is_image else "application",
        "bom-ref": product.purl,
        "name": product.name,
        "purl": product.purl,
    }
    return whole | {"components": parts} if parts else whole


def _library(claim: Claim) -> dict[str, Any]:
    version = {"version": claim.version} if claim.version else {}
    return {
        "type": "library",
        "bom-ref": _ref(claim),
        "name": claim.package.partition("/")[2],
        **version,
        "purl": _package(claim),
    }


def _ref(claim: Claim) -> str:
    parts = [claim.product.purl] if claim.product else []
    return " ".join([*parts, _package(claim)] if claim.package else parts)


def _package(claim: Claim) -> str:
    return purl_of_package(claim.package, claim.version)


def _named(purl: str) -> dict[str, Any]:
    return {"@id": purl, "identifiers": {"purl": purl}}


def _accepted(claim: Claim) -> str:
    return f"The risk is accepted until {claim.accepted_until}."


def _version(claims: Claims) -> int:
    """Each document's version is higher than that of those made before it."""
    return max(1, int((claims.made_at - _EPOCH).total_seconds()))


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
