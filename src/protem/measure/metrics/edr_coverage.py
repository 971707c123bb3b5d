"""The share of assets in scope with a healthy EDR agent, as the inventories know the assets."""

from datetime import datetime

from protem.ledger.facts import Facts
from protem.measure.breakdown import present
from protem.measure.coverage import Cover, Coverage, coverage_at
from protem.measure.coverage_change import (
    coverage_breakdown,
    coverage_scopes,
    export_problems,
    judge_coverage,
)
from protem.measure.coverage_lists import coverage_tables
from protem.measure.days import date_of, day_number
from protem.measure.machines import machines
from protem.measure.metric import (
    Breakdown,
    Companion,
    Exclusion,
    Metric,
    Reading,
    Reference,
    Table,
)
from protem.measure.scan_history import scan_history
from protem.measure.sources_state import EXPORT_STALE_DAYS, changes, source_states
from protem.measure.windows import Window
from protem.measure.wording import count, percent
from protem.stats.proportions import wilson

NAME = "edr-coverage"


def compute(facts: Facts, as_of: datetime) -> Reading:
    """The reading as of a moment, from the exports known by then."""
    moment = day_number(as_of)
    fleet, history = machines(facts), scan_history(facts)
    before = moment - 7 * facts.definition.look_back_weeks
    now, was = coverage_at(facts, moment), coverage_at(facts, before)
    scopes = coverage_scopes(fleet, history)
    judgement = judge_coverage(
        now,
        was,
        problems=_problems(facts, moment),
        since=before,
        definition=facts.definition,
    )
    value, low, high = _headline(now)
    return Reading(
        metric=NAME,
        as_of=as_of,
        value=value,
        unit="%",
        low=low,
        high=high,
        n=now.count(),
        verdict=judgement.verdict,
        sentence=_sentence(now),
        verdict_sentence=judgement.sentence,
        companions=_companions(now),
        exclusions=[
            Exclusion(reason=why, count=size) for why, size in now.left_out.items() if size
        ],
        sources=source_states(history, moment, scopes[0] | scopes[1], floor=EXPORT_STALE_DAYS),
        windows=[(date_of(before), date_of(moment))],
    )


def explain(facts: Facts, as_of: datetime) -> list[Breakdown]:
    """Why the share moved since the look back: by what the assets in scope are."""
    moment, fleet = day_number(as_of), machines(facts)
    before = moment - 7 * facts.definition.look_back_weeks
    now, was = coverage_at(facts, moment), coverage_at(facts, before)
    if not (now.has_agents and was.has_agents):
        return []
    ways = (
        (("owner", "Owner or group"), fleet.group),
        (("kind", "Kind of asset"), fleet.kind),
        (("system", "Operating system"), fleet.os_family),
    )
    return present(*(coverage_breakdown(by, was, now, labels=names) for by, names in ways))


def tables(facts: Facts, as_of: datetime) -> list[Table]:
    """Who is uncovered, unknown or known to EDR only, silent or doubled, and who changed."""
    moment = day_number(as_of)
    apart = facts.definition.look_back_weeks
    was = coverage_at(facts, moment - 7 * apart)
    return coverage_tables(facts, coverage_at(facts, moment), was, moment=moment)


def _problems(facts: Facts, moment: float) -> list[str]:
    """Why coverage cannot be compared: exports apart or cut short, sources come or gone."""
    fleet, history = machines(facts), scan_history(facts)
    scopes = coverage_scopes(fleet, history)
    apart = 7 * facts.definition.look_back_weeks
    earlier = Window(start=moment - 2 * apart, end=moment - apart)
    later = Window(start=earlier.end, end=moment)
    both = scopes[0] | scopes[1]
    if not history.looked_in(earlier)[both].any():
        return export_problems(history, scopes, moment)
    return [
        *export_problems(history, scopes, moment),
        *(
            reason
            for reason in changes(history, (earlier, later), both)
            if "now looks every" not in reason and "settings" not in reason
        ),
    ]


