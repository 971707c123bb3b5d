"""Reads that span packages: what waits for a person, and whether work is under way."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth import get_user_model
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from protem.ledger.models import Scan
from protem.people.access import Act, Actor, authorise

UNFINISHED = (TaskResultStatus.READY, TaskResultStatus.RUNNING)


@dataclass(frozen=True, kw_only=True, slots=True)
class AskingImport:
    """An import with scans so small that they are only believed when a person says so."""

    run_id: int
    name: str
    tool: str
    target: str
    at: datetime
    doubt: str
    scans: int


def asking_imports(by: Actor) -> list[AskingImport]:
    """The imports that ask for confirmation, newest first; each with its first doubt."""
    authorise(by, Act.SEE)
    scans = Scan.objects.filter(asks_for_confirmation=True, run__isnull=False)
    rows = scans.order_by("-at", "id").values(
        "run_id", "run__name", "scope__tool", "scope__target", "at", "doubt"
    )
    found: dict[int, AskingImport] = {}
    for row in rows:
        known = found.get(row["run_id"])
        found[row["run_id"]] = (
            replace(known, scans=known.scans + 1)
            if known
            else AskingImport(
                run_id=row["run_id"],
                name=row["run__name"],
                tool=row["scope__tool"],
                target=row["scope__target"],
                at=row["at"],
                doubt=row["doubt"],
                scans=1,
            )
        )
    return list(found.values())


def is_working() -> bool:
    """Whether work queued by the site waits or runs."""
    return DBTaskResult.objects.filter(status__in=UNFINISHED).exists()


def person(person_id: int) -> Actor:
    """The person on whose behalf queued work is done."""
    return get_user_model().objects.get(pk=person_id)
