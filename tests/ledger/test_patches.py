"""Patches, states and versions of real imports, as the measures read them."""

import pytest
from tests.ledger.make import bring, day

from protem.formats.records import (
    Asset,
    AssetKind,
    Patch,
    PatchCondition,
    PatchState,
    Record,
    Scan,
)
from protem.ledger import services
from protem.ledger.frames.queries import load_facts
from protem.ledger.models import InstalledVersion
from protem.ledger.models import PatchState as StoredState
from protem.measure.metrics.patch_cadence import tables
from protem.people.access import OPERATOR

pytestmark = pytest.mark.django_db(transaction=True)


def mac(openssl: str, *, on: float) -> list[Record]:
    """An inventory of one Mac with one Homebrew package."""
    asset = Asset(
        source="fleet",
        external_id="11",
        kind=AssetKind.LAPTOP,
        hostname="mb-grace",
        serial="C02CY0003",
        os_family="macos",
        os_version="macOS 15.3.2",
        software=(("openssl@3", openssl),),
        seen_at=day(on),
    )
    return [Scan(tool="fleet", target="inventory:", as_of=day(on)), asset]


def test_a_homebrew_version_that_changes_is_a_patch_day() -> None:
    for on, version in ((0, "3.4.0"), (7, "3.4.0"), (14, "3.4.1"), (21, "3.4.1")):
        bring(mac(version, on=on))
    services.resolve_assets()
    found = InstalledVersion.objects.filter(product="openssl@3").order_by("first_at")
    assert [run.version for run in found] == ["3.4.0", "3.4.1"]
    shown = {table.name: table for table in tables(load_facts(), day(22))}
    [row] = shown["longest-unpatched"].rows
    assert row["days"] == pytest.approx(22 - 10.5, abs=0.1)


def test_a_state_told_by_serial_is_of_the_machine_with_that_serial() -> None:
    bring(mac("3.4.0", on=0))
    state = PatchState(
        serial="C02CY0003", condition=PatchCondition.MISSING, missing=2, seen_at=day(1),
        os_family="macos",
    )  # fmt: skip
    bring([Scan(tool="jamf", target="patches:computers", as_of=day(1)), state])
    services.resolve_assets()
    facts = load_facts()
    assert facts.patch_states["asset_id"].to_list() == facts.assets["asset_id"].to_list()


def test_a_log_is_about_its_host_even_when_nothing_happened() -> None:
    bring([Scan(tool="dpkg-log", target="log:web-01", as_of=day(3), covered_from=day(0))])
    services.resolve_assets()
    facts = load_facts()
    assert facts.records["hostname"].to_list() == ["web-01"]
    assert facts.scans["patch_proof"].to_list() == ["log"]
    assert facts.scans["record_id"].to_list() == facts.records["record_id"].to_list()


def test_the_same_state_again_writes_nothing_and_a_revert_takes_it_out() -> None:
    def states(on: float, condition: PatchCondition) -> list[Record]:
        look = Scan(tool="ssm", target="patches:", as_of=day(on))
        return [look, PatchState(cloud_id="i-1", condition=condition, seen_at=day(on))]

    bring(states(0, PatchCondition.CURRENT))
    run, outcome = bring(states(7, PatchCondition.CURRENT))
    assert (outcome.counts["new"], outcome.counts["unchanged"]) == (0, 1)
    assert StoredState.objects.count() == 1
    other, outcome = bring(states(14, PatchCondition.MISSING))
    assert outcome.counts["new"] == 1
    services.revert_import(by=OPERATOR, run=other)
    services.revert_import(by=OPERATOR, run=run)
    [left] = StoredState.objects.all()
    assert (left.condition, left.last_at) == ("current", None)


def test_a_patch_of_a_cloud_machine_needs_no_host_name() -> None:
    patch = Patch(cloud_id="i-1", patch="KB5000001", installed_at=day(1))
    bring([Scan(tool="ssm", target="patches:i-1", as_of=day(2)), patch])
    services.resolve_assets()
    [asset] = load_facts().assets.to_dicts()
    assert asset["name"] == "i-1"
