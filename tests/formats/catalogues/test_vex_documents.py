"""VEX documents: which asset and package is meant, and what is no VEX at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inventories.exports import CORPORA, claimed_by, read, scan_of, skipped

from protem.formats.advisories import Exploitability, Statement
from protem.formats.format import FormatError
from protem.formats.products import product_of, version_of

pytestmark = pytest.mark.pure
NAME = "cyclonedx-vex"
NOT_AFFECTED = {"state": "not_affected", "justification": "code_not_present"}
LIB = "pkg:npm/left@1.0"


def document(*affects: object, analysis: object = NOT_AFFECTED, **given: Any) -> str:
    flaw = {"id": "CVE-2026-1", "analysis": analysis, "affects": affects}
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    return json.dumps({**head, "vulnerabilities": [flaw], **given})


def stated(content: str, folder: Path) -> list[tuple[str, str, str]]:
    records = read(NAME, content, folder)
    found = [one for one in records if isinstance(one, Statement)]
    return [(one.product, one.component, one.version) for one in found]


APP = {"bom-ref": "app", "type": "application", "name": "shop"}
PARTS = [{"bom-ref": "left", "type": "library", "name": "left", "purl": LIB}]


@pytest.mark.parametrize(
    ("given", "ref", "found"),
    [
        ({}, LIB, ("", "pkg:npm/left", "1.0")),
        ({}, "pkg:github/acme/web@2", ("acme/web", "", "")),
        ({"metadata": {"component": APP}}, "app", ("shop", "", "")),
        ({"metadata": {"component": APP}}, LIB, ("shop", "pkg:npm/left", "1.0")),
        (
            {"metadata": {"component": APP}, "components": PARTS},
            "left",
            ("shop", "pkg:npm/left", "1.0"),
        ),
        (
            {"metadata": {"component": {**APP, "components": PARTS}}},
            "left",
            ("shop", "pkg:npm/left", "1.0"),
        ),
        (
            {"components": [{**APP, "components": PARTS}]},
            "left",
            ("shop", "pkg:npm/left", "1.0"),
        ),
        (
            {
                "metadata": {"component": APP},
                "components": [
                    {"type": "container", "name": "docker.io/acme/web:1", "components": PARTS}
                ],
            },
            "left",
            ("acme/web", "pkg:npm/left", "1.0"),
        ),
        ({"metadata": {"component": PARTS[0]}}, "left", ("", "pkg:npm/left", "1.0")),
        (
            {"metadata": {"component": APP}},
            f"urn:cdx:00000000-0000-4000-8000-000000000000/1#{LIB}",
            ("shop", "pkg:npm/left", "1.0"),
        ),
        (
            {"serialNumber": "urn:uuid:1", "components": PARTS},
            "urn:cdx:1/4#left",
            ("", "pkg:npm/left", "1.0"),
        ),
        (
            {},
            "urn:cdx:2/1#pkg%3Anpm%2Fleft%401.0",
            ("urn:cdx:2/1", "pkg:npm/left", "1.0"),
        ),
    ],
)
def test_a_reference_stands_for_an_asset_a_package_or_both(given, ref, found, tmp_path):
    assert stated(document({"ref": ref}, **given), tmp_path) == [found]


@pytest.mark.parametrize(
    "ref", ["", "nowhere", "urn:cdx:2/1#part", "urn:cdx:1/1#gone", "file", None]
)
def test_a_reference_to_nothing_that_is_known_is_left_out(ref, tmp_path):
    file = {"bom-ref": "file", "type": "file", "name": "NOTES"}
    content = document({"ref": ref}, serialNumber="urn:uuid:1", components=[file, None])
    records = read(NAME, content, tmp_path)
    assert sum(skipped(records).values()) == 1


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("not_affected", Exploitability.NOT_AFFECTED),
        ("false_positive", Exploitability.NOT_AFFECTED),
        ("resolved", Exploitability.FIXED),
        ("resolved_with_pedigree", Exploitability.FIXED),
        ("exploitable", Exploitability.AFFECTED),
        ("in_triage", Exploitability.UNDER_INVESTIGATION),
    ],
)
def test_each_state_is_read_as_openvex_would_say_it(state, status, tmp_path):
    records = read(NAME, document({"ref": LIB}, analysis={"state": state}), tmp_path)
    assert [one.status for one in records if isinstance(one, Statement)] == [status]
    assert not scan_of(records).proves_absence


def test_only_the_versions_that_are_spared_are_decided_on(tmp_path):
    versions = [
        {"version": "1.0"},
        {"version": "1.1", "status": "unaffected"},
        {"version": "1.2", "status": "unknown"},
        {"range": "vers:npm/<1", "status": "unaffected"},
        None,
    ]
    records = read(NAME, document({"ref": LIB, "versions": versions}), tmp_path)
    assert [one.version for one in records if isinstance(one, Statement)] == ["1.0", "1.1"]
    assert sum(skipped(records).values()) == 3
    of_product = {"ref": "pkg:github/acme/web", "versions": versions[:2]}
    assert stated(document(of_product), tmp_path) == []


def test_an_affected_range_is_told_and_decides_nothing(tmp_path):
    ranged = {"ref": LIB, "versions": [{"range": "vers:npm/<2", "status": "affected"}]}
    records = read(NAME, document(ranged, analysis={"state": "exploitable"}), tmp_path)
    assert not skipped(records)


def test_the_first_party_that_is_named_is_the_author(tmp_path):
    metadata = {"authors": [None, {"name": ""}], "supplier": {"name": "Harrow"}}
    records = read(NAME, document({"ref": LIB}, metadata=metadata), tmp_path)
    assert [one.author for one in records if isinstance(one, Statement)] == ["Harrow"]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"bomFormat": "CycloneDX", "components": PARTS}),
        json.dumps({"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "CVE-2026-1"}, None]}),
        '{"bomFormat": "CycloneDX", "vulnerabilities": {}}',
    ],
)
def test_a_bom_without_an_analysis_is_refused(content, tmp_path):
    with pytest.raises(FormatError):
        read(NAME, content, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"sbom": {"bomFormat": "CycloneDX", "vulnerabilities": []}}),
        json.dumps([{"bomFormat": "CycloneDX"}]),
        json.dumps({"note": '"bomFormat": "CycloneDX"'}),
        json.dumps({"bomFormat": "SPDX"}),
        "bomFormat,CycloneDX\n",
    ],
)
def test_what_only_mentions_it_is_something_else(content):
    assert NAME not in claimed_by(content.encode())


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")
def test_the_published_examples_are_read(tmp_path):
    paths = sorted((CORPORA / "cyclonedx").rglob("*vex*.json"))
    assert len(paths) > 20
    for path in paths:
        assert claimed_by(path.read_bytes()) == [NAME]
        read(NAME, path.read_bytes(), tmp_path)


@pytest.mark.parametrize(
    ("called", "product"),
    [
        ("gateway", "gateway"),
        ("pkg:github/acme/web@1.2", "acme/web"),
        ("pkg:generic/Web%20shop", "Web shop"),
        (
            "pkg:oci/shop@sha256%3Aab?repository_url=registry.example/acme/shop&tag=7",
            "registry.example/acme/shop",
        ),
        ("pkg:oci/shop?repository_url=registry.example", "registry.example/shop"),
        ("pkg:docker/acme/shop@7?repository_url=gcr.example", "gcr.example/acme/shop"),
        ("pkg:docker/library/nginx@1.27", "nginx"),
        ("pkg:oci/nginx?repository_url=index.docker.io%2Flibrary%2Fnginx", "nginx"),
    ],
)
def test_a_product_is_named_as_scanners_name_the_asset(called, product):
    assert product_of(called) == product


def test_a_version_is_what_follows_the_last_name():
    assert version_of("pkg:npm/%40acme/left@1.0?x=y@z#a@b") == "1.0"
    assert version_of("pkg:npm/@acme/left") == ""
