"""Every read of decisions on findings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import polars as pl
from django.db.models import Exists, OuterRef, Q, QuerySet

from protem.formats.records import Severity
from protem.formats.vulnerability import canonical
from protem.ledger import bulk
from protem.ledger.models import Episode, Finding
from protem.people.access import Act, Actor, authorise
from protem.risks.justifications import label_of
from protem.risks.models import Cover, FindingDecision, Kind
from protem.risks.overlay import DECISIONS
from protem.risks.rules import Rule

UNDO_WITHIN = timedelta(days=30)
_REVERTED = "reverted"
_RULING = (Kind.ACCEPTED, Kind.FALSE_POSITIVE, Kind.DUPLICATE)
_RULE_FIELDS = ("vulnerability", "component", "asset", "asset_group")


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionView:
    """One decision as pages and the command show it."""

    id: int
    batch: UUID
    kind: str
    kind_label: str
    finding_id: int | None
    duplicate_of: int | None
    about: str
    """The finding or the rule, in words."""
    rule: Rule | None
    reason: str
    justification: str
    """In the words of VEX."""
    justification_label: str
    approver: str
    ticket: str
    decided_at: datetime
    decided_by: str
    expires_on: date | None
    ended_at: datetime | None
    ended_by: str
    ended_why: str
    is_undone: bool
    from_import: str
    state: str
    """``in force``, ``expired``, ``withdrawn`` or ``undone``."""
    can_undo: bool


def decisions_frame() -> pl.DataFrame:
    """Every decision that was not undone, as ``overlay`` wants it."""
    rows = _standing().filter(kind__in=_RULING).order_by("decided_at", "id")
    return bulk.frame([row for one in rows for row in _as_rows(one)], DECISIONS)


def newest_moment() -> datetime | None:
    """When anything about decisions was last changed by a person; None if never."""
    entered = FindingDecision.objects.filter(run=None).order_by("-decided_at").first()
    ended = FindingDecision.objects.filter(ended_at__isnull=False).order_by("-ended_at").first()
    moments = [entered.decided_at if entered else None, ended.ended_at if ended else None]
    return max((moment for moment in moments if moment), default=None)


def decisions(
    by: Actor,
    *,
    at: datetime,
    finding_id: int | None = None,
    batch: UUID | None = None,
    limit: int = 500,
) -> list[DecisionView]:
    """Decisions, newest first: all, those about one finding, or those of one act."""
    authorise(by, Act.SEE)
    found = FindingDecision.objects.select_related("decided_by", "ended_by", "run")
    found = _newest_told(found).exclude(kind=Kind.CLAIMED_OPEN).order_by("-decided_at", "-id")
    if finding_id is not None:
        found = found.filter(_about(finding_id))
    if batch is not None:
        found = found.filter(batch=batch)
    rows = list(found[:limit])
    names = _names_of({row.finding_id for row in rows if row.finding_id is not None})
    return [_view(row, names, at) for row in rows]


def decision(by: Actor, decision_id: int, *, at: datetime) -> DecisionView | None:
    """One decision, None where there is none."""
    authorise(by, Act.SEE)
    rows = FindingDecision.objects.select_related("decided_by", "ended_by", "run")
    found = rows.filter(pk=decision_id).first()
    return None if found is None else _view(found, _names_of({found.finding_id or 0}), at)


def in_force(by: Actor, *, at: datetime) -> list[DecisionView]:
    """The decisions that hold at ``at``, of every kind."""
    return [one for one in decisions(by, at=at, limit=100_000) if one.state == "in force"]


def until_of(decision: FindingDecision) -> datetime | None:
    """The first moment at which a decision no longer holds; None while it holds for good."""
    ends = [decision.ended_at]
    if decision.expires_on is not None:
        day_after = decision.expires_on + timedelta(days=1)
        ends.append(datetime.combine(day_after, time.min, tzinfo=UTC))
    return min((end for end in ends if end is not None), default=None)


def holds(decision: FindingDecision, at: datetime) -> bool:
    """Whether a decision is in force."""
    until = until_of(decision)
    return (
        not decision.is_undone and decision.decided_at <= at and (until is None or at < until)
    )


def rule_of(decision: FindingDecision) -> Rule | None:
    """The rule of a decision, None where it is about one finding."""
    if decision.finding_id is not None:
        return None
    most = decision.severity_at_most
    return Rule(
        **{name: getattr(decision, name) for name in (*_RULE_FIELDS, "version")},
        severity_at_most=None if most is None else Severity(most),
    )


def findings_matching(rule: Rule) -> QuerySet[Finding]:
    """The findings that a rule covers, by the database's indexes."""
    found = Finding.objects.all()
    if rule.vulnerability:
        found = found.filter(vulnerability=canonical(rule.vulnerability))
    if rule.component:
        found = found.filter(component=rule.component)
    if rule.asset:
        found = found.filter(
            Q(record__asset__name=rule.asset)
            | Q(record__asset__isnull=True, record__name=rule.asset)
        )
    if rule.asset_group:
        own = Q(record__group=rule.asset_group)
        found = found.filter(
            Q(record__asset__group=rule.asset_group)
            | (own & Q(record__asset__isnull=True))
            | (own & Q(record__asset__group=""))
        )
    if rule.version or rule.severity_at_most is not None:
        found = found.filter(pk__in=_episodes_matching(rule).values("finding_id"))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a rule would cover today."""

    open: int
    all: int
    examples: list[str]


def preview(by: Actor, *, rule: Rule, limit: int = 8) -> Preview:
    """What a rule would cover if it were saved now."""
    authorise(by, Act.SEE)
    found = findings_matching(rule)
    open_ones = found.filter(episodes__closed_at__isnull=True).distinct()
    examples = open_ones.select_related("record__asset").order_by("id")[:limit]
    return Preview(
        open=open_ones.count(), all=found.count(), examples=[name_of(one) for one in examples]
    )


def name_of(finding: Finding) -> str:
    """A finding in words."""
    record = finding.record
    asset = record.asset.name if record.asset else record.name
    where = finding.component or finding.location
    return f"{finding.vulnerability}{f' in {where}' if where else ''} on {asset}"


def covered(finding_ids: Iterable[int], at: datetime) -> set[int]:
    """Which of these findings some decision covers at ``at``."""
    wanted = list(finding_ids)
    found: set[int] = set()
    for chunk in bulk.chunks(wanted):
        held = Cover.objects.filter(finding_id__in=chunk)
        held = held.filter(Q(until_at=None) | Q(until_at__gt=at))
        found.update(held.values_list("finding_id", flat=True))
    return found


def known_findings(finding_ids: Sequence[int]) -> list[int]:
    """Those of the findings that exist, in order."""
    found: set[int] = set()
    for chunk in bulk.chunks(finding_ids):
        found.update(Finding.objects.filter(pk__in=chunk).values_list("pk", flat=True))
    return [one for one in finding_ids if one in found]


def _standing() -> QuerySet[FindingDecision]:
    """Neither undone nor reverted, nor told again by a newer file."""
    return _newest_told(FindingDecision.objects.filter(is_undone=False))


def _newest_told(found: QuerySet[FindingDecision]) -> QuerySet[FindingDecision]:
    """Without what was reverted, and of what files tell more than once the newest only."""
    later = Q(run__as_of__gt=OuterRef("run__as_of"))
    same = Q(run__as_of=OuterRef("run__as_of"))
    later |= same & Q(decided_at__gt=OuterRef("decided_at"))
    later |= same & Q(decided_at=OuterRef("decided_at"), pk__gt=OuterRef("pk"))
    newer = FindingDecision.objects.filter(later, external_id=OuterRef("external_id"))
    told_again = Q(external_id__gt="") & Exists(newer.exclude(run__state=_REVERTED))
    return found.exclude(run__state=_REVERTED).exclude(told_again)


def standing_at(at: datetime) -> list[FindingDecision]:
    """The rulings in force, the earliest first."""
    rows = _standing().filter(kind__in=_RULING, decided_at__lte=at).select_related("run")
    return [one for one in rows.order_by("decided_at", "id") if holds(one, at)]


def covers_of(standing: Iterable[FindingDecision]) -> dict[int, FindingDecision]:
    """The decision that covers each finding: the earliest, an acceptance after the others."""
    covers: dict[int, FindingDecision] = {}
    for one in standing:
        rule = rule_of(one)
        ids: Iterable[int] = (
            [one.finding_id or 0]
            if rule is None
            else findings_matching(rule).values_list("pk", flat=True)
        )
        for finding_id in ids:
            known = covers.get(finding_id)
            if known is None or (known.kind == Kind.ACCEPTED and one.kind != Kind.ACCEPTED):
                covers[finding_id] = one
    return covers


def _as_rows(decision: FindingDecision) -> list[tuple[object, ...]]:
    """Rows of ``DECISIONS``; a rule on a version is one for each finding it matches."""
    rule, until = rule_of(decision), until_of(decision)
    head = (decision.pk, decision.kind)
    tail = (decision.decided_at, until)
    if rule is None:
        return [(*head, decision.finding_id, "", "", "", "", None, *tail)]
    if rule.version:
        ids = findings_matching(rule).values_list("pk", flat=True)
        return [(*head, one, "", "", "", "", None, *tail) for one in ids]
    fields = (getattr(rule, name) for name in _RULE_FIELDS)
    return [(*head, None, *fields, decision.severity_at_most, *tail)]


def _episodes_matching(rule: Rule) -> QuerySet[Episode]:
    found = Episode.objects.all()
    if rule.vulnerability:
        found = found.filter(finding__vulnerability=canonical(rule.vulnerability))
    if rule.version:
        found = found.filter(version=rule.version)
    if rule.severity_at_most is not None:
        found = found.filter(severity__lte=int(rule.severity_at_most))
    return found


def _about(finding_id: int) -> Q:
    """Decisions about a finding: by name, or by a rule that matches it."""
    finding = Finding.objects.select_related("record__asset").filter(pk=finding_id).first()
    if finding is None:
        return Q(finding_id=finding_id)
    record, asset = finding.record, finding.record.asset
    name = asset.name if asset else record.name
    group = (asset.group if asset else "") or record.group
    rule = Q(finding_id=None)
    for field, value in (
        ("vulnerability", finding.vulnerability),
        ("component", finding.component),
        ("asset", name),
        ("asset_group", group),
    ):
        rule &= Q(**{field: ""}) | Q(**{field: value})
    mildest = Episode.objects.filter(finding=finding).order_by("severity").first()
    if mildest is not None:
        rule &= Q(severity_at_most=None) | Q(severity_at_most__gte=mildest.severity)
    return Q(finding_id=finding_id) | rule


def _names_of(ids: set[int]) -> dict[int, str]:
    rows = Finding.objects.filter(pk__in=ids).select_related("record__asset")
    return {row.pk: name_of(row) for row in rows}


def _view(row: FindingDecision, names: dict[int, str], at: datetime) -> DecisionView:
    rule = rule_of(row)
    name = names.get(row.finding_id or 0, f"finding {row.finding_id}, no longer reported")
    return DecisionView(
        id=row.pk,
        batch=row.batch,
        kind=row.kind,
        kind_label=row.get_kind_display(),
        finding_id=row.finding_id,
        duplicate_of=row.duplicate_of,
        about=rule.words if rule else name,
        rule=rule,
        reason=row.reason,
        justification=row.justification,
        justification_label=label_of(row.justification),
        approver=row.approver,
        ticket=row.ticket,
        decided_at=row.decided_at,
        decided_by=str(row.decided_by) if row.decided_by else "",
        expires_on=row.expires_on,
        ended_at=row.ended_at,
        ended_by=str(row.ended_by) if row.ended_by else "",
        ended_why=row.ended_why,
        is_undone=row.is_undone,
        from_import=row.run.name if row.run else "",
        state=_state_of(row, at),
        can_undo=row.run is None and not row.is_undone and at - row.decided_at <= UNDO_WITHIN,
    )


def _state_of(row: FindingDecision, at: datetime) -> str:
    if row.is_undone:
        return "undone"
    if row.ended_at is not None and row.ended_at <= at:
        return "extended" if row.ended_why == EXTENDED else "withdrawn"
    return "in force" if holds(row, at) else "expired"


EXTENDED = "extended"
"""Why an exception ended that another one replaces."""
