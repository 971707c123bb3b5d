"""The parts of a change with names, in order of size, and the sentence that tells them."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np

from protem.measure import contribution
from protem.measure.contribution import Observed, Parts
from protem.measure.days import Ints
from protem.measure.metric import Breakdown, Contribution
from protem.measure.windows import HORIZON_DAYS
from protem.measure.wording import NO_BREAK, join, number, sentence

MOST_PARTS = 12
"""Groups beyond so many, the smallest first, are told as one."""
OTHERS = "all others"
NONE = "not given"
TOLD = 3
"""So many parts at most stand in the sentence…"""
MOST_OF_IT = 0.75
"""…and no more than account for this share of what moved the number that way."""
SMALLEST = 0.05
"""A number that moved by less, in its unit, has not moved."""

Labels: TypeAlias = Sequence[str]


def numbered(*periods: Labels) -> tuple[list[str], list[Ints]]:
    """Names, and for each period the place of each subject's name among them.

    Of more than ``MOST_PARTS`` names those with the fewest subjects share one.
    """
    sizes = Counter(chain(*periods))
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    kept = ranked if len(ranked) <= MOST_PARTS else ranked[: MOST_PARTS - 1]
    names = [*kept, *([OTHERS] if len(kept) < len(ranked) else [])]
    place = {name: at for at, name in enumerate(kept)}
    return [name or NONE for name in names], [
        np.array([place.get(name, len(kept)) for name in labels], dtype=np.int64)
        for labels in periods
    ]


def of_restricted_mean(
    by: tuple[str, str], was: Observed, now: Observed, *, names: list[str], counted: str
) -> Breakdown | None:
    """Why a restricted mean moved; None where a period has nothing in it.

    ``by`` is the name and the label of the way to take it apart; ``counted`` what the
    subjects are, in the plural.
    """
    if not was.exit.size or not now.exit.size:
        return None
    parts = contribution.of_restricted_mean(was, now, groups=len(names), horizon=HORIZON_DAYS)
    values = tuple(one.curve.restricted_mean(HORIZON_DAYS) for one in (was, now))
    return _told(by, parts, (values[0], values[1]), (was, now), names=names, counted=counted)


def of_median(
    by: tuple[str, str], was: Observed, now: Observed, *, names: list[str], counted: str
) -> Breakdown | None:
    """Why a median moved; None where one of them is not reached."""
    parts = contribution.of_median(was, now, groups=len(names))
    before, after = was.curve.median(), now.curve.median()
    if parts is None or before is None or after is None:
        return None
    return _told(by, parts, (before, after), (was, now), names=names, counted=counted)


def of_share(
    by: tuple[str, str],
    was: tuple[Ints, Ints],
    now: tuple[Ints, Ints],
    *,
    names: list[str],
    counted: str,
) -> Breakdown | None:
    """Why a share in % moved, each period as (k by group, n by group); None without any n."""
    if not was[1].sum() or not now[1].sum():
        return None
    parts = contribution.of_share(was, now)
    before, after = (100 * float(k.sum() / n.sum()) for k, n in (was, now))
    return _breakdown(
        by,
        Parts(rate=100 * parts.rate, mix=100 * parts.mix),
        (before, after),
        (was[1], now[1]),
        names=names,
        told=("%", counted),
    )


def present(*breakdowns: Breakdown | None) -> list[Breakdown]:
    """Those that say something: with at least two parts, or else the first of them."""
    found = [one for one in breakdowns if one is not None]
    return [one for one in found if len(one.parts) > 1] or found[:1]


def _told(
    by: tuple[str, str],
    parts: Parts,
    values: tuple[float, float],
    periods: tuple[Observed, Observed],
    *,
    names: list[str],
    counted: str,
) -> Breakdown:
    was, now = (np.bincount(one.group, minlength=len(names)) for one in periods)
    return _breakdown(by, parts, values, (was, now), names=names, told=("days", counted))


def _breakdown(
    by: tuple[str, str],
    parts: Parts,
    values: tuple[float, float],
    sizes: tuple[Ints, Ints],
    *,
    names: list[str],
    told: tuple[str, str],
) -> Breakdown:
    unit, counted = told
    rows = [
        Contribution(
            name=name,
            change=float(parts.total[at]),
            own=float(parts.rate[at]),
            mix=float(parts.mix[at]),
            was=int(sizes[0][at]),
            now=int(sizes[1][at]),
        )
        for at, name in enumerate(names)
    ]
    rows.sort(key=lambda one: (-abs(one.change), one.name))
    return Breakdown(
        by=by[0],
        label=by[1],
        was=values[0],
        now=values[1],
        unit=unit,
        counted=counted,
        parts=rows,
        sentence=_sentence(by[1], values, rows, unit=unit),
    )


def _sentence(
    label: str, values: tuple[float, float], rows: list[Contribution], *, unit: str
) -> str:
    """Such as “By owner: of +12 days since the quarter before, platform accounts for +9”."""
    change = values[1] - values[0]
    if abs(change) < SMALLEST:
        return f"By {label.lower()}: it has not moved since the quarter before."
    way = np.sign(change)
    same = sorted((row for row in rows if row.change * way > 0), key=lambda r: -abs(r.change))
    whole, told, sum_of = sum(abs(row.change) for row in same), [], 0.0
    for row in same[:TOLD]:
        told.append(f"{row.name} accounts for {signed(row.change, unit)}{_how(row)}")
        sum_of += abs(row.change)
        if sum_of >= MOST_OF_IT * whole:
            break
    against = sum(row.change for row in rows) - sum(row.change for row in same)
    rest = f"; what moved the other way takes back {signed(against, unit)}"
    return sentence(
        f"by {label.lower()}: of {signed(change, unit)} since the quarter before, {join(told)}"
        f"{rest if abs(against) >= SMALLEST else ''}."
    )


def _how(row: Contribution) -> str:
    """Whether a part is mostly mix, which is no group's doing."""
    return ", by being more or less of the whole" if abs(row.mix) > abs(row.own) else ""


def signed(value: float, unit: str) -> str:
    """A change with its sign and unit: “+2.5 days”, “-3 points”."""
    text = number(abs(value))
    sign = "" if text == "0" else "+" if value > 0 else "\N{MINUS SIGN}"
    word = "points" if unit == "%" else "day" if text == "1" else unit
    return f"{sign}{text}{NO_BREAK}{word}"
