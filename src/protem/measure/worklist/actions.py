"""What to fix first: open findings by the one fix that closes them, the most urgent first.

The order, one thing after the other; the first that differs decides:

1. known to be exploited before the rest;
2. the gravest severity;
3. past its deadline before what still has time;
4. on an asset that is exposed to the internet, or critical to the company, before others;
5. likelier to be exploited (EPSS, in tenths of all vulnerabilities);
6. the fix that closes more findings;
7. the longer past its deadline.
"""

from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from protem.formats.records import Severity
from protem.ledger.definition import Definition
from protem.ledger.facts import INSTANT, Facts
from protem.ledger.rules import Criticality
from protem.measure.wording import count, join, percent

RULE = (
    "Known to be exploited first; then by severity; then past its deadline; then on assets "
    "exposed to the internet or critical to the company; then likelier to be exploited (EPSS, "
    "in tenths); then the fix that closes most; then the longest overdue."
)
KEPT = 50
_DAY_US = 86_400_000_000
_STEPS = 10
_WORTH_SAYING = 0.8
"""EPSS is a reason from this percentile on."""
_WEIGHT = {
    Criticality.LOW: 0,
    Criticality.NORMAL: 1,
    Criticality.HIGH: 2,
    Criticality.CRITICAL: 3,
}
_EXPOSED = 4
_ORDER = (
    "is_exploited",
    "severity",
    "is_late",
    "weight",
    "likelihood",
    "findings",
    "late_days",
)


class FixAction(msgspec.Struct, frozen=True, kw_only=True):
    """One fix with what it closes and why it comes where it does."""

    title: str
    component: str
    fixed_version: str
    vulnerabilities: list[str]
    findings: int
    assets: int
    owners: list[str]
    severity: str
    is_exploited: bool
    late_days: int
    """Days past the deadline of the most overdue finding; 0 where none is."""
    percentile: float | None
    finding_id: int
    """One of the findings, the most overdue."""
    reasons: list[str]


def fix_actions(
    facts: Facts,
    *,
    exploited: pl.DataFrame,
    scores: pl.DataFrame,
    as_of: datetime,
    most: int = KEPT,
) -> list[FixAction]:
    """The most urgent fixes as of a moment, by the order above.

    Args:
        facts: Episodes with the decisions laid over them, assets and the definition.
        exploited: The catalogue of exploited vulnerabilities.
        scores: EPSS scores.
        as_of: The moment from which one looks.
        most: How many to return.
    """
    rows = _open_rows(facts, as_of)
    rows = rows.join(
        scores.select("vulnerability", "percentile"), on="vulnerability", how="left"
    )
    ransomware = exploited.filter(pl.col("is_ransomware"))["vulnerability"]
    rows = rows.with_columns(
        is_ransomware=pl.col("vulnerability").is_in(ransomware.implode()),
        late_days=_late_days(facts.definition, as_of),
        fix=_fix(),
    )
    actions = rows.sort("late_days", descending=True).group_by("fix").agg(*_gathered())
    ordered = actions.with_columns(
        likelihood=(pl.col("percentile").fill_null(0.0) * _STEPS).floor(),
        is_late=pl.col("late") > 0,
    ).sort([*_ORDER, "fix"], descending=[True] * len(_ORDER) + [False])
    return [_action(row) for row in ordered.head(most).to_dicts()]


def _open_rows(facts: Facts, as_of: datetime) -> pl.DataFrame:
    """Findings open and known as of the moment, with what their asset is to the company."""
    is_seen = (pl.col("known_at") <= as_of).fill_null(value=True)
    is_seen &= (pl.col("superseded_at") > as_of).fill_null(value=True)
    is_open = (pl.col("closed_at") > as_of).fill_null(value=True)
    weight = pl.col("criticality").replace_strict(
        {name.value: weight for name, weight in _WEIGHT.items()},
        default=1,
        return_dtype=pl.Int64,
    )
    exposed = pl.col("is_internet_exposed").fill_null(value=False)
    assets = facts.assets.select(
        "asset_id",
        is_exposed=exposed,
        weight=weight + pl.when(exposed).then(_EXPOSED).otherwise(0),
    )
    is_listed = (pl.col("exploited_at") <= as_of).fill_null(value=True)
    return (
        facts.episodes.filter(
            is_seen,
            is_open,
            pl.col("opened_at") <= as_of,
            pl.col("severity") >= int(Severity.LOW),
        )
        .with_columns(is_exploited=pl.col("is_exploited").fill_null(value=False) & is_listed)
        .join(assets, on="asset_id", how="left")
    )


