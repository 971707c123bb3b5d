"""Every write to the ledger."""

from collections.abc import Sequence

import polars as pl
from django.db import transaction

from protem.ledger.assets.services import note_exports
from protem.ledger.cuts import Cut, moved_cuts
from protem.ledger.models import Scan
from protem.ledger.reconcile import imports, labelling, resolution, undo
from protem.ledger.reconcile.imports import Delivery, Outcome
from protem.people.access import Act, Actor, authorise
from protem.sources.models import ImportRun


def reconcile_files(*, deliveries: Sequence[Delivery]) -> list[Outcome]:
    """Bring files into the ledger: all of it or nothing."""
    with transaction.atomic():
        return imports.reconcile(deliveries)


def resolve_assets() -> bool:
    """Work out which records are one asset, label the assets, and note what exports say.

    False when neither a record nor a pin has changed since: then no asset is another.
    """
    with transaction.atomic():
        is_changed = resolution.resolve_assets()
        if is_changed:
            labelling.label_assets()
        note_exports()
    return is_changed


def memberships() -> pl.DataFrame:
    """Which cuts every source's record is in, to be given to ``moved_since`` later."""
    return labelling.memberships()


def moved_since(before: pl.DataFrame) -> set[Cut]:
    """The cuts that records known at ``before`` have left or joined since."""
    return moved_cuts(before, labelling.memberships())


def revert_import(*, by: Actor, run: ImportRun) -> None:
    """Take what ``run`` brought out of the ledger again."""
    authorise(by, Act.REVERT)
    with transaction.atomic():
        undo.undo(run)


def forget_runs(*, by: Actor, runs: Sequence[ImportRun]) -> None:
    """Take out many imports at once, as when the demo company goes."""
    authorise(by, Act.REMOVE_DEMO)
    with transaction.atomic():
        undo.undo_many(runs)


def confirm_scans(*, by: Actor, run: ImportRun) -> int:
    """Confirm that the sudden drops in ``run`` are real; returns how many scans that were."""
    authorise(by, Act.IMPORT)
    with transaction.atomic():
        ids: Sequence[int] = list(
            Scan.objects.filter(run=run, asks_for_confirmation=True).values_list(
                "id", flat=True
            )
        )
        undo.confirm(ids)
    return len(ids)
