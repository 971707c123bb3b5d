"""Mean time to remediate critical vulnerabilities, open ones included as long as they last."""

from datetime import datetime

from protem.ledger.definition import Definition
from protem.ledger.facts import Facts
from protem.measure.clusters import (
    Sample,
    clusters_of,
    restricted_mean,
    with_accepted_as,
    within,
)
from protem.measure.critical import CriticalEpisodes, Spells, critical_episodes, spells_at
from protem.measure.days import day_number
from protem.measure.metric import (
    Breakdown,
    Column,
    Metric,
    Reading,
    Reference,
    Table,
    Verdict,
)
from protem.measure.months import months_table
from protem.measure.reference import Compared, compared
from protem.measure.remediation import open_clusters, overdue_rows, red_flag, stale_rows
from protem.measure.remediation_asides import asides, exclusions, main_companions
from protem.measure.remediation_parts import remediation_parts
from protem.measure.scan_history import scan_history
from protem.measure.sources_state import source_states
from protem.measure.verdicts import Judgement, compare, has_gap, judge_durations, missing_data
from protem.measure.windows import HORIZON_DAYS, Window, before, trailing
from protem.measure.wording import count, day, days, interval, number

NAME = "mttr-critical"
WHAT = "critical vulnerabilities"


def compute(facts: Facts, as_of: datetime) -> Reading:
    """The reading as of a moment, from what was known by then."""
    moment, window = day_number(as_of), trailing(facts.definition, as_of)
    episodes, spells = critical_episodes(facts), spells_at(facts, moment)
    sample = within(clusters_of(episodes, spells, moment), window)
    waiting = open_clusters(episodes, spells, moment)
    history = scan_history(facts)
    span = compared(history, moment, history.scanners(), facts.definition)
    judgement = _judge(facts, span, spells=spells)
    value, low, high = restricted_mean(sample)
    flag = red_flag(waiting, facts.definition)
    return Reading(
        metric=NAME,
        as_of=as_of,
        value=value,
        unit="days",
        low=low,
        high=high,
        n=sample.size,
        verdict=judgement.verdict,
        sentence=_sentence(facts, sample, (value, low, high), as_of=as_of),
        verdict_sentence=judgement.sentence,
        is_red_flag=bool(flag),
        red_flag=flag,
        companions=[
            *main_companions(sample, waiting, facts.definition),
            *asides(facts, episodes, spells=spells, window=window),
        ],
        exclusions=exclusions(facts, episodes, spells=spells, window=window),
        sources=source_states(history, moment, history.scanners()),
        windows=[span.earlier.dates(), span.later.dates()],
    )


def explain(facts: Facts, as_of: datetime) -> list[Breakdown]:
    """Why the headline moved against the window before."""
    window = trailing(facts.definition, as_of)
    return remediation_parts(facts, (before(window), window))


def tables(facts: Facts, as_of: datetime) -> list[Table]:
    """What is open past its deadline, what nobody scanned lately, and month by month."""
    moment = day_number(as_of)
    episodes, spells = critical_episodes(facts), spells_at(facts, moment)
    waiting = open_clusters(episodes, spells, moment)
    return [
        Table(
            name="past-deadline",
            title="Open past deadline",
            columns=[
                Column(name="vulnerability", label="Vulnerability"),
                Column(name="owner", label="Owner"),
                Column(name="asset", label="Asset, the longest open"),
                Column(name="component", label="Component"),
                Column(name="fixed_version", label="Fixed in"),
                Column(name="instances", label="Open instances", is_number=True),
                Column(name="age_days", label="Days open", is_number=True),
                Column(name="overdue_days", label="Days past deadline", is_number=True),
                Column(name="is_exploited", label="Known to be exploited"),
                Column(name="start", label="Start"),
            ],
            rows=overdue_rows(episodes, waiting),
            empty="No critical vulnerability is past its deadline.",
        ),
        Table(
            name="stale",
            title="Not scanned lately, so neither open nor fixed",
            columns=[
                Column(name="vulnerability", label="Vulnerability"),
                Column(name="owner", label="Owner"),
                Column(name="asset", label="Asset"),
                Column(name="last_scan_on", label="Last good scan"),
            ],
            rows=stale_rows(episodes, spells),
            empty="Every scope was scanned when it should have been.",
        ),
        months_table(clusters_of(episodes, spells, moment), as_of),
    ]


