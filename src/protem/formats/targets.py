"""What a scanner looked at, as a key that survives rescans and is the same for all tools."""

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

HERE = "."
"""A folder of which the report only says that it was the current one."""

_ARCHIVE = re.compile(r"\.(?:tar|tar\.gz|tgz|tar\.xz|oci)$", re.IGNORECASE)
_DIGEST = re.compile(r"@?(?:sha256|sha512):[0-9a-f]{8,128}$", re.IGNORECASE)
_TAG = re.compile(r":[\w][\w.-]{0,127}$", re.ASCII)
_SCHEME = re.compile(
    r"^(?:docker|podman|registry|containerd|docker-archive|oci-archive|oci-dir|sbom|dir|file"
    r"|oci|singularity):(?!/?\d+/)",
    re.IGNORECASE,
)
_HUB = re.compile(r"^(?:(?:registry-1\.|index\.)?docker\.io/)?(?:library/)?", re.IGNORECASE)
_SYSTEM = re.compile(r" \([^()]{1,80}\)$")
_SSH = re.compile(r"^[\w.-]+@[\w.-]+:(?!\d+/)")
_WORKSPACES = re.compile(
    r"^/(?:github/workspace|home/runner/work/[^/]+/(?P<a>[^/]+)|__w/[^/]+/(?P<b>[^/]+)"
    r"|builds/[^/]+/(?P<c>[^/]+)|bitbucket/pipelines/agent/build|home/vsts/work/\d+/s"
    r"|workspace|workdir|src|app|code|repo|project|scan|source)(?:/|$)",
    re.IGNORECASE,
)
_HERE_AGAIN = re.compile(r"^(?:\./+)+")
_LONGEST = 300


def image_target(reference: str) -> str:
    """``image:`` and the repository, without tag, digest or Docker Hub's implied parts.

    ``docker.io/library/nginx:1.27@sha256:…`` gives ``image:nginx``; of a saved archive the
    file's name without its ending is all there is.
    """
    name = without_system(_SCHEME.sub("", reference.strip()))
    if is_archive(name):
        name = _ARCHIVE.sub("", name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    name = _TAG.sub("", _DIGEST.sub("", name))
    return f"image:{(_HUB.sub('', name) or name)[:_LONGEST].lower()}"


def is_named(target: str) -> bool:
    """Whether a target says what was scanned; “the current folder” may be any."""
    return target.partition(":")[2] not in {"", HERE}


def is_archive(name: str) -> bool:
    """Whether an image's name is only that of the file it was saved in."""
    return _ARCHIVE.search(without_system(name)) is not None


def is_digest(name: str) -> bool:
    """Whether an image's name is nothing but a digest, new with each build."""
    return _TAG.sub("", _DIGEST.sub("", name.strip())) in {"", "sha256", "sha512"}


@lru_cache(maxsize=4_096)
def repository_target(name: str) -> str:
    """``repository:`` and ``owner/name`` of an address, or the folder that was scanned.

    A folder within a known build machine's workspace is named as seen from there; any other
    absolute one by its last part. The current folder stays ``.``.
    """
    trimmed = _SCHEME.sub("", name.strip()) if "://" not in name else name.strip()
    if (address := _address_path(trimmed)) is not None:
        found = address.strip("/").removesuffix(".git")
    else:
        found = _folder(trimmed)
    return f"repository:{found[:_LONGEST] or HERE}"


def split_workspace(path: str) -> tuple[str, str] | None:
    """The project's name and the path within it, if ``path`` is in a known workspace."""
    match = _WORKSPACES.match(path)
    if match is None:
        return None
    name = match["a"] or match["b"] or match["c"] or HERE
    return name, path[match.end() :].strip("/")


def plain_path(path: str) -> str:
    """A path with forward slashes, without ``file:``, ``./`` and a drive letter."""
    plain = path.strip().replace("\\", "/")
    if plain[:5].lower() == "file:":
        plain = unquote("/" + plain[5:].lstrip("/"))
    if re.match(r"^/?[A-Za-z]:/", plain):
        plain = plain.partition(":")[2]
    return _HERE_AGAIN.sub("", plain)


def location_of(path: str | None) -> str:
    """A path within a target: relative, and without a build machine's workspace."""
    plain = plain_path(path or "")
    within = split_workspace(plain)
    return (within[1] if within is not None and within[1] else plain).lstrip("/")


def without_system(name: str) -> str:
    """``name`` without the operating system that Trivy appends, " (debian 12.5)"."""
    return _SYSTEM.sub("", name)


def _address_path(name: str) -> str | None:
    if match := _SSH.match(name):
        return name[match.end() :]
    try:
        parts = urlsplit(name)
    except ValueError:
        return None
    if parts.scheme.lower() in {"http", "https", "ssh", "git", "git+https", "git+ssh"}:
        return parts.path
    hosted = re.match(r"^(?:github\.com|gitlab\.com|bitbucket\.org)/", name, re.IGNORECASE)
    return name[hosted.end() :] if hosted else None


def _folder(name: str) -> str:
    plain = plain_path(name).rstrip("/")
    within = split_workspace(plain)
    if within is not None:
        return "/".join(part for part in within if part and part != HERE) or HERE
    if plain.startswith("/"):
        return plain.rpartition("/")[2] or HERE
    return plain or HERE


def package_location(path: str | None, version: str | None = "") -> str:
    """Where a package lies, relative and without its own version.

    The version is part of the names of jars, wheels and gems: left in, each upgrade that
    does not cure a flaw would read as one finding fixed and another one new.
    """
    plain = plain_path(path or "").lstrip("/")
    number = (version or "").strip().removeprefix("v")
    if number and number in plain:
        plain = re.sub(rf"[-@]v?{re.escape(number)}(?!\d|\.\d)", "", plain)
    return plain
