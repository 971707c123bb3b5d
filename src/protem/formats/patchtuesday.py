"""When Microsoft's monthly updates came out: the second Tuesday of the month.

A cumulative update names its month in its title, so its day can be worked out. A preview
comes in the last week of a month and carries no new security fixes: its day is not known.
"""

import re
from datetime import date, timedelta

_TITLE = re.compile(r"\s*(20\d\d)-(0[1-9]|1[0-2])\b(.*)", re.ASCII | re.DOTALL)
_MONTHLY = re.compile(
    r"cumulative update|monthly (?:quality )?rollup|security[ -]only|servicing stack update"
    r"|quality rollup|security update",
    re.IGNORECASE,
)
_PREVIEW = re.compile(r"preview", re.IGNORECASE)
_TUESDAY, _WEEK = 1, 7


def patch_tuesday(year: int, month: int) -> date:
    """The second Tuesday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(_TUESDAY - first.weekday()) % _WEEK + _WEEK)


def newest_patch_tuesday(day: date) -> date:
    """The last Patch Tuesday on or before ``day``."""
    this_month = patch_tuesday(day.year, day.month)
    if this_month <= day:
        return this_month
    before = day.replace(day=1) - timedelta(days=1)
    return patch_tuesday(before.year, before.month)


def released_by_title(title: str) -> date | None:
    """When the update of this title came out; ``None`` where its title does not tell.

    Reads titles such as ``2023-03 Cumulative Update for Windows Server 2019 (KB5023702)``.
    """
    match = _TITLE.match(title)
    if match is None or not _MONTHLY.search(match[3]) or _PREVIEW.search(match[3]):
        return None
    return patch_tuesday(int(match[1]), int(match[2]))
