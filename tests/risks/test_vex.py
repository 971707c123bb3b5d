"""Decisions as VEX documents: valid, and read back as the same decisions."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger import make

from protem import flow
from protem.formats.dates import parse_instant
from protem.formats.products import (
    is_package,
    product_of,
    purl_of_package,
    purl_of_product,
    version_of,
)
from protem.formats.purl import package_of
from protem.formats.records import AssetKind, Severity
from protem.ledger.cuts import parse_cut
from protem.ledger.models import AssetRecord, Finding
from protem.people.access import OPERATOR
from protem.risks import queries, services
from protem.risks.models import Cover, FindingDecision, Kind
from protem.risks.rules import DecisionError, Rule
from protem.risks.vex import VexFormat, vex_text

NOW = make.day(20)
WHY = "Nothing calls the parser"
IMAGE = "image:registry.example/acme/shop"
HOST = "host:db-1"
JUSTIFICATIONS = {
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
}
ANALYSES = {
    "code_not_present",
    "code_not_reachable",
    "requires_configuration",
    "requires_dependency",
    "requires_environment",
    "protected_by_compiler",
    "protected_at_runtime",
    "protected_at_perimeter",
    "protected_by_mitigating_control",
}
EACH_FORMAT = pytest.mark.parametrize("form", list(VexFormat))


@pytest.fixture
def company(db: None) -> None:  # noqa: ARG001 - opens the database
    """A repository, an image and a host, with packages, places and a plugin."""
    bring_company()


def bring_company() -> None:
    make.bring(
        make.scan(0),
        [
            make.finding("CVE-2026-0001"),
            make.finding("CVE-2026-0001", component="pkg:npm/@acme/left", version="1:2.0+b"),
            make.finding("CVE-2026-0002", severity=Severity.LOW),
            make.finding("CVE-2026-0003", component="pkg:maven/org/log4j", location="a.jar"),
            make.finding("CVE-2026-0003", component="pkg:maven/org/log4j", location="b.jar"),
        ],
    )
    make.bring(
        make.scan(0, IMAGE, tool="grype", kind=AssetKind.IMAGE, name=IMAGE[6:]),
        [
            make.finding("CVE-2026-0001", IMAGE, component="pkg:deb/debian/zlib"),
            make.finding("CVE-2026-0003", IMAGE, component="pkg:maven/org/log4j"),
        ],
    )
    make.bring(
        make.scan(0, HOST, tool="nessus", kind=AssetKind.SERVER, name=HOST[5:]),
        [
            make.finding("CVE-2026-0004", HOST, component="19506 443/tcp"),
            make.finding("CVE-2026-0005", HOST, component="19506 443/tcp"),
            make.finding("CVE-2026-0005", HOST, component="19507 443/tcp"),
        ],
    )


def ids(vulnerability: str, target: str = make.WEB, **given: str) -> list[int]:
    found = Finding.objects.filter(vulnerability=vulnerability, **given)
    return list(found.filter(record__external_id=target).values_list("pk", flat=True))


def call_false(justification: str = "", **given: Any) -> None:
    services.mark_false_positive(
        by=OPERATOR, reason=WHY, justification=justification, at=NOW, **given
    )


def written(form: VexFormat, **given: Any) -> dict[str, Any]:
    said = queries.claims(OPERATOR, at=make.day(30), author="Acme", **given)
    found: dict[str, Any] = json.loads(vex_text(said, form))
    check(found, form)
    return found


def covered() -> dict[int, tuple[str, str]]:
    """What is decided of each finding; acceptances are no business of a reader."""
    rows = Cover.objects.filter(kind=Kind.FALSE_POSITIVE).select_related("decision")
    return {row.finding_id: (row.kind, row.decision.reason) for row in rows}


def read_back(form: VexFormat, folder: Path) -> dict[int, tuple[str, str]]:
    """What an instance with the same findings and no decisions makes of the document."""
    said = queries.claims(OPERATOR, at=make.day(30), author="Acme")
    path = folder / "vex.json"
    path.write_text(vex_text(said, form), encoding="utf-8")
    FindingDecision.objects.all().delete()
    (run,) = flow.import_paths([path], by=OPERATOR)
    assert (run.state, run.skipped) == ("done", [])
    return covered()


DECISIONS: dict[str, Callable[[], None]] = {
    "one finding": lambda: call_false(findings=ids("CVE-2026-0002")),
    "one of two packages": lambda: call_false(
        findings=ids("CVE-2026-0001", component="pkg:npm/@acme/left")
    ),
    "a package in an image": lambda: call_false(
        "vulnerable_code_not_present", findings=ids("CVE-2026-0001", IMAGE)
    ),
    "both places of a package": lambda: call_false(findings=ids("CVE-2026-0003")),
    "a plugin on a host": lambda: call_false(findings=ids("CVE-2026-0004", HOST)),
    "a package anywhere": lambda: call_false(
        rule=Rule(vulnerability="CVE-2026-0003", component="pkg:maven/org/log4j")
    ),
    "an asset whatever the package": lambda: call_false(
        rule=Rule(vulnerability="CVE-2026-0001", asset="acme/web")
    ),
    "a version": lambda: call_false(
        rule=Rule(
            vulnerability="CVE-2026-0001", component="pkg:npm/@acme/left", version="1:2.0+b"
        )
    ),
    "a version nobody has": lambda: call_false(
        rule=Rule(vulnerability="CVE-2026-0001", component="pkg:npm/@acme/left", version="3")
    ),
    "all of a package": lambda: call_false(rule=Rule(component="pkg:pypi/requests")),
    "the milder ones": lambda: call_false(
        rule=Rule(asset="acme/web", severity_at_most=Severity.LOW)
    ),
    "a flaw anywhere": lambda: call_false(rule=Rule(vulnerability="CVE-2026-0001")),
}


@EACH_FORMAT
@pytest.mark.parametrize("decide", DECISIONS.values(), ids=list(DECISIONS))
@pytest.mark.usefixtures("company")
def test_what_is_written_is_read_back_as_the_same_decisions(form, decide, tmp_path):
    decide()
    before = covered()
    assert read_back(form, tmp_path) == before


@EACH_FORMAT
@pytest.mark.usefixtures("company")
def test_many_decisions_are_read_back_together(form, tmp_path):
    accept(ids("CVE-2026-0003", IMAGE))
    for decide in list(DECISIONS.values())[:5]:
        decide()
    call_false(rule=Rule(vulnerability="CVE-2026-0005", asset="db-1"))
    before = covered()
    assert len(before) == 8
    assert read_back(form, tmp_path) == before


@EACH_FORMAT
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.usefixtures("company")
def test_whatever_is_decided_what_is_read_back_is_that_and_no_more(form, seed, tmp_path):
    every = sorted(Finding.objects.values_list("pk", flat=True))
    chosen = np.random.default_rng(seed).choice(every, 7, replace=False).tolist()
    call_false(findings=chosen)
    left_out = queries.claims(OPERATOR, at=NOW, author="Acme").left_out
    found = read_back(form, tmp_path)
    assert set(found) <= set(chosen)
    assert len(found) == len(chosen) - left_out


def accept(findings: list[int]) -> None:
    services.accept_risk(
        by=OPERATOR,
        findings=findings,
        reason=WHY,
        approver="Ada Roe",
        ticket="SEC-9",
        expires_on=date(2026, 3, 1),
        at=NOW,
    )


@EACH_FORMAT
@pytest.mark.usefixtures("company")
def test_an_accepted_risk_is_said_to_affect_and_names_nobody(form):
    accept(ids("CVE-2026-0002"))
    text = json.dumps(written(form))
    assert "accepted until 2026-03-01" in text
    assert ('"affected"' if form is VexFormat.OPENVEX else '"exploitable"') in text
    assert "Ada Roe" not in text
    assert "SEC-9" not in text


@pytest.mark.usefixtures("company")
def test_nothing_is_said_more_widely_than_it_was_decided():
    call_false(findings=ids("CVE-2026-0003", location="a.jar"))
    call_false(findings=ids("CVE-2026-0005", HOST, component="19506 443/tcp"))
    with pytest.raises(DecisionError, match="no decision"):
        queries.claims(OPERATOR, at=NOW, author="Acme")
    call_false(findings=ids("CVE-2026-0002"))
    said = queries.claims(OPERATOR, at=NOW, author="Acme")
    assert (len(said.said), said.left_out) == (1, 2)
    call_false(findings=ids("CVE-2026-0003", location="b.jar"))
    said = queries.claims(OPERATOR, at=NOW, author="Acme")
    assert (len(said.said), said.left_out) == (2, 1)


@pytest.mark.usefixtures("company")
def test_a_duplicate_is_no_claim_and_stands_in_no_way():
    one, other = ids("CVE-2026-0003")
    services.mark_duplicate(by=OPERATOR, findings=[one], of=other, at=NOW)
    with pytest.raises(DecisionError, match="no decision"):
        queries.claims(OPERATOR, at=NOW, author="Acme")
    call_false(findings=[other])
    (claim,) = queries.claims(OPERATOR, at=NOW, author="Acme").said
    assert claim.package == "pkg:maven/org/log4j"


@pytest.mark.usefixtures("company")
def test_what_suppliers_say_is_theirs_to_say():
    path = Path(__file__).parents[1] / "samples/cyclonedx-vex/vex.json"
    flow.import_paths([path], by=OPERATOR)
    assert covered()
    with pytest.raises(DecisionError, match="no decision"):
        queries.claims(OPERATOR, at=make.day(99), author="Acme")


@EACH_FORMAT
@pytest.mark.usefixtures("company")
def test_a_cut_speaks_of_its_own_assets_only(form):
    flow.refresh()
    call_false(rule=Rule(vulnerability="CVE-2026-0001"))
    text = json.dumps(written(form, cut=parse_cut("kind:image")))
    assert "registry.example" in text
    assert "acme/web" not in text
    with pytest.raises(DecisionError, match="no decision"):
        queries.claims(OPERATOR, at=NOW, author="Acme", cut=parse_cut("group:none"))


@pytest.mark.usefixtures("company")
def test_a_document_names_its_author_and_is_newer_than_the_one_before():
    call_false(findings=ids("CVE-2026-0002"))
    with pytest.raises(DecisionError, match="author"):
        queries.claims(OPERATOR, at=NOW)
    first = queries.claims(OPERATOR, at=NOW, author="Acme")
    second = queries.claims(OPERATOR, at=make.day(21), author="Acme")
    assert first.serial == second.serial
    documents = [json.loads(vex_text(one, VexFormat.OPENVEX)) for one in (first, second)]
    assert documents[0]["version"] < documents[1]["version"]
    assert documents[0]["@id"] == documents[1]["@id"]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    "given_word", [*sorted(JUSTIFICATIONS), *sorted(ANALYSES), "", "other"]
)
def test_a_justification_is_said_in_the_words_of_each_format(given_word):
    call_false(given_word, findings=ids("CVE-2026-0002"))
    (statement,) = written(VexFormat.OPENVEX)["statements"]
    (flaw,) = written(VexFormat.CYCLONEDX)["vulnerabilities"]
    is_known = given_word in JUSTIFICATIONS | ANALYSES
    assert ("justification" in statement) == ("justification" in flaw["analysis"]) == is_known
    assert WHY in {statement.get("impact_statement"), statement.get("status_notes")}


@pytest.mark.usefixtures("company")
def test_products_go_by_package_urls_where_there_are_any():
    on_github = "repository:acme/api"
    make.bring(
        make.scan(0, on_github, tool="github-dependabot", name="acme/api"),
        make.findings("CVE-2026-0001", target=on_github),
    )
    call_false(rule=Rule(component="pkg:pypi/requests"))
    call_false(findings=ids("CVE-2026-0001", IMAGE))
    found = written(VexFormat.OPENVEX)["statements"]
    assert AssetRecord.objects.filter(name="acme/api").exists()
    assert {product["@id"] for one in found for product in one["products"]} == {
        "pkg:github/acme/api",
        "pkg:generic/acme/web",
        "pkg:oci/shop?repository_url=registry.example%2Facme%2Fshop",
    }


@pytest.mark.pure
@given(
    st.text(min_size=1).filter(lambda name: "\x00" not in name), st.booleans(), st.booleans()
)
def test_a_product_is_found_again_by_its_package_url(name, is_image, is_on_github):
    purl = purl_of_product(name, is_image=is_image, is_on_github=is_on_github)
    assert re.fullmatch(r"pkg:[a-z]+/[!-~]+", purl)
    assert not is_package(purl)
    assert product_of(purl) == name


@pytest.mark.pure
@pytest.mark.parametrize(
    "package",
    ["pkg:npm/@acme/left", "pkg:deb/debian/zlib", "pkg:golang/a.example/b/c", "pkg:gem/a b"],
)
@pytest.mark.parametrize("version", ["", "1.0", "1:2.0+b~c@d", "v1/2"])
def test_a_package_is_found_again_by_its_package_url(package, version):
    purl = purl_of_package(package, version)
    assert (package_of(purl), version_of(purl)) == (package, version)


def check(document: dict[str, Any], form: VexFormat) -> None:
    """The published structure, rule by rule."""
    check_openvex(document) if form is VexFormat.OPENVEX else check_cyclonedx(document)


def check_openvex(document: dict[str, Any]) -> None:
    assert set(document) == {
        "@context", "@id", "author", "timestamp", "version", "tooling", "statements",
    }  # fmt: skip
    assert document["@context"] == "https://openvex.dev/ns/v0.2.0"
    assert urlsplit(document["@id"]).scheme == "urn"
    assert parse_instant(document["timestamp"])
    assert document["version"] >= 1
    statements = document["statements"]
    assert statements
    assert len({json.dumps(one) for one in statements}) == len(statements)
    for one in statements:
        why = set(one) - {"vulnerability", "timestamp", "products", "status", "status_notes"}
        assert one["vulnerability"]["name"]
        assert parse_instant(one["timestamp"])
        if one["status"] == "affected":
            assert why == {"action_statement"}
        else:
            assert one["status"] == "not_affected"
            assert len(why) == 1
            assert why < {"justification", "impact_statement"}
            assert one.get("justification", "component_not_present") in JUSTIFICATIONS
        for product in one["products"]:
            assert set(product) <= {"@id", "identifiers", "subcomponents"}
            for named in [product, *product.get("subcomponents", [])]:
                assert named["@id"] == named["identifiers"]["purl"]
                assert urlsplit(named["@id"]).scheme == "pkg"


def check_cyclonedx(document: dict[str, Any]) -> None:
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", document["serialNumber"]
    )
    assert document["version"] >= 1
    assert parse_instant(document["metadata"]["timestamp"])
    assert document["metadata"]["authors"][0]["name"]
    refs = []
    waiting = list(document["components"])
    while waiting:
        one = waiting.pop()
        waiting += one.get("components", [])
        assert one["type"] in {"application", "container", "library"}
        assert one["name"]
        refs.append(one["bom-ref"])
    assert len(set(refs)) == len(refs)
    flaws = document["vulnerabilities"]
    assert len({json.dumps(one) for one in flaws}) == len(flaws)
    for one in flaws:
        analysis = one["analysis"]
        assert one["id"]
        assert analysis["state"] in {"not_affected", "exploitable"}
        assert analysis.get("justification", "code_not_present") in ANALYSES
        assert set(analysis.get("response", [])) <= {"will_not_fix"}
        assert {affected["ref"] for affected in one["affects"]} <= set(refs)
