"""A cancel and the end of an import in the same moment: one of them wins, whole."""

from pathlib import Path

import pytest

from protem import flow
from protem.formats.format import ExportFile
from protem.kit import clock
from protem.ledger.models import Finding, Scan
from protem.people.access import OPERATOR
from protem.sources import services as sources
from protem.sources.models import ImportRun, RunState
from protem.sources.services import ImportRefused

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parent.parent / "samples"


def opened(name: str) -> tuple[ImportRun, ExportFile]:
    path, now = SAMPLES / name, clock.now()
    run = sources.open_run(by=OPERATOR, path=path, name=path.name, modified_at=now, at=now)
    return run, sources.kept_file(run)


def test_a_cancel_after_reading_leaves_nothing_and_takes_no_other_along() -> None:
    batch = flow.Batch(hints=flow.Hints())
    cancelled, file = opened("protem-findings/findings.csv")
    other, another = opened("protem-assets/assets.csv")
    batch.take(cancelled, file)
    batch.take(other, another)
    sources.cancel(by=OPERATOR, run=cancelled, at=clock.now())
    batch.write()
    assert ImportRun.objects.get(pk=cancelled.pk).state == RunState.CANCELLED
    assert ImportRun.objects.get(pk=other.pk).state == RunState.DONE
    assert not Finding.objects.exists()
    assert not Scan.objects.filter(run=cancelled).exists()


def test_a_cancel_before_reading_is_kept() -> None:
    run, file = opened("protem-findings/findings.csv")
    sources.cancel(by=OPERATOR, run=run, at=clock.now())
    batch = flow.Batch(hints=flow.Hints())
    batch.take(run, file)
    batch.write()
    assert ImportRun.objects.get(pk=run.pk).state == RunState.CANCELLED
    assert not Finding.objects.exists()


def test_a_cancel_after_the_end_is_refused() -> None:
    run, file = opened("protem-findings/findings.csv")
    batch = flow.Batch(hints=flow.Hints())
    batch.take(run, file)
    batch.write()
    with pytest.raises(ImportRefused, match="over already"):
        sources.cancel(by=OPERATOR, run=run, at=clock.now())
    assert Finding.objects.exists()
