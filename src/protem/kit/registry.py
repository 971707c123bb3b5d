"""One registry for every extension point: a package of modules, one constant in each.

A missing constant, one of the wrong type, or a name given twice stops the program and names
the module: a plug-in that silently fails to load is a number that silently goes missing.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar

from protem.kit.errors import ProtemError


class Named(Protocol):
    """Anything a registry can hold."""

    @property
    def name(self) -> str: ...


Entry = TypeVar("Entry", bound=Named)


class RegistryError(ProtemError):
    """An extension that cannot be loaded as agreed."""


class Registry(Generic[Entry]):
    """The entries of one extension point, loaded on first use.

    They are kept in order of ``order``, which is the name unless another is given.
    """

    def __init__(
        self,
        package: str,
        constant: str,
        kind: type[Entry],
        group: str = "",
        *,
        order: Callable[[Entry], Any] = lambda entry: entry.name,
    ) -> None:
        self._package = package
        self._constant = constant
        self._kind = kind
        self._group = group
        self._order = order
        self._entries: dict[str, Entry] | None = None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._load().values())

    def __len__(self) -> int:
        return len(self._load())

    def names(self) -> list[str]:
        return list(self._load())

    def get(self, name: str) -> Entry:
        """The entry of that name; a ``RegistryError`` lists the names there are."""
        try:
            return self._load()[name]
        except KeyError:
            known = ", ".join(self.names())
            raise RegistryError(
                f"there is no “{name}”", remedy=f"choose from: {known}"
            ) from None

    def _load(self) -> dict[str, Entry]:
        if self._entries is None:
            found: dict[str, Entry] = {}
            for where, entry in self._candidates():
                if not isinstance(entry, self._kind):
                    raise RegistryError(
                        f"{self._constant} is missing or not a {self._kind.__name__}",
                        where=where,
                        remedy=f"define {self._constant} = {self._kind.__name__}(…)",
                    )
                if entry.name in found:
                    raise RegistryError(f"the name “{entry.name}” is taken", where=where)
                found[entry.name] = entry
            ordered = sorted(found.values(), key=self._order)
            self._entries = {entry.name: entry for entry in ordered}
        return self._entries

    def _candidates(self) -> Iterator[tuple[str, object]]:
        for module in _modules_of(importlib.import_module(self._package)):
            yield module.__name__, getattr(module, self._constant, None)
        if self._group:
            for point in entry_points(group=self._group):
                yield point.value, point.load()


def _modules_of(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not info.name.rpartition(".")[2].startswith("_"):
            yield importlib.import_module(info.name)
