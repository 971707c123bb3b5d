"""Taking an import out again: the ledger becomes what it would be without the file."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.models import (
    AssetRecord,
    Catalogue,
    Episode,
    Finding,
    InstalledVersion,
    Meeting,
    PatchEvent,
    PatchState,
    Presence,
    Scan,
    Scope,
    Sighting,
    WorkItem,
)
from protem.ledger.reconcile import derivation, places, retelling
from protem.ledger.reconcile.runs import (
    INSTALLED_VERSIONS,
    PATCH_STATES,
    PRESENCES,
    SIGHTINGS,
)
from protem.sources.models import ImportRun

KEPT_AS_STATED = (PatchEvent, Meeting, WorkItem, Catalogue)


def undo(run: ImportRun) -> None:
    """Remove what ``run`` brought. Must run inside a transaction."""
    scans = list(Scan.objects.filter(run=run).values_list("scope_id", "at"))
    described = retelling.described_by(run)
    scope_ids = [scope_id for scope_id, _at in scans]
    if scans:
        here = _places_of(scans)
        affected = derivation.findings_in(scope_ids)
        for table in (SIGHTINGS, PRESENCES, PATCH_STATES, INSTALLED_VERSIONS):
            table.remove(here)
        Scan.objects.filter(run=run).delete()
        places.rejudge(places.load_scans(scope_ids))
        derivation.rederive(_forget_unseen(affected))
    for model in KEPT_AS_STATED:
        model.objects.filter(run=run).delete()
    _forget_empty_scopes(scope_ids)
    retelling.tell_again(described)


def undo_many(runs: Sequence[ImportRun]) -> None:
    """As ``undo`` for each, but scopes that only these runs looked at go in one stroke."""
    ids = {run.pk for run in runs}
    owners: dict[int, set[int]] = {}
    for scope_id, run_id in Scan.objects.values_list("scope_id", "run_id"):
        owners.setdefault(scope_id, set()).add(run_id)
    whole = [scope_id for scope_id, run_ids in owners.items() if run_ids <= ids]
    affected = derivation.findings_in(whole)
    for looked_at in (Sighting, Presence, PatchState, InstalledVersion, Scan):
        bulk.delete(looked_at, "scope_id", whole)
    derivation.rederive(_forget_unseen(affected))
    shared = {
        run_id for scope, run_ids in owners.items() if scope not in whole for run_id in run_ids
    }
    for run in runs:
        if run.pk in shared:
            undo(run)
    for model in KEPT_AS_STATED:
        model.objects.filter(run__in=ids).delete()
    _forget_empty_scopes(whole)


def confirm(scan_ids: Sequence[int]) -> None:
    """Take a person's word that these scans are whole, and draw the conclusions."""
    Scan.objects.filter(id__in=scan_ids).update(is_confirmed=True)
    scope_ids = list(
        Scan.objects.filter(id__in=scan_ids).values_list("scope_id", flat=True).distinct()
    )
    places.rejudge(places.load_scans(scope_ids))
    derivation.rederive(derivation.findings_in(scope_ids))


def _places_of(scans: Sequence[tuple[int, datetime]]) -> pl.DataFrame:
    lines = places.timelines([scope_id for scope_id, _at in scans])
    rows = [
        (scope_id, at, *places.neighbours(lines[scope_id].ats, at)) for scope_id, at in scans
    ]
    schema = {"scope_id": pl.Int64, "at": INSTANT, "before_at": INSTANT, "after_at": INSTANT}
    return bulk.frame(rows, schema)


def _forget_unseen(finding_ids: Sequence[int]) -> list[int]:
    """Delete findings that no report shows any more, with their episodes; return the others."""
    query = (
        f"SELECT DISTINCT finding_id FROM {bulk.table_of(Sighting)}"
        " WHERE finding_id IN ({ids})"
    )
    kept = set(bulk.read_where(query, finding_ids, {"id": pl.Int64})["id"])
    unseen = [finding_id for finding_id in finding_ids if finding_id not in kept]
    bulk.delete(Episode, "finding_id", unseen)
    bulk.delete(Finding, "id", unseen)
    return sorted(kept)


def _forget_empty_scopes(scope_ids: Sequence[int]) -> None:
    Scope.objects.filter(id__in=scope_ids, scans__isnull=True).delete()
    AssetRecord.objects.filter(
        scope__isnull=True,
        presences__isnull=True,
        findings__isnull=True,
        patches__isnull=True,
        patch_states__isnull=True,
    ).delete()
