"""What a package is called, so that two tools name the same one alike.

The form is a package URL without version, qualifiers and subpath, percent-decoded, and in
the case and spelling in which its registry compares names.
"""

import re
from functools import lru_cache
from urllib.parse import unquote

_ECOSYSTEMS = {
    "npm": "npm yarn pnpm bun node-pkg node javascript",
    "pypi": "pypi pip pipenv poetry uv pylock python-pkg python",
    "conda": "conda conda-pkg conda-environment",
    "golang": "golang go gomod gobinary go-module gomodules",
    "maven": "maven jar pom gradle gradle-lockfile sbt sbt-lockfile java java-archive",
    "gem": "gem bundler gemspec rubygems ruby",
    "cargo": "cargo rust rustbinary rust-binary rust-crate crates.io",
    "composer": "composer composer-vendor packagist php php-composer",
    "nuget": "nuget dotnet dotnet-core packages-props packages-config .net",
    "hex": "hex mix mix-lock erlang elixir",
    "pub": "pub pubspec dart",
    "swift": "swift swifturl swiftpm",
    "cocoapods": "cocoapods",
    "conan": "conan conancenter",
    "julia": "julia",
    "githubactions": "github-actions githubactions actions github-action",
    "deb/debian": "debian",
    "deb/ubuntu": "ubuntu",
    "apk/alpine": "alpine",
    "apk/wolfi": "wolfi",
    "apk/chainguard": "chainguard",
    "rpm/redhat": "redhat rhel",
    "rpm/centos": "centos",
    "rpm/rocky": "rocky",
    "rpm/alma": "alma almalinux",
    "rpm/amazon": "amazon amzn",
    "rpm/oracle": "oracle ol",
    "rpm/fedora": "fedora",
    "rpm/photon": "photon",
    "rpm/opensuse": "opensuse opensuse-leap opensuse-tumbleweed",
    "rpm/suse": "suse sles",
}
_TYPES = {word: kind for kind, words in _ECOSYSTEMS.items() for word in words.split()}
_SYSTEMS = frozenset({"deb", "rpm", "apk", "alpm", "portage", "dpkg"})
_LOWER = frozenset({"golang", "pypi", "nuget", "composer", "deb", "apk", "githubactions"})
_RUNS = re.compile(r"[-_.]+")


def is_system_type(kind: str | None) -> bool:
    """Whether ``kind`` (a tool's package type) is of an operating system's packages."""
    plain = (kind or "").strip().lower()
    return plain in _SYSTEMS or _TYPES.get(plain, "").partition("/")[0] in _SYSTEMS


@lru_cache(maxsize=1_024)
def package_of(purl: str) -> str:
    """The package URL ``purl`` without what changes from release to release.

    ``pkg:npm/%40acme/web@1.2.3?x=y`` gives ``pkg:npm/@acme/web``. What is no package URL
    comes back trimmed.
    """
    trimmed = purl.strip()
    if trimmed[:4].lower() != "pkg:":
        return trimmed
    plain = trimmed[4:].partition("#")[0].partition("?")[0].strip("/")
    path, _, version = plain.rpartition("@")
    if path and "/" in path and "/" not in version:
        plain = path
    kind, _, name = plain.partition("/")
    return _spelled(kind.lower(), unquote(name))


@lru_cache(maxsize=1_024)
def package_named(ecosystem: str, name: str) -> str:
    """The same form from a tool's word for the ecosystem and the package's name.

    An unknown ecosystem becomes the type as it is; without one, the name stands alone.
    OSV's releases (``Debian:12``) are dropped.
    """
    plain = ecosystem.strip().lower().partition(":")[0].replace(" ", "-")
    if not plain or not name:
        return name
    kind, _, system = _TYPES.get(plain, plain).partition("/")
    trimmed = name.strip()
    if kind == "maven":
        trimmed = trimmed.replace(":", "/", 1)
    return _spelled(kind, f"{system}/{trimmed}" if system else trimmed)


def _spelled(kind: str, name: str) -> str:
    if kind in _LOWER:
        name = name.lower()
    if kind == "pypi":
        name = _RUNS.sub("-", name)
    elif kind in _SYSTEMS:
        system, slash, package = name.partition("/")
        known = _TYPES.get(system.lower(), "").partition("/")[2]
        name = f"{known or system.lower()}{slash}{package}" if slash else name
    return f"pkg:{kind}/{name}"
