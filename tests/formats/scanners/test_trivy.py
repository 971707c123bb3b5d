"""What Trivy's reports mean: its traps one by one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.inventories.exports import SAMPLES, claimed_by, read, read_path

from protem.formats.format import FormatError
from protem.formats.records import AssetKind, Finding, Scan, Severity
from protem.formats.targets import package_location

pytestmark = pytest.mark.pure


def sample(name: str) -> tuple[Scan, dict[str, Finding]]:
    scan, *others = read_path("trivy", SAMPLES / "trivy" / name)
    assert isinstance(scan, Scan)
    return scan, {each.vulnerability: each for each in others if isinstance(each, Finding)}


def report(folder: Path, *flaws: dict[str, Any], **fields: Any) -> tuple[Scan, list[Finding]]:
    content = {
        "SchemaVersion": 2,
        "ArtifactName": "northwind/cart:7",
        "ArtifactType": "container_image",
        "Results": [{"Target": "northwind/cart:7 (debian 12.5)", "Class": "os-pkgs",
                     "Type": "debian", "Vulnerabilities": flaws}],
    } | fields  # fmt: skip
    scan, *others = read("trivy", json.dumps(content), folder, called="r.json")
    assert isinstance(scan, Scan)
    return scan, [each for each in others if isinstance(each, Finding)]


def flaw(**fields: Any) -> dict[str, Any]:
    return {"VulnerabilityID": "CVE-2026-1000", "PkgName": "bash", "Severity": "HIGH"} | fields


def test_status_fixed_means_that_a_fix_exists_and_the_finding_is_open() -> None:
    scan, found = sample("image.json")
    assert found["CVE-2026-20001"].state == "open"
    assert found["CVE-2026-20001"].is_fixable
    assert not found["CVE-2026-20002"].is_fixable
    assert scan.shows_unfixed
    assert "CVE-2026-20003" not in found


@pytest.mark.parametrize("status", ["will_not_fix", "fix_deferred", "end_of_life"])
def test_a_fix_that_will_not_come_is_none(status: str, tmp_path: Path) -> None:
    scan, found = report(tmp_path, flaw(Status=status, FixedVersion="9"))
    assert not found[0].is_fixable
    assert scan.shows_unfixed


def test_a_report_of_fixable_flaws_alone_proves_nothing_of_others(tmp_path: Path) -> None:
    scan, _ = report(tmp_path, flaw(Status="fixed", FixedVersion="9"))
    assert not scan.shows_unfixed
    scan, _ = report(tmp_path)
    assert not scan.shows_unfixed
    assert scan.has_scope_evidence


def test_a_point_release_of_the_system_changes_no_identity(tmp_path: Path) -> None:
    before = report(tmp_path, flaw())
    results = [{"Target": "northwind/cart:8 (debian 12.6)", "Class": "os-pkgs",
                "Type": "debian", "Vulnerabilities": [flaw()]}]  # fmt: skip
    after = report(tmp_path, ArtifactName="northwind/cart:8", Results=results)
    assert before == after[:1] + after[1:]
    assert before[0].target == "image:northwind/cart"
    assert before[1][0].location == ""


def test_an_archive_is_named_by_its_tag(tmp_path: Path) -> None:
    scan, _ = report(
        tmp_path, ArtifactName="build/cart.tar.gz", Metadata={"RepoTags": ["northwind/cart:7"]}
    )
    assert scan.target == "image:northwind/cart"
    scan, _ = report(tmp_path, ArtifactName="build/cart.tar.gz", Results=[])
    assert scan.target == "image:cart"
    assert not scan.has_scope_evidence


def test_an_image_without_any_name_closes_nothing(tmp_path: Path) -> None:
    scan, _ = report(tmp_path, ArtifactName="", Results=[])
    assert scan.target == "image:"
    assert not scan.is_target_known


def test_a_checkout_is_named_without_credentials() -> None:
    scan, found = sample("checkout.json")
    assert scan.target == "repository:northwind/cart"
    assert scan.kind is AssetKind.REPOSITORY
    assert scan.as_of is None
    assert found["CVE-2026-20011"].component == "pkg:pypi/flask-login"
    assert found["CVE-2026-20011"].location == "requirements.txt"
    assert found["CVE-2026-20011"].aliases == ("GHSA-aaaa-bbbb-dddd",)


def test_only_the_score_of_the_labels_own_source_overrules_it() -> None:
    _, found = sample("checkout.json")
    assert found["CVE-2026-20011"].severity is Severity.MEDIUM
    assert found["CVE-2026-20011"].score == 6.3
    assert found["CVE-2026-20012"].severity is Severity.CRITICAL


def test_a_distributions_judgement_stands_against_the_general_score(tmp_path: Path) -> None:
    one = flaw(
        Severity="LOW", SeveritySource="debian", CVSS={"nvd": {"V3Score": 9.8}, "x": None}
    )
    _, found = report(tmp_path, one)
    assert found[0].severity is Severity.LOW
    assert found[0].score == 9.8


def test_a_score_without_v3_or_v4_is_none(tmp_path: Path) -> None:
    _, found = report(tmp_path, flaw(CVSS={"nvd": {"V2Score": 10}, "redhat": None}))
    assert found[0].score is None
    _, found = report(tmp_path, flaw(CVSS={"redhat": {"V3Score": 8}, "ghsa": {"V3Score": 7}}))
    assert found[0].score == 8


def test_a_secret_is_never_stored() -> None:
    _, found = sample("checkout.json")
    assert found["aws-access-key-id"].component == "secret"
    assert found["aws-access-key-id"].location == "deploy/.env"
    assert "NEVERSTORETHIS" not in repr(found)


def test_checks_that_passed_are_no_findings() -> None:
    _, found = sample("checkout.json")
    assert found["DS002"].component == "dockerfile"
    assert "DS005" not in found


def test_a_check_is_told_apart_by_the_resource_at_fault(tmp_path: Path) -> None:
    checks = [{"ID": "AWS-1", "CauseMetadata": {"Resource": f"bucket.{name}"}} for name in "ab"]
    results = [{"Target": "main.tf", "Type": "terraform", "Misconfigurations": checks}]
    _, found = report(tmp_path, Results=results, ArtifactType="filesystem")
    assert [each.component for each in found] == ["bucket.a", "bucket.b"]


def test_a_cluster_that_was_not_seen_whole_says_so() -> None:
    scan, found = sample("cluster.json")
    assert scan.target == "cluster:northwind-prod"
    assert not scan.is_complete
    assert "image not found" in scan.problem
    assert found["CVE-2026-20021"].location == "shop/Deployment/cart"
    assert found["KSV001"].location == "shop/Deployment/cart"


def test_a_cluster_of_old_lists_flaws_and_checks_apart(tmp_path: Path) -> None:
    results = [None, {"Target": "a/b (alpine 3.1)", "Vulnerabilities": [flaw()]}]
    listed = [None, {"Kind": "Pod", "Name": "web", "Results": results}, {"Kind": "Pod"}]
    content = {"ClusterName": "old", "Vulnerabilities": listed, "Misconfigurations": None}
    scan, found = read("trivy", json.dumps(content), tmp_path)
    assert isinstance(scan, Scan)
    assert isinstance(found, Finding)
    assert (scan.target, found.location) == ("cluster:old", "Pod/web")


def test_findings_without_an_id_are_counted(tmp_path: Path) -> None:
    content = {
        "SchemaVersion": 2,
        "ArtifactName": ".",
        "Results": [
            None,
            {"Vulnerabilities": [None, {}], "Misconfigurations": [None], "Secrets": [{}]},
        ],
    }
    records = read("trivy", json.dumps(content), tmp_path)
    assert [getattr(each, "count", None) for each in records] == [None, 4]


def test_a_wrong_type_names_list_and_place(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as refusal:
        report(tmp_path, flaw(), flaw(Title=3))
    assert refusal.value.where.startswith("r.json")
    assert "Vulnerabilities[1]" in refusal.value.where


def test_bytes_that_are_no_text_are_refused_where_they_stand(tmp_path: Path) -> None:
    content = (SAMPLES / "trivy" / "image.json").read_bytes()
    with pytest.raises(FormatError, match="not UTF-8") as refusal:
        read("trivy", content.replace(b"openssl: ", b"openssl\xff "), tmp_path, called="r.json")
    assert "Vulnerabilities[0]" in refusal.value.where


def test_keys_in_alphabetical_order_are_recognised() -> None:
    content = (SAMPLES / "trivy" / "image.json").read_text()
    assert claimed_by(json.dumps(json.loads(content), sort_keys=True).encode()) == ["trivy"]


@given(st.sampled_from(["1.2.3", "v1.2.3", "1.2.3.RELEASE"]), st.sampled_from("-@"))
def test_a_location_survives_an_upgrade(version: str, mark: str) -> None:
    number = version.removeprefix("v")
    path = f"/app/libs/parser{mark}{number}.jar"
    assert package_location(path, version) == "app/libs/parser.jar"


def test_only_the_whole_version_is_cut() -> None:
    assert package_location("a/x-1.2.34.jar", "1.2.3") == "a/x-1.2.34.jar"
    assert package_location("./a/x-1.2.3.4.jar", "1.2.3") == "a/x-1.2.3.4.jar"
    assert package_location(None, None) == ""
