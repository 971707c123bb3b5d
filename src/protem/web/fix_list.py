"""What to fix first, as pages show it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from protem.ledger.queries import exploit_scores, exploited
from protem.measure.wording import count, join
from protem.measure.worklist.actions import RULE, FixAction, in_words
from protem.measure.worklist.queries import fix_first

SHOWN = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class FixRow:
    """One fix: what to do, why it comes here, and where its findings are."""

    title: str
    why: str
    owners: str
    what: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FixPage:
    """Everything the page shows."""

    as_of: datetime | None
    rows: list[FixRow]
    rule: str
    has_exploited: bool
    has_scores: bool


def fix_page() -> FixPage:
    """The ten most urgent fixes."""
    found = fix_first()
    return FixPage(
        as_of=found.as_of if found else None,
        rows=fix_rows(SHOWN),
        rule=RULE,
        has_exploited=not exploited().is_empty(),
        has_scores=exploit_scores()[1] is not None,
    )


def fix_rows(most: int) -> list[FixRow]:
    """The most urgent fixes, in order."""
    found = fix_first()
    return [_row(action) for action in found.actions[:most]] if found else []


def _row(action: FixAction) -> FixRow:
    return FixRow(
        title=action.title,
        why=in_words(action),
        owners=join(action.owners),
        what=count(action.findings, "finding") if action.findings > 1 else "it",
        url=_url(action),
    )


def _url(action: FixAction) -> str:
    if action.findings == 1:
        return reverse("web:finding", args=(action.finding_id,))
    if action.component and action.fixed_version:
        query = {"component": action.component, "fixed_version": action.fixed_version}
    else:
        query = {"vulnerability": action.vulnerabilities[0]}
    return f"{reverse('web:findings')}?{urlencode(query)}"
