"""The ids of what sources call their things: machines in lists, and the targets of scans."""

from functools import lru_cache

from protem.ledger.keys import key_of

HOSTS = "host"
"""The source name of hosts that scanners and logs speak of by name alone."""
NO_ASSET = frozenset({"inventory", "patches", "register", "calendar"})
"""Schemes of targets that are lists, not things."""


@lru_cache(maxsize=100_000)
def record_id_of(source: str, external_id: str) -> int:
    """The id of the record of what ``source`` calls ``external_id``."""
    return key_of("record", source, external_id)


def record_id_of_target(target: str) -> int | None:
    """The id of the record that a target such as ``host:web-01`` stands for.

    The log of a host is about the host; a list is about nothing in particular.
    """
    scheme, external_id = name_of_target(target)
    return None if scheme in NO_ASSET else record_id_of(scheme, external_id)


def name_of_target(target: str) -> tuple[str, str]:
    """What a target stands for: its source, and its name there."""
    scheme, _, name = target.partition(":")
    return (HOSTS, f"{HOSTS}:{name}") if scheme == "log" else (scheme, target)