def _late_days(definition: Definition, as_of: datetime) -> pl.Expr:
    """Whole days past the earliest deadline that applies; negative while there is time."""
    days = {
        Severity.CRITICAL: definition.critical_days,
        Severity.HIGH: definition.high_days,
        Severity.MEDIUM: definition.medium_days,
        Severity.LOW: definition.low_days,
    }
    allowed = pl.col("severity").replace_strict(
        {int(one): limit for one, limit in days.items()}, default=None, return_dtype=pl.Float64
    )
    is_critical = pl.col("severity") == int(Severity.CRITICAL)
    start = (
        pl.when(is_critical)
        .then(pl.coalesce("critical_at", "opened_at"))
        .otherwise("opened_at")
    )
    sooner = min(definition.exposed_days, definition.critical_days)
    is_exposed = is_critical & pl.col("is_exposed").fill_null(value=False)
    allowed = pl.when(is_exposed).then(sooner).otherwise(allowed)
    by_severity = start.min().over("finding_id") + pl.duration(microseconds=allowed * _DAY_US)
    since = pl.max_horizontal("opened_at", "exploited_at")
    by_listing = since + pl.duration(microseconds=definition.exploited_days * _DAY_US)
    counts = pl.col("is_exploited").fill_null(value=False) & definition.is_exploited_critical
    due = pl.min_horizontal(by_severity, pl.when(counts).then(by_listing))
    return ((pl.lit(as_of, INSTANT) - due).dt.total_microseconds() / _DAY_US).floor()


def _fix() -> pl.Expr:
    """What one does: bring a component to a version, else cure a vulnerability."""
    has_version = (pl.col("component") != "") & (pl.col("fixed_version") != "")
    update = pl.col("component") + "\0" + pl.col("fixed_version")
    return pl.when(has_version).then(update).otherwise(pl.lit("\0\0") + pl.col("vulnerability"))


def _gathered() -> list[pl.Expr]:
    is_late = pl.col("late_days") > 0
    return [
        pl.col("component").first(),
        pl.col("fixed_version").first(),
        pl.col("finding_id").first(),
        pl.col("vulnerability").unique(maintain_order=True).alias("vulnerabilities"),
        pl.col("finding_id").n_unique().alias("findings"),
        pl.col("asset_name").n_unique().alias("assets"),
        pl.col("asset_name").first().alias("asset"),
        pl.col("owner").filter(pl.col("owner") != "").unique().sort().alias("owners"),
        pl.col("severity").max(),
        pl.col("is_exploited").fill_null(value=False).any(),
        pl.col("is_ransomware").any(),
        pl.col("late_days").max().fill_null(0).clip(lower_bound=0).cast(pl.Int64),
        is_late.sum().alias("late"),
        pl.col("percentile").max(),
        pl.col("weight").fill_null(1).max(),
        pl.col("is_exposed").fill_null(value=False).sum().alias("exposed"),
    ]


def _action(row: dict[str, Any]) -> FixAction:
    return FixAction(
        title=_title(row),
        component=row["component"],
        fixed_version=row["fixed_version"],
        vulnerabilities=row["vulnerabilities"][:10],
        findings=row["findings"],
        assets=row["assets"],
        owners=row["owners"][:5],
        severity=Severity(row["severity"]).name.lower(),
        is_exploited=row["is_exploited"],
        late_days=row["late_days"],
        percentile=row["percentile"],
        finding_id=row["finding_id"],
        reasons=_reasons(row),
    )


def _title(row: dict[str, Any]) -> str:
    """What to do; a scanner's port or rule, such as ``443/tcp``, is no thing to be mended."""
    name = row["component"].rpartition("/")[2] or row["component"]
    place = row["asset"] if row["assets"] == 1 else count(row["assets"], "asset")
    if row["component"] and row["fixed_version"]:
        return f"Update {name} to {row['fixed_version']} on {place}"
    first = row["vulnerabilities"][0]
    is_thing = name and (row["component"].startswith("pkg:") or "/" not in row["component"])
    return f"Remediate {first}{f' in {name}' if is_thing else ''} on {place}"


def _reasons(row: dict[str, Any]) -> list[str]:
    severity = Severity(row["severity"]).name.lower()
    named = len(row["vulnerabilities"])
    reasons = []
    if row["is_exploited"]:
        by = ", in ransomware campaigns too" if row["is_ransomware"] else ""
        reasons.append(f"known to be exploited{by}")
    if row["late"]:
        share = f" ({row['late']:,} of {row['findings']:,})" if row["findings"] > 1 else ""
        reasons.append(f"{count(row['late_days'], 'day')} past its deadline{share}")
    reasons.append(severity)
    if row["exposed"]:
        reasons.append("exposed to the internet")
    if row["weight"] % _EXPOSED == _WEIGHT[Criticality.CRITICAL]:
        reasons.append("on an asset critical to the company")
    if (row["percentile"] or 0) >= _WORTH_SAYING:
        reasons.append(f"likelier to be exploited than {percent(row['percentile'])} of all")
    if row["findings"] > 1:
        of = f" of {count(named, 'vulnerability', 'vulnerabilities')}" if named > 1 else ""
        on = f" on {count(row['assets'], 'asset')}"
        reasons.append(f"one fix closes {count(row['findings'], 'finding')}{of}{on}")
    return reasons


def in_words(action: FixAction) -> str:
    """The reasons as a sentence."""
    text = join(action.reasons)
    return f"{text[:1].upper()}{text[1:]}."
