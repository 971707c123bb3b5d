"""The companions of the mean time to remediate, and what it leaves out."""

import numpy as np

from protem.ledger.definition import Definition
from protem.ledger.facts import Facts
from protem.measure.clusters import (
    Sample,
    clusters_of,
    restricted_mean,
    with_accepted_as,
    within,
)
from protem.measure.critical import DUPLICATE, FALSE_POSITIVE, CriticalEpisodes, Spells
from protem.measure.metric import Companion, Exclusion
from protem.measure.remediation import OpenClusters
from protem.measure.scan_history import scan_history
from protem.measure.sources_state import usual_interval
from protem.measure.windows import Window
from protem.measure.wording import count, number

BLIND = ("burp", "openvas", "pip-audit", "zap")
"""Tools whose severity scale has no critical."""


def main_companions(
    sample: Sample, waiting: OpenClusters, definition: Definition
) -> list[Companion]:
    """The companions that are always shown beside the headline."""
    median = sample.curve.median() if sample.size else None
    late = waiting.overdue > 0
    oldest = float(waiting.age.max()) if waiting.age.size else None
    instances = int(waiting.instances[late].sum())
    return [
        Companion(
            name="median", label="Median", value=median, unit="days",
            note="" if median is not None or not sample.size
            else "Not reached: more than half were still open at every age seen.",
        ),
        Companion(
            name="within_deadline", label="Remediated within deadline", unit="%",
            value=_percent(sample.within_deadline()),
            note=f"{number(definition.exploited_days)} days where known to be exploited, "
            f"{number(definition.exposed_days)} where exposed to the internet, else "
            f"{number(definition.critical_days)}.",
        ),
        Companion(
            name="open_past_deadline", label="Open past deadline", value=float(late.sum()),
            note=f"On {count(instances, 'instance')}; counted from the first detection.",
        ),
        Companion(name="oldest_open", label="Oldest open", value=oldest, unit="days"),
    ]  # fmt: skip


def asides(
    facts: Facts, episodes: CriticalEpisodes, *, spells: Spells, window: Window
) -> list[Companion]:
    """The companions in small type."""
    moment = window.end
    closed = spells.is_fixed & (spells.end > window.start) & ~episodes.is_baseline
    naive = spells.end[closed] - episodes.start[closed]
    acted = np.fmax(episodes.start, episodes.fix_available)
    acted[np.isnan(episodes.fix_available)] = np.inf
    since_fix = within(clusters_of(episodes, spells, moment, start=acted), window)
    bound = within(with_accepted_as(episodes, spells, moment, remediated=False), window)
    history = scan_history(facts)
    usual = usual_interval(history, moment, history.scanners())
    return [
        Companion(
            name="accepted_share", label="Risk accepted", unit="%",
            value=_percent(_accepted_share(spells, window)),
            note="Of the findings that were open in the window.",
        ),
        Companion(
            name="if_accepted_were_open", label="If accepted ones counted as open",
            unit="days", value=restricted_mean(bound)[0], note="The pessimistic bound.",
        ),
        Companion(
            name="closed_only_mean", label="Mean of closed ones only", unit="days",
            value=float(naive.mean()) if naive.size else None,
            note="Not the headline: it ignores everything still open, so ignoring old "
            "findings makes it look better and cleaning them up makes it look worse.",
        ),
        Companion(
            name="since_fix_available", label="Time we could act", unit="days",
            value=restricted_mean(since_fix)[0],
            note="The same mean, counted from the day a fix was available, where known.",
        ),
        Companion(
            name="reopen_rate", label="Reopened", unit="%",
            value=_percent(_reopen_rate(episodes, spells, window)),
            note="Findings that came back, for each one fixed in the window.",
        ),
        Companion(
            name="resolution", label="Resolution", unit="days",
            value=None if usual is None else round(usual / 2, 2),
            note="Half the usual time between scans: closings are known no better than ±this.",
        ),
        Companion(
            name="backlog", label="Backlog from before the first scan",
            value=float((spells.is_open & episodes.is_baseline).sum()),
            note="Open findings whose start is unknown: counted here, not in the mean.",
        ),
        Companion(name="open_findings", label="Open", value=float(spells.is_open.sum())),
        Companion(
            name="stale", label="Not scanned lately", value=float(spells.is_stale.sum()),
            note="Neither open nor fixed: counted up to the last good scan.",
        ),
    ]  # fmt: skip


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _accepted_share(spells: Spells, window: Window) -> float | None:
    alive = spells.exists & (spells.end > window.start)
    return float((spells.is_accepted & alive).sum() / alive.sum()) if alive.any() else None


def _reopen_rate(episodes: CriticalEpisodes, spells: Spells, window: Window) -> float | None:
    fixed = int((spells.is_fixed & (spells.end > window.start)).sum())
    again = spells.exists & (episodes.start > episodes.first_start)
    again &= episodes.start > window.start
    return float(again.sum()) / fixed if fixed else None


def exclusions(
    facts: Facts, episodes: CriticalEpisodes, *, spells: Spells, window: Window
) -> list[Exclusion]:
    """What was left out of the mean or only partly counted, and how much of it."""
    alive = spells.exists & (spells.end > window.start)
    wrong = spells.is_false
    counted = [
        ("false positives, left out altogether", wrong & (episodes.ending == FALSE_POSITIVE)),
        ("duplicates, left out altogether", wrong & (episodes.ending == DUPLICATE)),
        ("there before the first scan, start unknown", alive & episodes.is_baseline),
        ("accepted, counted as open until then", alive & spells.is_accepted),
        ("on assets since removed, counted as open until then", alive & spells.is_removed),
        ("not scanned lately, counted as open until the last good scan", spells.is_stale),
    ]
    found = [Exclusion(reason=reason, count=int(mask.sum())) for reason, mask in counted]
    return [*(item for item in found if item.count), *_blind_sources(facts, window.end)]


def _blind_sources(facts: Facts, moment: float) -> list[Exclusion]:
    history = scan_history(facts)
    seen = history.scanners() & (history.first_look() <= moment)
    return [
        Exclusion(reason=f"targets scanned by {tool}, which cannot say critical", count=size)
        for place, tool in enumerate(history.tools)
        if any(name in tool.lower() for name in BLIND)
        and (size := int((seen & (history.tool == place)).sum()))
    ]
