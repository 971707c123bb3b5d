"""How fast systems are patched: latency where release dates are known, else cadence."""

from datetime import datetime

import numpy as np

from protem.ledger.facts import Facts
from protem.measure.breakdown import present
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
    Verdict,
)
from protem.measure.moments import Remembered
from protem.measure.patch_evidence import NO_STATE
from protem.measure.patch_lists import patch_tables
from protem.measure.patching import (
    ENOUGH_LATENCY,
    SILENT_DAYS,
    Spans,
    Systems,
    cadence_spans,
    clustered,
    latency_spans,
    median_interval,
    spans_breakdown,
    systems_at,
)
from protem.measure.scan_history import scan_history
from protem.measure.sources_state import (
    EXPORT_STALE_DAYS,
    MATERIAL_SHARE,
    changes,
    source_states,
)
from protem.measure.verdicts import Judgement, judge_durations
from protem.measure.windows import Window, before, trailing
from protem.measure.wording import count, day, days, interval, percent

NAME = "patch-cadence"
SPANS_KEPT = 8
LATENCY, CADENCE = "latency", "cadence"
WHAT = "groups of patches"


def compute(facts: Facts, as_of: datetime) -> Reading:
    """The reading as of a moment, from the events known by then."""
    moment, window = day_number(as_of), trailing(facts.definition, as_of)
    systems, history = systems_at(facts, moment), scan_history(facts)
    label = _label(systems)
    spans = _spans(facts, systems, window, label=label)
    curve = spans.curve()
    value = curve.median() if _has_data(systems) else None
    low, high = median_interval(spans, curve) if value is not None else (None, None)
    judgement = _judge(facts, systems, window, label=label)
    return Reading(
        metric=NAME,
        as_of=as_of,
        value=value,
        unit="days",
        low=low,
        high=high,
        n=systems.size,
        verdict=judgement.verdict,
        label=label,
        sentence=_sentence(systems, (value, low, high), label=label),
        verdict_sentence=judgement.sentence,
        companions=_companions(facts, systems, window, label=label),
        exclusions=_exclusions(systems),
        sources=source_states(history, moment, history.logs(), floor=EXPORT_STALE_DAYS),
        windows=[before(window).dates(), window.dates()],
    )


def explain(facts: Facts, as_of: datetime) -> list[Breakdown]:
    """Why the median moved against the window before; nothing where it is another figure."""
    window = trailing(facts.definition, as_of)
    periods = [(systems_at(facts, one.end), one) for one in (before(window), window)]
    labels = {_label(systems) for systems, _window in periods}
    if len(labels) > 1 or not all(_has_data(systems) for systems, _window in periods):
        return []
    fleet, label = machines(facts), labels.pop()
    was, now = (_spans(facts, systems, one, label=label) for systems, one in periods)
    ways = (
        (("owner", "Owner or group"), fleet.group),
        (("kind", "Kind of asset"), fleet.kind),
        (("system", "Operating system"), fleet.os_family),
    )
    counted = "patches due" if label == LATENCY else "pauses between patch days"
    return present(
        *(spans_breakdown(by, was, now, labels=names, counted=counted) for by, names in ways)
    )


def tables(facts: Facts, as_of: datetime) -> list[Table]:
    """The longest unpatched, those silent for 35 days or due for a reboot, and the sources."""
    moment = day_number(as_of)
    return patch_tables(facts, systems_at(facts, moment), moment)


def _label(systems: Systems) -> str:
    known = int((systems.has_release & systems.in_scope).sum())
    return LATENCY if known and known >= ENOUGH_LATENCY * systems.size else CADENCE


def _spans(facts: Facts, systems: Systems, window: Window, *, label: str) -> Spans:
    """Those of one window, remembered for the next few questions about it."""
    kept: Remembered[tuple[str, Window], Spans] = facts.memo.setdefault(
        "patch_spans", Remembered(most=SPANS_KEPT)
    )
    spans_of = latency_spans if label == LATENCY else cadence_spans
    return kept.at((label, window), lambda _key: spans_of(facts, systems, window))


def _has_data(systems: Systems) -> bool:
    """Whether any system in scope ever told of a patch or of its state."""
    told = np.isfinite(systems.last_patched) | np.isfinite(systems.knowledge.current)
    told |= systems.is_pending | (systems.knowledge.condition != NO_STATE)
    return bool((systems.in_scope & told).any())


def _sentence(
    systems: Systems,
    headline: tuple[float | None, float | None, float | None],
    *,
    label: str,
) -> str:
    value, low, high = headline
    if not systems.has_inventory:
        return (
            "Not enough data: no inventory says which systems should be patched. Import one; "
            "those that report patches cannot tell which do not."
        )
    if not systems.size:
        return "Not enough data: no system in scope is believed alive."
    if not _has_data(systems):
        return (
            f"Not enough data: no patch is known on any of {count(systems.size, 'system')} in "
            "scope. Import their patch logs."
        )
    if value is None:
        half = "more than half of the patches are still waiting to be installed"
        pause = "more than half of the pauses between patch days are still running"
        told = half if label == LATENCY else pause
        return (
            f"The median is not reached: {told}, on {count(systems.size, 'system')} in scope."
        )
    span = interval(low, high, "days")
    unknown = _unknown_in_words(systems)
    if label == LATENCY:
        return (
            f"Half of the patches are installed and rebooted within {days(value)} of their "
            f"release{span}, on {count(systems.size, 'system')} in scope.{unknown}"
        )
    return (
        f"A system goes {days(value)} between patch days, by the median{span}, over "
        f"{count(systems.size, 'system')} in scope. Release dates are not known, so this is "
        f"cadence, not latency.{unknown}"
    )