def _sentence(
    facts: Facts,
    sample: Sample,
    headline: tuple[float | None, float | None, float | None],
    *,
    as_of: datetime,
) -> str:
    value, low, high = headline
    if value is None:
        history = scan_history(facts)
        if not (history.first_look()[history.scanners()] <= day_number(as_of)).any():
            return "Not enough data: no scan has been imported yet. Import a scanner's export."
        return (
            "Not enough data: no critical vulnerability whose start is known was open in the "
            f"{trailing(facts.definition, as_of).told} to {day(as_of)}."
        )
    told = (
        f"A critical vulnerability takes {days(value)} on average to remediate{{}}, counting "
        f"at most {number(HORIZON_DAYS)} days each, from {sample.size:,} of them in the "
        f"{trailing(facts.definition, as_of).told} to {day(as_of)}."
    ).format(interval(low, high, "days"))
    if not sample.closed:
        told += " None was remediated in that time, so the figure is the most it can be."
    elif has_gap(sample.curve):
        told += " Too few were new to tell how the first days go: read it with care."
    return told


def _judge(facts: Facts, span: Compared, *, spells: Spells) -> Judgement:
    """Each stretch is taken as it was known at its own end, so both miss the same."""
    earlier, later, reasons = span.earlier, span.later, span.reasons
    episodes, older = critical_episodes(facts), spells_at(facts, earlier.end)
    known = (older, spells)
    samples = (
        within(clusters_of(episodes, older, earlier.end), earlier),
        within(clusters_of(episodes, spells, later.end), later),
    )
    if not reasons and not missing_data(samples, (earlier, later), WHAT):
        reasons = _accepted_disagree(
            episodes, known, (earlier, later), definition=facts.definition
        )
    return judge_durations(
        samples, (earlier, later), WHAT, reasons=reasons, definition=facts.definition
    )


def _accepted_disagree(
    episodes: CriticalEpisodes,
    known: tuple[Spells, Spells],
    windows: tuple[Window, Window],
    *,
    definition: Definition,
) -> list[str]:
    """Whether counting accepted risk as remediated or as open would change the verdict."""
    taken = [
        int((spells.is_accepted & (spells.end > window.start)).sum())
        for spells, window in zip(known, windows, strict=True)
    ]
    if not any(taken):
        return []
    verdicts: set[Verdict] = set()
    for remediated in (True, False):
        samples = [
            within(with_accepted_as(episodes, s, w.end, remediated=remediated), w)
            for s, w in zip(known, windows, strict=True)
        ]
        verdicts.add(compare(samples[0], samples[1], definition).verdict)
    if len(verdicts) == 1:
        return []
    told = (
        f"{count(taken[1], 'finding')} accepted since {day(windows[1].dates()[0])} "
        f"({taken[0]:,} in the {windows[0].told} before) decide the verdict: it differs "
        "when they count as remediated and when they count as open"
    )
    return [told]


METRIC = Metric(
    name=NAME,
    title="Mean time to remediate, critical",
    place=2,
    unit="days",
    is_higher_better=False,
    default_target=30.0,
    definition=(
        "How long a critical vulnerability stays open, on average. Those still open count for "
        "as long as they have been open, so neither ignoring old ones nor cleaning them up "
        "distorts the figure, and none counts for more than 180 days. One vulnerability in "
        "one owner's systems counts once, however many machines have it."
    ),
    formula=(
        "Restricted mean ∫₀¹⁸⁰ S(t) dt of the product-limit curve over clusters (vulnerability "
        "by owner group) alive in the trailing 90 days, with delayed entry: entry age "
        "max(T₀ - start, 0), exit age min(end, T₁) - start, open ones censored. Accepted, "
        "removed, no longer critical and stale ones are censored when they left; false "
        "positives and duplicates are left out; findings of unknown start are counted in the "
        "backlog only. Known-exploited ones count as critical from the day they were opened. "
        "Improving or degrading: of the last two windows against the six before (as far as "
        "history reaches and scanning stayed as it was; at the least one against one), the "
        "weighted log-rank test with delayed entry (Harrington and Fleming, rho 1) says p < "
        "0.01, and the restricted mean or the share within deadline moved by 20 % or more; "
        "about 1 in 10 steady years shows a wrong arrow."
    ),
    reference=(
        Reference(
            found="26 % of the known-exploited were fully fixed in 2025, in a median of 43 "
            "days; the year before 38 %",
            source="Verizon DBIR, 2026",
            is_secondary=True,
        ),
        Reference(
            found="Half of the known-exploited ones are fixed after 174 days, of the others "
            "after 621; critical known-exploited ones after 4.5 months",
            source="Bitsight, 2024",
        ),
        Reference(
            found="Half of the vulnerabilities are fixed after 90 days; 18 % are still open "
            "after a year",
            source="Kenna and Cyentia, Prioritization to Prediction 2, 2019",
        ),
    ),
    next_steps=(
        "Work down the list of what is past its deadline, the longest overdue first; give each "
        "to its owner, or record why it is accepted and until when."
    ),
    compute=compute,
    tables=tables,
    explain=explain,
)
