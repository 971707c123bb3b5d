"""What machines were called before an import that goes, told by the files that stay."""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from protem.formats.format import FORMATS
from protem.kit.errors import ProtemError
from protem.ledger import bulk
from protem.ledger.facts import INSTANT
from protem.ledger.models import AssetRecord, Presence, Scan, Scope
from protem.ledger.reconcile import presences
from protem.ledger.reconcile.imports import Delivery, described_in
from protem.ledger.reconcile.intake import take_in
from protem.sources.models import ImportRun
from protem.sources.services import kept_file

_LISTED = {"record_id": pl.Int64, "scope_id": pl.Int64, "last_at": INSTANT}
_LOOKS = {"scope_id": pl.Int64, "at": INSTANT, "run_id": pl.Int64}


def described_by(run: ImportRun) -> list[int]:
    """The records whose description is from a file: it tells of them last."""
    moments = Scan.objects.filter(run=run).values("at")
    found = AssetRecord.objects.filter(described_at__in=moments)
    return list(found.values_list("id", flat=True))


def tell_again(record_ids: Sequence[int]) -> None:
    """Describe each of these records as the newest file does that shows it and still stands.

    Where that file is no longer kept, or no longer read, the description stays as it is.
    """
    tellers = _tellers(record_ids)
    for run in ImportRun.objects.filter(pk__in=tellers).order_by("pk"):
        try:
            told = described_in(_delivery(run))
        except (ProtemError, OSError):
            continue
        wanted = tellers[run.pk]
        presences.describe_anew({key: one for key, one in told.items() if key in wanted})


def _tellers(record_ids: Sequence[int]) -> dict[int, set[int]]:
    """The records to be described, by the run of the newest look that shows each."""
    listed = bulk.read_where(
        f"SELECT record_id, scope_id, last_at FROM {bulk.table_of(Presence)}"
        " WHERE record_id IN ({ids})",
        record_ids,
        _LISTED,
    )
    looked_at = bulk.read_where(
        f"SELECT record_id, id, NULL FROM {bulk.table_of(Scope)} WHERE record_id IN ({{ids}})",
        record_ids,
        _LISTED,
    )
    shown = pl.concat([listed, looked_at])
    looks = bulk.read_where(
        f"SELECT scope_id, at, run_id FROM {bulk.table_of(Scan)} WHERE scope_id IN ({{ids}})",
        shown["scope_id"].unique().to_list(),
        _LOOKS,
    )
    is_by_then = pl.col("last_at").is_null() | (pl.col("at") <= pl.col("last_at"))
    newest = (
        shown.join(looks, on="scope_id")
        .filter(is_by_then)
        .sort("at", descending=True)
        .unique("record_id", keep="first")
    )
    tellers: dict[int, set[int]] = defaultdict(set)
    for record_id, run_id in newest.select("record_id", "run_id").iter_rows():
        tellers[run_id].add(record_id)
    return tellers


def _delivery(run: ImportRun) -> Delivery:
    """The file of a run, read again."""
    form = FORMATS.get(run.format)
    intake = take_in(form.parse(kept_file(run)), identity=form.identity, target=run.target)
    as_of = run.as_of if run.as_of_source == "given" else None
    return Delivery(run=run, form=form, intake=intake, as_of=as_of)
