"""Certifications held and current, of those that are required."""

from datetime import datetime, timedelta

import numpy as np

from protem.ledger.facts import Facts
from protem.measure.breakdown import of_share, present
from protem.measure.certificate_states import HELD, IN_WORDS, Standing, State, standings
from protem.measure.metric import (
    Breakdown,
    Column,
    Companion,
    Exclusion,
    Metric,
    Reading,
    Table,
    Verdict,
)
from protem.measure.wording import count, day, join

NAME = "certifications"
NOT_CLEAN = ("qualified", "adverse", "disclaimer")


def compute(facts: Facts, as_of: datetime) -> Reading:
    """The reading as of a moment, from the versions known by then."""
    earlier_at = as_of - timedelta(weeks=facts.definition.look_back_weeks)
    now, was = (standings(facts.certificates, moment) for moment in (as_of, earlier_at))
    required = [one for one in now if one.is_required]
    held = [one for one in required if one.state in HELD]
    verdict, told = _judge(was, now, earlier_at)
    optional = len(now) - len(required)
    return Reading(
        metric=NAME,
        as_of=as_of,
        value=100 * len(held) / len(required) if required else None,
        unit="%",
        n=len(required),
        verdict=verdict,
        sentence=_sentence(now, required, held),
        verdict_sentence=told,
        companions=_companions(required, as_of),
        exclusions=[Exclusion(reason="not required", count=optional)] if optional else [],
        windows=[(earlier_at.date(), as_of.date())],
    )


def explain(facts: Facts, as_of: datetime) -> list[Breakdown]:
    """Which certificates moved the share since the look back, each with its event."""
    earlier_at = as_of - timedelta(weeks=facts.definition.look_back_weeks)
    was, now = (
        {one.key: one for one in standings(facts.certificates, moment) if one.is_required}
        for moment in (earlier_at, as_of)
    )
    keys = sorted(was.keys() | now.keys())
    counts = [
        (
            np.array([key in period and period[key].state in HELD for key in keys], np.int64),
            np.array([key in period for key in keys], np.int64),
        )
        for period in (was, now)
    ]
    names = [_event(was.get(key), now.get(key)) for key in keys]
    by = ("certificate", "Certificate")
    return present(of_share(by, *counts, names=names, counted="required"))


def tables(facts: Facts, as_of: datetime) -> list[Table]:
    """Every certificate with its state and dates."""
    return [
        Table(
            name="certificates",
            title="Certificates",
            columns=[
                Column(name="name", label="Certificate"),
                Column(name="scope", label="Scope"),
                Column(name="state", label="State"),
                Column(name="required", label="Required"),
                Column(name="current_until", label="Current until"),
                Column(name="next_on", label="Next deadline"),
                Column(name="next_what", label="What it is"),
                Column(name="opinion", label="Opinion"),
                Column(name="gap_days", label="Days between reports", is_number=True),
            ],
            rows=[
                {
                    "name": one.name,
                    "scope": one.scope,
                    "state": IN_WORDS[one.state],
                    "required": "yes" if one.is_required else "no",
                    "current_until": one.current_until,
                    "next_on": one.next_on,
                    "next_what": one.next_what,
                    "opinion": one.opinion,
                    "gap_days": one.gap_days,
                }
                for one in standings(facts.certificates, as_of)
            ],
            empty="No certificate is recorded yet.",
        )
    ]


def _sentence(now: list[Standing], required: list[Standing], held: list[Standing]) -> str:
    if not now:
        return "Not enough data: no certificate is recorded. Add those you hold or need."
    if not required:
        return f"{count(len(now), 'certificate')} recorded, none of them required."
    missing = [f"{one.name} ({IN_WORDS[one.state]})" for one in required if one not in held]
    rest = f"; missing: {join(missing)}" if missing else ""
    one = count(len(required), "required certification")
    return f"{len(held)} of {one} {'is' if len(held) == 1 else 'are'} held and current{rest}."


