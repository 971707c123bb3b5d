"""Flaws, packages and targets have one name, whichever tool says it."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.formats.purl import package_named, package_of
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
