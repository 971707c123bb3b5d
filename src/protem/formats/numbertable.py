"""A dictionary from hashes to numbers, in about thirty bytes an entry."""

from array import array

_FIRST_SIZE = 1 << 6
_LOWEST, _BITS = 1, (1 << 64) - 1


class NumberTable:
    """A hash table in two arrays, at least a fifth of its slots empty.

    A file may name a thing in each of its lines: a dictionary of the names would be larger
    than the file. Keys are hashes of 64 bits, of which the lowest is not looked at; values
    are whole numbers of 63 bits and a sign.
    """

    def __init__(self) -> None:
        self._keys = array("Q", [0]) * _FIRST_SIZE
        self._values = array("q", [0]) * _FIRST_SIZE
        self._used = 0

    def get(self, key: int) -> int | None:
        """The number of ``key``, ``None`` where it has none."""
        slot = self._slot(key & _BITS | _LOWEST)
        return self._values[slot] if self._keys[slot] else None

    def __setitem__(self, key: int, value: int) -> None:
        """Give ``key`` a number."""
        stored = key & _BITS | _LOWEST
        slot = self._slot(stored)
        if not self._keys[slot]:
            self._used += 1
            if 5 * self._used > 4 * len(self._keys):
                self._grow()
                slot = self._slot(stored)
        self._keys[slot], self._values[slot] = stored, value

    def _slot(self, stored: int) -> int:
        """Where the key is, or the empty slot where it belongs."""
        keys = self._keys
        size = len(keys)
        slot = (stored >> 1) % size
        while (known := keys[slot]) and known != stored:
            slot = slot + 1 if slot + 1 < size else 0
        return slot

    def _grow(self) -> None:
        """Move to arrays half as large again: both are there for a moment."""
        keys, values = self._keys, self._values
        size = len(keys) * 3 // 2
        self._keys, self._values = array("Q", [0]) * size, array("q", [0]) * size
        for stored, value in zip(keys, values, strict=True):
            if stored:
                slot = self._slot(stored)
                self._keys[slot], self._values[slot] = stored, value