def _companions(required: list[Standing], as_of: datetime) -> list[Companion]:
    coming = [(one.next_on, one) for one in required if one.next_on is not None]
    first = min(coming, key=lambda pair: pair[0]) if coming else None
    unclean = [one.name for one in required if one.opinion in NOT_CLEAN]
    return [
        Companion(
            name="next_deadline", label="Next deadline", unit="days",
            value=float((first[0] - as_of.date()).days) if first else None,
            note=f"{first[1].name}: {first[1].next_what} on {day(first[0])}." if first else "",
        ),
        Companion(
            name="gap_days", label="Days between reports", unit="days",
            value=float(sum(one.gap_days for one in required)) if required else None,
            note="Days between two periods that no report covers.",
        ),
        Companion(
            name="open_exceptions", label="Open exceptions",
            value=float(len(unclean)) if required else None,
            note=f"Opinion not clean: {join(unclean)}." if unclean else "",
        ),
        Companion(name="held", label="Held and current",
                  value=float(sum(one.state in HELD for one in required))),
    ]  # fmt: skip


def _judge(
    was: list[Standing], now: list[Standing], earlier_at: datetime
) -> tuple[Verdict, str]:
    """By events since then; what was required and got worse outweighs the rest."""
    since = day(earlier_at.date())
    required = [one for one in now if one.is_required]
    if not required:
        return Verdict.INSUFFICIENT, "Not enough data: no required certification is known."
    before = {one.key: one for one in was}
    if not before:
        return (
            Verdict.INSUFFICIENT,
            f"Not enough data: no certificate was recorded by {since}.",
        )
    worse, better = [], []
    for one in required:
        rank = before[one.key].state if one.key in before else State.NONE
        gap = before[one.key].gap_days if one.key in before else 0
        if one.state < rank:
            worse.append(f"{one.name} went from {IN_WORDS[rank]} to {IN_WORDS[one.state]}")
        elif one.state > rank:
            better.append(f"{one.name} went from {IN_WORDS[rank]} to {IN_WORDS[one.state]}")
        if one.gap_days > gap:
            worse.append(f"a gap of {one.gap_days - gap} days opened in {one.name}")
    recorded = {one.key for one in now}
    worse += [
        f"{lost.name} is no longer recorded"
        for lost in was
        if lost.is_required and lost.key not in recorded
    ]
    if not worse and not better:
        return Verdict.STEADY, f"No certificate rose, fell or gained a gap since {since}."
    verdict = Verdict.DEGRADING if worse else Verdict.IMPROVING
    return verdict, f"Since {since}: {join(worse + better)}."


def _event(was: Standing | None, now: Standing | None) -> str:
    """The certificate's name, and what became of it in between."""
    one = now or was
    name = f"{one.name}, {one.scope}" if one and one.scope else one.name if one else ""
    if was is None:
        return f"{name} (newly required)"
    if now is None:
        return f"{name} (no longer required)"
    if was.state is now.state:
        return name
    return f"{name} ({IN_WORDS[was.state]} → {IN_WORDS[now.state]})"


METRIC = Metric(
    name=NAME,
    title="Certifications",
    place=4,
    unit="%",
    is_higher_better=True,
    default_target=100.0,
    definition=(
        "How many of the certifications that contracts, deals or your own choice require are "
        "held and current today. A SOC 2 report grows stale a year after the end of its "
        "period; a bridge letter covers three months more at most."
    ),
    formula=(
        "Held and current ÷ required, in %. Current: SOC 2 Type II until 12 months after the "
        "period's end (a bridge letter adds at most 3); ISO 3 years; HITRUST e1 and i1 1 "
        "year, r2 2 years; PCI and FedRAMP 1 year; others until they expire; a stated earlier "
        "expiry wins. An adverse opinion is not current. The verdict goes by events in the "
        "last 13 weeks: a rank that rises or falls, or a gap between reports that opens."
    ),
    next_steps="Book the auditor for what lapses next; tell sales which reports they may use.",
    can_be_cut=False,
    compute=compute,
    tables=tables,
    explain=explain,
)
