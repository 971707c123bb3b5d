"""Keeping what the world says of vulnerabilities: exploited ones, and EPSS scores."""

from datetime import date, datetime

from protem.ledger.catalogues import Kind, frame_of, pack
from protem.ledger.models import Catalogue
from protem.ledger.queries import exploited
from protem.ledger.reconcile.intake import Intake
from protem.sources.models import ImportRun


def store_catalogues(run: ImportRun, intake: Intake, known_at: datetime) -> date | None:
    """Store the lists of one file; the earliest day on which they change any number.

    That is the day of the first entry by which the catalogue of exploited ones differs from
    the newest before; scores change no number.
    """
    first = None
    if intake.exploited:
        before = set(exploited().select("vulnerability", "added_on").rows())
        after = {(entry.vulnerability, entry.added_on) for entry in intake.exploited}
        first = min((added_on for _name, added_on in before ^ after), default=None)
    for kind, entries in ((Kind.EXPLOITED, intake.exploited), (Kind.SCORES, intake.scores)):
        if entries:
            frame = frame_of(kind, entries)
            Catalogue.objects.create(
                run=run, known_at=known_at, kind=kind, count=frame.height, packed=pack(frame)
            )
    return first
