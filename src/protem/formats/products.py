"""What a VEX document calls a product, as the ledger names assets, and the other way round."""

from urllib.parse import parse_qsl, quote, unquote

from protem.formats.purl import package_of
from protem.formats.targets import image_target

_IMAGES = ("pkg:oci/", "pkg:docker/")
_PRODUCTS = (*_IMAGES, "pkg:github/", "pkg:bitbucket/", "pkg:generic/")


def is_package(purl: str) -> bool:
    """Whether ``purl`` is a package of a language or system, as opposed to a product."""
    return purl.startswith("pkg:") and not purl.startswith(_PRODUCTS)


def product_of(called: str) -> str:
    """The name of the asset that a product is.

    ``pkg:github/acme/web@1`` gives ``acme/web``, an image its repository as scanners name it;
    what is no package URL stays as it is.
    """
    if not called.startswith("pkg:"):
        return called
    name = package_of(called).partition("/")[2]
    if not called.startswith(_IMAGES):
        return name
    query = called.partition("#")[0].partition("?")[2]
    host = dict(parse_qsl(query)).get("repository_url", "").strip("/")
    last = f"/{name.rpartition('/')[2]}"
    whole = host if host.endswith(last) else f"{host}/{name}"
    return image_target(whole.lstrip("/")).partition(":")[2]


def version_of(purl: str) -> str:
    """The version in a package URL; empty where it has none."""
    last = purl.partition("#")[0].partition("?")[0].rpartition("/")[2]
    return unquote(last.partition("@")[2])


def purl_of_package(package: str, version: str = "") -> str:
    """The package URL of what ``package_of`` gave, with a version where there is one."""
    kind, _, name = package.removeprefix("pkg:").partition("/")
    path = "/".join(quote(part, safe="") for part in name.split("/"))
    number = f"@{quote(version, safe='')}" if version else ""
    return f"pkg:{kind}/{path}{number}"


def purl_of_product(name: str, *, is_image: bool = False, is_on_github: bool = False) -> str:
    """A package URL from which ``product_of`` finds the asset called ``name`` again.

    An image with its registry and a repository on GitHub have package URLs of their own; of
    anything else the name is all that is known, and the type is ``generic``.
    """
    path = "/".join(quote(part, safe="") for part in name.split("/"))
    ways = [f"pkg:generic/{path}", f"pkg:generic/{quote(name, safe='')}"]
    host, _, rest = name.partition("/")
    if is_on_github and rest and name == name.lower():
        ways.insert(0, f"pkg:github/{path}")
    if is_image and rest and ("." in host or ":" in host):
        last = quote(name.rpartition("/")[2], safe="")
        ways.insert(0, f"pkg:oci/{last}?repository_url={quote(name, safe='')}")
    return next((way for way in ways if product_of(way) == name), ways[-1])
