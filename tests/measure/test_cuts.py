"""A metric of some assets only: what belongs to the cut, and that the parts are the whole."""

from hypothesis import given
from hypothesis import strategies as st
from tests.measure import make

from protem.ledger.facts import Facts
from protem.measure.metrics import edr_coverage, mttr_critical, patch_cadence

LAPTOPS = 40


def company() -> Facts:
    """Forty laptops, thirty covered, each with a critical episode, a patch and a scope."""
    fleet = make.fleet(LAPTOPS, covered=30)
    return make.facts(
        episodes=[
            make.episode(at, 60, 30 if at % 2 else None, asset_id=at, scope_ids=[100 + at])
            for at in range(LAPTOPS)
        ],
        scan_rows=[
            *(row | {"record_id": None} for row in fleet.scans.to_dicts()),
            *(
                row | {"record_id": 2000 + at}
                for at in range(LAPTOPS)
                for row in make.scans(100 + at, target=f"host:{at}")
            ),
        ],
        assets=fleet.assets.to_dicts(),
        records=[
            *fleet.records.to_dicts(),
            *(make.record(2000 + at, at, "target", source="trivy") for at in range(LAPTOPS)),
        ],
        presences=fleet.presences.to_dicts(),
        patches=[make.patch(at, 20) for at in range(LAPTOPS)],
    )


def test_cut_counts_only_its_own_assets() -> None:
    cut = company().only([0, 1, 35])
    covered = edr_coverage.compute(cut, make.AS_OF)
    patched = patch_cadence.compute(cut, make.AS_OF)
    fixed = mttr_critical.compute(cut, make.AS_OF)
    assert (covered.n, patched.n, fixed.n) == (3, 3, 3)
    assert covered.value == 100 * 2 / 3


def test_cut_of_all_assets_reads_as_the_whole() -> None:
    facts = company()
    cut = facts.only(range(LAPTOPS))
    for metric in (edr_coverage, mttr_critical, patch_cadence):
        assert metric.compute(cut, make.AS_OF) == metric.compute(facts, make.AS_OF)


def test_cut_of_no_assets_has_no_number() -> None:
    cut = company().only([])
    for metric in (edr_coverage, mttr_critical, patch_cadence):
        assert metric.compute(cut, make.AS_OF).value is None


def test_looks_at_no_asset_in_particular_stay_in_every_cut() -> None:
    cut = company().only([3])
    targets = set(cut.scans["target"])
    assert targets == {"inventory:acme", "inventory:", "host:3"}


@given(st.sets(st.integers(0, LAPTOPS - 1)))
def test_parts_add_up_to_the_whole(some: set[int]) -> None:
    facts = company()
    rest = set(range(LAPTOPS)) - some
    healthy = [
        round(len(part) * (edr_coverage.compute(facts.only(part), make.AS_OF).value or 0) / 100)
        for part in (some, rest)
    ]
    assert sum(healthy) == 30
