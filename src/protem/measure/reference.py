"""Which two stretches of time a verdict on durations compares.

About three vulnerabilities a week are too few to tell twice as slow from chance in 90 days
against the 90 before; half a year against the year and a half before tells it three times in
four (docs/verdicts.md). So the stretches are as long as history and unchanged scanning allow.
"""

from dataclasses import dataclass

from protem.ledger.definition import Definition
from protem.measure.days import Bools
from protem.measure.scan_history import ScanHistory
from protem.measure.sources_state import changes
from protem.measure.windows import Window

STRETCHES = ((2.0, 6.0), (2.0, 4.0), (1.5, 3.0), (1.0, 2.0), (1.0, 1.0))
"""The last stretch and the one before it, in windows; the first pair that fits is taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """The two stretches, and why they cannot be compared, if they cannot.

    Where nobody looked in the earlier one there is nothing to compare, whatever has changed.
    """

    earlier: Window
    later: Window
    reasons: list[str]


def compared(
    history: ScanHistory, moment: float, wanted: Bools, definition: Definition
) -> Compared:
    """The longest stretches within which the wanted scopes were looked at alike.

    What is chosen depends on when and how was looked, never on what was seen.
    """
    first = float(history.first_look()[wanted].min(initial=moment))
    pairs = [_pair(moment, definition.window_days, *lengths) for lengths in STRETCHES]
    fitting = [pair for pair in pairs[:-1] if pair[0].start >= first] + pairs[-1:]
    reasons: list[str] = []
    for earlier, later in fitting:
        reasons = changes(history, (earlier, later), wanted)
        if not reasons:
            break
    if not history.looked_in(earlier)[wanted].any():
        reasons = []
    return Compared(earlier=earlier, later=later, reasons=reasons)


def _pair(moment: float, window_days: float, last: float, past: float) -> tuple[Window, Window]:
    start = moment - last * window_days
    return Window(start=start - past * window_days, end=start), Window(start=start, end=moment)
