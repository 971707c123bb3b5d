"""The newest instant of each of very many things, in a few bytes each."""

from datetime import UTC, datetime, timedelta

from protem.formats.dates import plausible
from protem.formats.numbertable import NumberTable
from protem.formats.skips import CLOCK_SKEW

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_AHEAD = 1 << 61
"""What instants ahead of the file's own are lowered by: any other is newer than they."""
_NONE, _GONE = -(1 << 62), -(1 << 63)


class NewestOf:
    """By name the newest instant, as wary of clocks that run ahead as ``Newest``."""

    def __init__(self, written_at: datetime) -> None:
        self._limit = _microseconds(written_at + CLOCK_SKEW)
        self._newest = NumberTable()

    def add(self, name: str, moment: datetime | None) -> None:
        """Know ``name`` and, unless it is ``None`` or impossible, its ``moment``."""
        key = hash(name)
        known = self._newest.get(key)
        number = _NONE
        if moment is not None and plausible(moment):
            number = _microseconds(moment)
            number -= _AHEAD if number > self._limit else 0
        if known is None or number > known:
            self._newest[key] = number

    def __contains__(self, name: str) -> bool:
        """Whether ``name`` was added and not taken out."""
        return self._newest.get(hash(name)) not in {None, _GONE}

    def pop(self, name: str) -> datetime | None:
        """Take ``name`` out and give its newest instant, if any was known.

        Raises:
            KeyError: It was not added, or is out already.
        """
        key = hash(name)
        number = self._newest.get(key)
        if number is None or number == _GONE:
            raise KeyError(name)
        self._newest[key] = _GONE
        if number == _NONE:
            return None
        return _EPOCH + (number if number > -_AHEAD // 2 else number + _AHEAD) * _MICROSECOND


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
