"""Keeping the list of what to fix first, as of the newest week."""

from dataclasses import replace
from datetime import datetime

import msgspec
import polars as pl
from django.db import transaction

from protem.formats.records import Severity
from protem.ledger.facts import Facts
from protem.ledger.frames.queries import load_open
from protem.ledger.queries import exploit_scores, exploited
from protem.measure.models import FixFirst
from protem.measure.worklist.actions import KEPT, fix_actions
from protem.risks.overlay import overlay
from protem.risks.queries import decisions_frame

LESSER = (Severity.HIGH, Severity.LOW)


def keep_fix_first(facts: Facts, *, as_of: datetime) -> int:
    """Work out anew what to fix first, and keep it for pages; returns how many fixes.

    The facts hold what is critical or exploited. Only where that does not fill the list is
    the rest of what is open looked at: severity comes before everything it could win by.
    """
    scores, _scored_at = exploit_scores()
    actions = fix_actions(facts, exploited=exploited(), scores=scores, as_of=as_of)
    for least in LESSER:
        if len(actions) >= KEPT:
            break
        wider = replace(facts, episodes=_with_open(facts.episodes, least))
        actions = fix_actions(wider, exploited=exploited(), scores=scores, as_of=as_of)
    with transaction.atomic():
        FixFirst.objects.all().delete()
        FixFirst.objects.create(as_of=as_of, actions=msgspec.to_builtins(actions))
    return len(actions)


def _with_open(known: pl.DataFrame, least: Severity) -> pl.DataFrame:
    """The episodes known already, and those of the other findings open at that severity."""
    opened = overlay(load_open(least), decisions_frame())
    return pl.concat([known, opened.join(known, on="finding_id", how="anti")])
