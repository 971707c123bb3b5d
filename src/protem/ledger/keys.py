"""Ids from natural keys: the same thing has the same id in whatever order files arrive."""

from hashlib import blake2b

_MASK = (1 << 63) - 1


def key_of(*parts: str) -> int:
    """A 63-bit id of what ``parts`` name together.

    With ten million findings the chance that any two share an id is about one in 200,000.
    """
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(joined, digest_size=8).digest(), "big") & _MASK
