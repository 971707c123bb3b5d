"""Real reports one after the other, where they are at hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protem.formats.detect import detect
from protem.formats.format import ExportFile
from protem.ledger import services
from protem.ledger.models import Episode
from protem.ledger.reconcile.imports import Delivery, Outcome
from protem.ledger.reconcile.intake import take_in
from protem.ledger.reconcile.places import instant_of
from protem.sources.models import ImportRun, RunState
from protem.sources.services import hash_of

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
START = datetime(2026, 3, 2, tzinfo=UTC)
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.django_db,
    pytest.mark.skipif(not CORPORA.exists(), reason="the real exports are not at hand"),
]
Bring = Callable[[str, int], Outcome]


@pytest.fixture
def bring() -> Bring:
    def import_one(name: str, week: int) -> Outcome:
        path = CORPORA / name
        at = START + timedelta(weeks=week)
        form = detect(ExportFile(path=path, name=name, modified_at=at))
        run = ImportRun.objects.create(
            name=name,
            content_hash=hash_of(path),
            size=path.stat().st_size,
            file_modified_at=at,
            arrived_at=at,
            state=RunState.DONE,
        )
        file = ExportFile(path=path, name=name, modified_at=at)
        intake = take_in(form.parse(file), identity=form.identity)
        delivery = Delivery(run=run, form=form, intake=intake, as_of=at)
        return services.reconcile_files(deliveries=[delivery])[0]

    return import_one


def test_a_group_that_gained_an_id_is_the_same_finding(bring: Bring):
    """By group id these differ in one; by alias they are the same two (decision 6)."""
    assert bring("osv-pairs/test-vuln-results-a.json", 0).counts["new"] == 2
    second = bring("osv-pairs/test-vuln-results-b.json", 1)
    assert second.counts["unchanged"] == 2
    assert second.counts["new"] == second.counts["closed"] == 0


def test_a_flaw_hidden_by_ignore_unfixed_is_not_fixed(bring: Bring):
    bring("settings-pair/ubuntu-1804.json", 0)
    second = bring("settings-pair/ubuntu-1804-ignore-unfixed.json", 1)
    assert second.counts["unchanged"] == 4
    assert second.counts["closed"] == 0
    assert Episode.objects.filter(is_pending=True).count() == 1


def test_two_scanners_of_one_repository_give_seven_findings_with_two_reporters(bring: Bring):
    bring("dedupe/kiem-grype-sca.json", 0)
    bring("dedupe/kiem-trivy-sca-report.json", 0)
    assert list(Episode.objects.values_list("reporters", flat=True)) == [2] * 7


def test_two_reports_of_one_second_keep_one_order():
    assert instant_of(START, "00000001aa") < instant_of(START, "00000002aa")
