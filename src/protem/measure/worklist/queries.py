"""Reading what to fix first."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from protem.measure.models import FixFirst
from protem.measure.worklist.actions import FixAction


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkList:
    """What to fix first, as of a moment."""

    as_of: datetime
    actions: list[FixAction]


def fix_first() -> WorkList | None:
    """The list as kept, None before anything was measured."""
    row = FixFirst.objects.order_by("-as_of").first()
    if row is None:
        return None
    return WorkList(as_of=row.as_of, actions=msgspec.convert(row.actions, list[FixAction]))
