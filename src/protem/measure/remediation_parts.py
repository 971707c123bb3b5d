"""Why the mean time to remediate moved: by owner, asset group, severity, source and kind."""

from collections.abc import Callable

import numpy as np

from protem.ledger.facts import Facts
from protem.measure import breakdown
from protem.measure.clusters import Clusters, clusters_of, within
from protem.measure.contribution import Observed
from protem.measure.critical import (
    CriticalEpisodes,
    critical_episodes,
    is_exploited_at,
    spells_at,
)
from protem.measure.days import Bools, Ints
from protem.measure.metric import Breakdown
from protem.measure.scan_history import ScanHistory, scan_history
from protem.measure.windows import Window

COUNTED = "vulnerabilities"


def remediation_parts(facts: Facts, windows: tuple[Window, Window]) -> list[Breakdown]:
    """The change of the restricted mean between two windows (earlier, later).

    A cluster goes by the instance that was seen first.
    """
    episodes, history = critical_episodes(facts), scan_history(facts)
    known = [
        clusters_of(episodes, spells_at(facts, window.end), window.end) for window in windows
    ]
    found = []
    exploited = is_exploited_at(episodes, windows[1].end)
    for by, label_of in _ways(episodes, history, exploited).items():
        labels = [
            [label_of(row) for row in clusters.row[clusters.alive(window)].tolist()]
            for clusters, window in zip(known, windows, strict=True)
        ]
        names, groups = breakdown.numbered(*labels)
        was, now = (
            _observed(clusters, window, group)
            for clusters, window, group in zip(known, windows, groups, strict=True)
        )
        found.append(breakdown.of_restricted_mean(by, was, now, names=names, counted=COUNTED))
    return breakdown.present(*found)


def _observed(clusters: Clusters, window: Window, group: Ints) -> Observed:
    sample = within(clusters, window)
    return Observed(entry=sample.entry, exit=sample.exit, event=sample.event, group=group)


def _ways(
    episodes: CriticalEpisodes, history: ScanHistory, exploited: Bools
) -> dict[tuple[str, str], Callable[[int], str]]:
    """How to take it apart: the label of an episode by its place."""
    frame, tools = episodes.frame, [*history.tools, ""]
    tool = np.append(history.tool, len(history.tools))

    def text(column: str) -> Callable[[int], str]:
        values = frame[column].fill_null("").to_list()
        return lambda row: str(values[row])

    def severity(row: int) -> str:
        return "known to be exploited" if exploited[row] else "critical by score"

    def source(row: int) -> str:
        return tools[int(tool[episodes.scope[episodes.scope_from[episodes.seen_by[row]]]])]

    return {
        ("owner", "Owner"): text("owner_group"),
        ("group", "Asset group"): text("asset_group"),
        ("severity", "Severity"): severity,
        ("source", "Source"): source,
        ("kind", "Kind of asset"): text("asset_kind"),
    }
