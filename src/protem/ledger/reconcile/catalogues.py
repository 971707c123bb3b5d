"""Keeping what the world says of vulnerabilities: exploited ones, and EPSS scores."""

from datetime import date, datetime

import msgspec

from protem.formats.records import ExploitScore
from protem.formats.records import KnownExploited as Entry
from protem.ledger import catalogues, queries
from protem.ledger.models import ExploitScores, KnownExploited
from protem.sources.models import ImportRun

_BATCH = 1_000


def store_exploited(run: ImportRun, entries: list[Entry], known_at: datetime) -> date | None:
    """Store a catalogue; the earliest day on which it differs from the newest one before."""
    if not entries:
        return None
    before = set(queries.exploited().select("vulnerability", "added_on").rows())
    KnownExploited.objects.bulk_create(
        (
            KnownExploited(
                run=run,
                known_at=known_at,
                **{**msgspec.structs.asdict(entry), "name": entry.name[:300]},
            )
            for entry in entries
        ),
        batch_size=_BATCH,
    )
    after = {(entry.vulnerability, entry.added_on) for entry in entries}
    return min((added_on for _name, added_on in before ^ after), default=None)


def store_scores(run: ImportRun, scores: list[ExploitScore], known_at: datetime) -> None:
    """Store one day's scores, packed."""
    if scores:
        ExploitScores.objects.create(
            run=run, known_at=known_at, count=len(scores), packed=catalogues.pack(scores)
        )