def _unknown_in_words(systems: Systems) -> str:
    unknown = systems.count(systems.is_unknown)
    if not unknown:
        return ""
    return (
        f" Whether {unknown:,} of them had a patch in the last "
        f"{days(SILENT_DAYS)} is not known."
    )


def _companions(
    facts: Facts, systems: Systems, window: Window, *, label: str
) -> list[Companion]:
    if not _has_data(systems):
        return []
    other = CADENCE if label == LATENCY else LATENCY
    spans = _spans(facts, systems, window, label=label)
    beside = _spans(facts, systems, window, label=other)
    curve = spans.curve()
    age = window.end - systems.known_good[systems.in_scope]
    return [
        Companion(name="p90", label="90 % within", value=curve.quantile(0.9), unit="days"),
        Companion(
            name=other, label=f"Patch {other}", unit="days",
            value=beside.curve().median() if beside.exit.size else None,
            note="Median days from release to installed and rebooted." if other == LATENCY
            else "Median days between patch days.",
        ),
        *(
            Companion(
                name=f"current_{limit}", label=f"Current within {limit} days", unit="%",
                value=100 * (
                    1 - curve.at(limit) if label == LATENCY else float((age <= limit).mean())
                ),
            )
            for limit in (14, 30)
        ),
        Companion(
            name="unpatched_35", label="No patch in 35 days",
            value=float(systems.count(systems.is_unpatched)),
            note="A log or a state of patching shows that there was none.",
        ),
        Companion(
            name="unknown", label="Not known", value=float(systems.count(systems.is_unknown)),
            note="No patch in 35 days that we know of, and no source that would show one.",
        ),
        Companion(
            name="pending_reboot", label="Waiting for a reboot",
            value=float(systems.count(systems.is_pending)),
            note="Installed but not in force, so not counted as patched.",
        ),
    ]  # fmt: skip


def _judge(facts: Facts, systems: Systems, window: Window, *, label: str) -> Judgement:
    earlier = before(window)
    past = systems_at(facts, earlier.end)
    fleet, history = machines(facts), scan_history(facts)
    if not _has_data(systems):
        return Judgement(
            verdict=Verdict.INSUFFICIENT, sentence="Not enough data for a verdict."
        )
    samples = [
        clustered(
            _spans(facts, known, period, label=label),
            fleet,
            allowed_days=facts.definition.critical_days,
        )
        for known, period in ((past, earlier), (systems, window))
    ]
    reasons = []
    if past.size:
        reasons = changes(history, (earlier, window), history.logs())
        reasons += _scope_changed(past, systems, window)
        if _has_data(past) and _label(past) != label:
            since = day(date_of(window.start))
            reasons.append(f"the figure is {label} now and was {_label(past)} before {since}")
    return judge_durations(
        (samples[0], samples[1]),
        (earlier, window),
        WHAT,
        reasons=reasons,
        definition=facts.definition,
    )


def _scope_changed(past: Systems, now: Systems, window: Window) -> list[str]:
    union = int((past.in_scope | now.in_scope).sum())
    changed = int((past.in_scope ^ now.in_scope).sum())
    if changed <= MATERIAL_SHARE * union:
        return []
    since = day(date_of(window.start))
    return [
        f"{percent(changed / union)} of the systems in scope are other ones than on {since}"
    ]


def _exclusions(systems: Systems) -> list[Exclusion]:
    found = (
        ("ephemeral systems, rebuilt rather than patched", int(systems.is_ephemeral.sum())),
        ("not company-owned", int(systems.is_foreign.sum())),
    )
    return [Exclusion(reason=reason, count=size) for reason, size in found if size]


METRIC = Metric(
    name=NAME,
    title="Patch cadence",
    place=1,
    unit="days",
    is_higher_better=False,
    default_target=30.0,
    label_targets={LATENCY: 14.0},
    definition=(
        "How fast systems get their patches. Where it is known when a patch came out: the days "
        "from release until it is installed and the system rebooted. Where only logs exist: "
        "the days between one patch day and the next. Systems that report nothing are counted "
        "as not known: only a full log or a state of patching shows that nothing was installed."
    ),
    formula=(
        "Latency: product-limit median of installed and rebooted - released, per system and "
        "release, not yet installed censored, in the trailing 90 days with delayed entry; the "
        "headline if at least half of the systems in scope have it. A release is a day's "
        "updates of Windows or macOS (a KB without a date: the newest Patch Tuesday by its "
        "first installation), a package's update on Linux, or the dated fix of a critical "
        "finding. Cadence: product-limit median of the gaps between patch days per system over "
        "90 days, the running gap censored when a source last spoke of the system. Systems in "
        "scope are those an inventory believes alive. Improving or degrading: log-rank "
        "p < 0.01 on releases (or weeks) by owner group, each over when half of its systems "
        "are done, and the restricted mean moved by 20 % or more."
    ),
    reference=(
        Reference(
            found="Small and medium companies install Microsoft's patches in a median of 7.7 "
            "days, 90 % within 38.6",
            source="Acronis, second half of 2025",
        ),
    ),
    next_steps="Look at the ten longest unpatched systems first, then at reboots that are due.",
    compute=compute,
    tables=tables,
    explain=explain,
)
