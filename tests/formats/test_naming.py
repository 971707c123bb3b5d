"""Flaws, packages and targets have one name, whichever tool says it."""

import time
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.formats.purl import is_system_type, package_named, package_of
from protem.formats.records import Severity
from protem.formats.severity import highest, score_of, score_of_vector, severity_of
from protem.formats.targets import image_target, location_of, plain_path, repository_target
from protem.formats.vulnerability import canonical

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("names", "best"),
    [
        (("GHSA-4374-P667-P6C8", "cve-2023-39325"), "CVE-2023-39325"),
        (("ghsa-4374-P667-P6c8", "GO-2023-2102"), "GHSA-4374-p667-p6c8"),
        (("RUSTSEC-2022-0013", "GO-2023-2102"), "GO-2023-2102"),
        (("CVE-2023-2", "CVE-2023-39325"), "CVE-2023-39325"),
        (("CVE-2024-1000", "CVE-2023-39325"), "CVE-2023-39325"),
        ((" CVE-2023-39325 ", ""), "CVE-2023-39325"),
        (("plugin 19506",), "plugin 19506"),
        (("", " "), ""),
    ],
)
def test_the_best_known_name_counts_in_any_order(names: tuple[str, ...], best: str) -> None:
    for first, *others in permutations(names):
        assert canonical(first, others) == best


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_any_names_give_one_of_them(names: list[str]) -> None:
    best = canonical(names[0], names[1:])
    assert best.lower() in {name.strip().lower() for name in names} | {
        name.strip().upper().lower() for name in names
    }
    assert canonical(best, names) == best


@pytest.mark.parametrize(
    ("purl", "ecosystem", "name"),
    [
        ("pkg:pypi/Flask-Login@0.5.0", "PyPI", "flask_login"),
        ("pkg:npm/%40acme/web@1.0.0?x=1", "npm", "@acme/web"),
        ("pkg:golang/golang.org/x/net@v0.10.0", "gomod", "golang.org/x/net"),
        ("pkg:maven/org.example/parser@1.4#sub", "Maven", "org.example:parser"),
        ("pkg:deb/debian/libssl3@3.0.11?arch=amd64&distro=debian-12", "Debian:12", "libssl3"),
        ("pkg:cargo/regex@1.5.1", "crates.io", "regex"),
    ],
)
def test_a_package_url_and_a_plain_name_agree(purl: str, ecosystem: str, name: str) -> None:
    assert package_of(purl) == package_named(ecosystem, name)


@pytest.mark.parametrize(
    ("purl", "form"),
    [
        ("npm/web", "npm/web"),
        ("pkg:npm/@acme/web", "pkg:npm/@acme/web"),
        ("pkg:generic/java", "pkg:generic/java"),
        ("pkg:rpm/rhel/openssl@3", "pkg:rpm/redhat/openssl"),
    ],
)
def test_a_package_url_loses_its_version_only(purl: str, form: str) -> None:
    assert package_of(purl) == form


def test_a_package_without_an_ecosystem_is_its_name() -> None:
    assert package_named("", "parser") == "parser"
    assert package_named("Odd One", "parser") == "pkg:odd-one/parser"


def test_system_packages_are_told_from_libraries() -> None:
    assert all(map(is_system_type, ("deb", "rpm", "apk", "debian", "Alpine")))
    assert not any(map(is_system_type, ("npm", "", None)))


@pytest.mark.parametrize(
    ("label", "score", "severity"),
    [
        ("CRITICAL", None, Severity.CRITICAL),
        ("high", 9.0, Severity.CRITICAL),
        ("high", 8.9, Severity.HIGH),
        ("Negligible", None, Severity.INFO),
        ("unknown", 7.0, Severity.HIGH),
        (None, 4.0, Severity.MEDIUM),
        (None, 0.1, Severity.LOW),
        (None, 0.0, Severity.INFO),
        ("odd", None, Severity.UNKNOWN),
        (None, None, Severity.UNKNOWN),
    ],
)
def test_critical_by_label_or_by_score(
    label: str | None, score: float | None, severity: Severity
) -> None:
    assert severity_of(label, score) is severity


def test_scores_are_between_0_and_10() -> None:
    assert [score_of(value) for value in ("9.8", 0, 10)] == [9.8, 0, 10]
    bad = (None, True, "x", "nan", "inf", -1, 10.1, 10**400)
    assert [score_of(value) for value in bad] == [None] * len(bad)
    assert highest([None, 3.0, 7.0]) == 7.0
    assert highest([]) is None


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", None),
        ("CVSS:3.1/AV:N", None),
        ("CVSS:3.1/" + "x" * 999, None),
    ],
)
def test_a_vector_of_version_3_or_4_gives_its_score(vector: str, score: float | None) -> None:
    assert score_of_vector(vector) == score


@pytest.mark.parametrize(
    ("name", "target"),
    [
        (".", "repository:."),
        ("", "repository:."),
        ("./web/", "repository:web"),
        ("acme/web", "repository:acme/web"),
        ("https://token@github.com/acme/web.git", "repository:acme/web"),
        ("git@github.com:acme/web.git", "repository:acme/web"),
        ("github.com/acme/web", "repository:acme/web"),
        ("/home/runner/work/web/web", "repository:web"),
        ("/home/ada/src/web", "repository:web"),
        ("file:///C:/src/web", "repository:web"),
        ("http://[broken/acme", "repository:http://[broken/acme"),
    ],
)
def test_a_repository_has_one_name(name: str, target: str) -> None:
    assert repository_target(name) == target
    assert "token" not in target


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("nginx", "image:nginx"),
        ("docker.io/library/nginx:1.27", "image:nginx"),
        ("registry.example:5000/a/b:1@sha256:" + "0" * 64, "image:registry.example:5000/a/b"),
        ("registry.example:5000/a/b", "image:registry.example:5000/a/b"),
        ("docker:acme/web:7", "image:acme/web"),
        ("out/web.tar.gz", "image:web"),
    ],
)
def test_an_image_has_neither_tag_nor_digest(reference: str, target: str) -> None:
    assert image_target(reference) == target


def test_a_location_is_relative() -> None:
    assert location_of("/github/workspace/a/b.py") == "a/b.py"
    assert location_of("file:///srv/a%20b.py") == "srv/a b.py"
    assert location_of(".\\a\\b.py") == "a/b.py"
    assert location_of(None) == ""


def test_a_path_of_nothing_but_dots_takes_no_time() -> None:
    before = time.process_time()
    assert plain_path("./" * 1_000_000 + "a") == "a"
    assert time.process_time() - before < 1