def _headline(now: Coverage) -> tuple[float | None, float | None, float | None]:
    """Healthy %, with the score interval widened by agents that might be unmatched assets."""
    healthy, n = now.count(Cover.HEALTHY), now.count()
    if not n or not now.has_agents:
        return None, None, None
    low, high = wilson(healthy, n)
    matched = (healthy + min(now.only_edr_healthy, n - healthy)) / n
    return 100 * healthy / n, 100 * low, 100 * max(high, matched)


def _sentence(now: Coverage) -> str:
    if not now.has_inventory:
        return (
            "Not enough data: no inventory says which assets there are. Import one from device "
            "management, the cloud or the directory; agents cannot report their own absence."
        )
    if not now.has_agents:
        return (
            f"Not enough data: inventories list {count(now.count(), 'asset')} in scope, but "
            "no list of EDR agents is there. Import the export of the EDR console."
        )
    if not now.count():
        return "Not enough data: no asset in scope is believed alive."
    bare = now.count(Cover.NONE, Cover.UNHEALTHY)
    healthy = percent(now.share(now.count(Cover.HEALTHY)))
    return (
        f"{healthy} of {count(now.count(), 'asset')} in scope have a "
        f"healthy agent; {bare:,} are not covered and {now.count(Cover.UNKNOWN):,} are "
        "unknown."
    )


def _companions(now: Coverage) -> list[Companion]:
    if not now.count() or not now.has_agents:
        return []
    bare = now.count(Cover.NONE, Cover.UNHEALTHY)
    return [
        Companion(
            name="installed", label="Agent installed", unit="%",
            value=100 * now.share(int(now.installed.sum())), note="Whatever its health.",
        ),
        Companion(
            name="unknown", label="Unknown", unit="%",
            value=100 * now.share(now.count(Cover.UNKNOWN)),
            note="Alive, but the agent has been silent, such as a laptop in a drawer.",
        ),
        Companion(name="uncovered", label="Not covered", value=float(bare)),
        Companion(
            name="only_edr", label="Known to EDR only", value=float(now.only_edr.size),
            note="Not counted: an agent cannot report its own absence.",
        ),
        Companion(
            name="mobiles", label="Mobile devices",
            value=float(now.left_out.get("mobile devices, counted apart", 0)),
            note="Counted apart.",
        ),
        Companion(
            name="templates", label="Templates", value=float(now.templates()),
            note="Ephemeral machines, each template counted once.",
        ),
    ]  # fmt: skip


METRIC = Metric(
    name=NAME,
    title="EDR coverage",
    place=3,
    unit="%",
    is_higher_better=True,
    default_target=98.0,
    definition=(
        "Of the assets that inventories believe alive and that should have an agent, how many "
        "have one that works: checked in lately, and set to prevent, not just to watch. "
        "Laptops in a drawer are unknown, not uncovered."
    ),
    formula=(
        "Healthy ÷ assets in scope, in %. In scope: seen by a source other than EDR within 30 "
        "days (servers 7, cloud running in the newest export), company-owned, operating system "
        "supported, at least 24 hours old; ephemeral ones by template, containers through "
        "their node. Healthy: the best agent checked in within 7 days (servers 2) of the "
        "export and is not decommissioned, hidden, merely discovered, reduced, detect-only or "
        "without policy. Unknown: alive, and the agent silent for up to 30 days (servers 7) or "
        "of unknown age. Improving or degrading: "
        "2 points or more and p < 0.05 (McNemar, exact) against 13 weeks ago, on the same "
        "assets, those left out that no inventory has heard of for a week."
    ),
    reference=(
        Reference(
            found="12.7 % of devices lack the agent they should have",
            source="Axonius and Ponemon, 2026",
            is_secondary=True,
        ),
    ),
    next_steps="Install or repair the agent on what is listed as not covered, servers first.",
    compute=compute,
    tables=tables,
    explain=explain,
)
