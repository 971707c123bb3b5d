"""How fresh each source was, and what changed in what the sources looked at."""

from datetime import timedelta

import numpy as np

from protem.measure.days import EPOCH, Bools, Floats, Ints, date_of
from protem.measure.metric import SourceState
from protem.measure.scan_history import ScanHistory
from protem.measure.windows import Window
from protem.measure.wording import count, day, number, percent

STALE_DAYS = 14.0
"""A scope may stay unscanned this long, or three usual intervals if that is longer."""
EXPORT_STALE_DAYS = 7.0
"""The same for inventories, agent lists and patch logs."""
STALE_INTERVALS = 3.0
MATERIAL_SHARE = 0.2
"""A scope that changed by more than this share is not the same scope."""
CADENCE_FACTOR = 2.0
CADENCE_DAYS = 2.0
CADENCE_RUN_DAYS = 18.0
"""Looks have another rhythm when all gaps of so many days are of another length."""


def patience(usual: Floats, floor: float = STALE_DAYS) -> Floats:
    """After how many days without a look a scope is stale, given its usual intervals."""
    return np.fmax(floor, STALE_INTERVALS * usual)


def source_states(
    history: ScanHistory, moment: float, wanted: Bools, *, floor: float = STALE_DAYS
) -> list[SourceState]:
    """Each tool among the wanted scopes that had looked by then, in order of name."""
    newest, usual = history.newest(moment)
    states = []
    for number_of, tool in enumerate(history.tools):
        mine = wanted & (history.tool == number_of) & np.isfinite(newest)
        if not mine.any():
            continue
        last = float(newest[mine].max())
        interval = _median(usual[mine])
        limit = float(patience(np.array([interval]), floor)[0])
        states.append(
            SourceState(
                tool=tool,
                newest_at=EPOCH + timedelta(days=last),
                age_days=round(moment - last, 2),
                is_fresh=moment - last <= limit,
                usual_interval_days=None if np.isnan(interval) else round(interval, 2),
            )
        )
    return states


def usual_interval(history: ScanHistory, moment: float, wanted: Bools) -> float | None:
    """The median of the wanted scopes' usual intervals in days; None when unknown."""
    interval = _median(history.newest(moment)[1][wanted])
    return None if np.isnan(interval) else interval


def changes(history: ScanHistory, windows: tuple[Window, Window], wanted: Bools) -> list[str]:
    """Why two windows (earlier, later) cannot be compared, each reason with its date.

    A tool added, removed or stopped; more than a fifth of the targets changed; the usual
    interval at least doubled or halved; other settings on more than a fifth of the targets.
    """
    earlier, later = (history.looked_in(window) & wanted for window in windows)
    return [
        *_tools_changed(history, windows, (earlier, later)),
        *_stopped(history, windows[1], earlier | later),
        *_targets_changed(history, windows, (earlier, later)),
        *_settings_changed(history, (earlier, later)),
        *_cadence_changed(history, windows, earlier & later),
    ]


def _tools_changed(
    history: ScanHistory, windows: tuple[Window, Window], looked: tuple[Bools, Bools]
) -> list[str]:
    was, now = (_tools(history, seen) for seen in looked)
    first, (newest, _) = history.first_look(), history.newest(windows[1].end)
    reasons = []
    for tool in sorted(now - was):
        since = float(first[looked[1] & (history.tool == tool)].min())
        since = max(since, windows[0].end)
        reasons.append(f"{history.tools[tool]} was added on {day(date_of(since))}")
    for tool in sorted(was - now):
        since = float(newest[looked[0] & (history.tool == tool)].max())
        reasons.append(f"{history.tools[tool]} has not reported since {day(date_of(since))}")
    return reasons


def _stopped(history: ScanHistory, later: Window, looked: Bools) -> list[str]:
    """Tools that reported in the later window but are silent at its end."""
    here = history.looked_in(later) & looked
    newest, usual = history.newest(later.end)
    reasons = []
    for tool in sorted(_tools(history, here)):
        mine = here & (history.tool == tool)
        last = float(newest[mine].max())
        if later.end - last > float(patience(np.array([_median(usual[mine])]))[0]):
            reasons.append(f"{history.tools[tool]} stopped on {day(date_of(last))}")
    return reasons


def _targets_changed(
    history: ScanHistory, windows: tuple[Window, Window], looked: tuple[Bools, Bools]
) -> list[str]:
    was, now = (_marked(history.target[seen], len(history.targets)) for seen in looked)
    added, removed = np.flatnonzero(now & ~was), np.flatnonzero(was & ~now)
    changed, either = added.size + removed.size, int((was | now).sum())
    if not was.any() or not now.any() or changed <= MATERIAL_SHARE * either:
        return []
    first, (newest, _) = history.first_look(), history.newest(windows[1].end)
    starts = [float(first[history.target == target].min()) for target in added]
    ends = [float(newest[history.target == target].max()) for target in removed]
    since = max(min(starts + ends), windows[0].start)
    told = (
        f"the scanned scope changed by {percent(changed / either)} since "
        f"{day(date_of(since))} ({count(added.size, 'target')} added, {removed.size} no "
        "longer scanned)"
    )
    return [told]


def _settings_changed(history: ScanHistory, looked: tuple[Bools, Bools]) -> list[str]:
    """The same tool on the same target, but asked for something else."""
    was, now = looked
    if (was == now).all():
        return []
    pair = history.tool * (len(history.targets) + 1) + history.target
    shared = np.intersect1d(pair[was], pair[now])
    fresh = now & ~was & np.isin(pair, shared)
    gone = was & ~now & np.isin(pair, shared)
    touched = np.unique(pair[fresh | gone])
    if touched.size <= MATERIAL_SHARE * max(shared.size, 1):
        return []
    tools = sorted({history.tools[tool] for tool in history.tool[fresh | gone]})
    first = history.first_look()[fresh]
    since = f" on {day(date_of(float(first.min())))}" if first.size else ""
    return [f"the settings of {', '.join(tools)} changed{since}"]


def _cadence_changed(
    history: ScanHistory, windows: tuple[Window, Window], shared: Bools
) -> list[str]:
    reasons = []
    was, now = (history.newest(window.end)[1] for window in windows)
    latest = history.latest_gaps(windows[1].end, CADENCE_RUN_DAYS)
    for tool in sorted(_tools(history, shared)):
        mine = shared & (history.tool == tool)
        old = _median(was[mine])
        new = _new_rhythm(old, _median(now[mine]), [_median(gaps[mine]) for gaps in latest])
        if new is not None:
            reasons.append(
                f"{history.tools[tool]} now looks every {number(new)} days instead of every "
                f"{number(old)}, since {day(date_of(windows[1].start))} or later"
            )
    return reasons


def _new_rhythm(old: float, usual: float, latest: list[float]) -> float | None:
    """The new interval in days; None while the old one holds, or where one is unknown."""
    shortest, longest = latest
    told = (
        (usual, True),
        (shortest, shortest > old),
        (longest, longest < old),
    )
    for new, is_so in told:
        is_other = max(old, new) >= CADENCE_FACTOR * min(old, new)
        if is_so and is_other and abs(new - old) > CADENCE_DAYS:
            return new
    return None


def _tools(history: ScanHistory, wanted: Bools) -> set[int]:
    """The numbers of the tools of these scopes."""
    marked = _marked(history.tool[wanted], len(history.tools))
    return set(np.flatnonzero(marked).tolist())


def _marked(numbers: Ints, size: int) -> Bools:
    """Which of the numbers below ``size`` are there; shape (size,)."""
    found = np.zeros(size, np.bool_)
    found[numbers] = True
    return found


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")
