"""What a VEX document calls a product, as the ledger names assets."""

from urllib.parse import parse_qsl

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
    return purl.partition("#")[0].partition("?")[0].rpartition("/")[2].partition("@")[2]
