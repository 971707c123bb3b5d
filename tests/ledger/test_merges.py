"""Which records are one machine: kept with its reasons, and settled by people."""

from datetime import date
from typing import Any

import pytest
from tests.ledger.make import bring, day

from protem.formats.records import Agent, Asset, AssetKind, Record, Scan
from protem.ledger import services as ledger
from protem.ledger.merges import queries, services
from protem.ledger.merges.services import MergeRefused
from protem.ledger.models import Asset as StoredAsset
from protem.ledger.models import AssetRecord
from protem.ledger.record_ids import record_id_of
from protem.people.access import OPERATOR, Refused

pytestmark = pytest.mark.django_db

ADA, GRACE = record_id_of("intune", "d-1"), record_id_of("falcon", "a-1")
WHY: dict[str, Any] = {"by": OPERATOR, "at": day(9), "reason": "looked at both"}


def laptop(external_id: str, source: str = "intune", **fields: Any) -> Asset:
    return Asset(source=source, external_id=external_id, kind=AssetKind.LAPTOP, **fields)


def inventory(source: str, *machines: Record, on: float = 0) -> list[Record]:
    """One export of one source, as old as its machines' newest contact."""
    return [Scan(tool=source, target="inventory:", as_of=day(on)), *machines]


def fleet(on: float = 0) -> None:
    """Ada's laptop in two tools by its serial, and another in a third by its name alone."""
    bring(inventory("intune", laptop("d-1", name="LT-ADA", serial="5CG1234"), on=on))
    agent = Agent(source="falcon", external_id="a-1", name="lt-ada", serial="5cg-1234")
    bring(inventory("falcon", agent, on=on + 0.1))
    bring(inventory("okta", laptop("o-1", "okta", name="Ada's PC"), on=on + 0.2))
    ledger.resolve_assets()


def asset_of(record_id: int) -> int:
    found = AssetRecord.objects.get(pk=record_id).asset_id
    assert found is not None
    return found


def groups() -> list[list[str]]:
    return sorted(
        sorted(asset.records.values_list("source", flat=True))
        for asset in StoredAsset.objects.all()
    )


def test_a_machine_says_why_its_records_are_one() -> None:
    fleet()
    shown = queries.machine(asset_of(ADA))
    assert shown is not None
    assert [record.source for record in shown.records] == ["falcon", "intune"]
    [merge] = shown.merges
    assert (merge.rule, merge.evidence) == ("serial", "5CG1234")
    assert {merge.left.id, merge.right.id} == {ADA, GRACE}
    assert all(record.is_listed for record in shown.records)
    assert queries.machine(5) is None


def test_nothing_is_resolved_anew_when_nothing_has_changed() -> None:
    fleet()
    assert ledger.resolve_assets() is False
    bring(inventory("okta", laptop("o-1", "okta", name="Ada's PC"), on=1))
    assert ledger.resolve_assets() is False
    bring(inventory("okta", laptop("o-1", "okta", name="Ada's new PC"), on=2))
    assert ledger.resolve_assets() is True
    bring(inventory("okta", on=3))
    assert ledger.resolve_assets() is True


def test_scans_of_repositories_resolve_nothing_anew() -> None:
    bring(Scan(tool="trivy", target="repository:acme/web", as_of=day(0)))
    assert ledger.resolve_assets() is True
    bring(Scan(tool="trivy", target="repository:acme/web", as_of=day(70)))
    assert ledger.resolve_assets() is False


def test_a_record_split_off_stays_off_over_imports() -> None:
    fleet()
    done = services.split_record(record_id=GRACE, **WHY)
    assert groups() == [["falcon"], ["intune"], ["okta"]]
    assert done.since == date(2026, 1, 5)
    assert done.told == "lt-ada (falcon) is a machine of its own now."
    fleet(on=5)
    assert groups() == [["falcon"], ["intune"], ["okta"]]
    assert queries.doubt_count() == 0


def test_joined_by_a_person_and_undone() -> None:
    fleet()
    pin = services.join_records(left_id=ADA, right_id=record_id_of("okta", "o-1"), **WHY).pin_id
    assert groups() == [["falcon", "intune", "okta"]]
    services.undo_pin(by=OPERATOR, pin_id=pin, at=day(10))
    assert groups() == [["falcon", "intune"], ["okta"]]
    [kept] = queries.pins()
    assert kept.name == "LT-ADA (intune) and Ada's PC (okta)"
    assert (kept.made_by, kept.reason) == ("the command line", "looked at both")
    assert (kept.undone_by, kept.undone_at) == ("the command line", day(10))
    with pytest.raises(MergeRefused, match="nothing to undo"):
        services.undo_pin(by=OPERATOR, pin_id=pin, at=day(11))


def test_joining_takes_back_the_split_between_them_and_the_other_way_round() -> None:
    fleet()
    services.split_record(record_id=GRACE, **WHY)
    services.join_records(left_id=ADA, right_id=GRACE, **WHY)
    assert groups() == [["falcon", "intune"], ["okta"]]
    services.split_record(record_id=ADA, **WHY)
    assert groups() == [["falcon"], ["intune"], ["okta"]]
    assert [pin.undone_at is None for pin in queries.pins()] == [True, False, False]


def test_pins_survive_a_reverted_import() -> None:
    fleet()
    services.split_record(record_id=GRACE, **WHY)
    run = AssetRecord.objects.get(pk=GRACE).presences.get().scope.scans.get().run
    ledger.revert_import(by=OPERATOR, run=run)
    ledger.resolve_assets()
    assert not AssetRecord.objects.filter(pk=GRACE).exists()
    fleet(on=5)
    assert groups() == [["falcon"], ["intune"], ["okta"]]


def test_a_doubt_is_settled_for_good() -> None:
    one = laptop("d-1", name="build-1", hostname="build-1", serial="CLONED-1")
    two = laptop("d-2", name="build-2", hostname="build-2", serial="CLONED-1")
    bring(inventory("intune", one, two))
    bring(inventory("intune", one, two, on=60))
    ledger.resolve_assets()
    [doubt] = queries.doubts()
    assert (doubt.rule, doubt.because) == ("serial", "not unique in intune")
    services.keep_apart(left_id=doubt.left.id, right_id=doubt.right.id, **WHY)
    assert queries.doubts() == []
    assert len(groups()) == 2


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: services.join_records(left_id=ADA, right_id=GRACE, **WHY), "one machine"),
        (lambda: services.keep_apart(left_id=ADA, right_id=GRACE, **WHY), "one machine now"),
        (lambda: services.join_records(left_id=ADA, right_id=5, **WHY), "not there"),
        (
            lambda: services.split_record(record_id=record_id_of("okta", "o-1"), **WHY),
            "stands alone",
        ),
        (
            lambda: services.split_record(record_id=ADA, **{**WHY, "reason": " "}),
            "a reason is needed",
        ),
        (lambda: services.undo_pin(by=OPERATOR, pin_id=9, at=day(9)), "nothing to undo"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_no_pin(act: Any, message: str) -> None:
    fleet()
    before = groups()
    with pytest.raises(MergeRefused, match=message):
        act()
    assert queries.pins() == []
    assert groups() == before


def test_repositories_are_not_joined() -> None:
    bring(
        Scan(
            tool="trivy",
            target="repository:acme/web",
            kind=AssetKind.REPOSITORY,
            as_of=day(0),
        )
    )
    ledger.resolve_assets()
    record = AssetRecord.objects.get()
    with pytest.raises(MergeRefused, match="known by their names"):
        services.split_record(record_id=record.pk, **WHY)


def test_whoever_may_not_is_refused() -> None:
    class Nobody:
        role = "nobody"
        is_active = True

    fleet()
    for act in (
        lambda: services.split_record(record_id=ADA, **{**WHY, "by": Nobody()}),
        lambda: services.join_records(left_id=ADA, right_id=GRACE, **{**WHY, "by": Nobody()}),
        lambda: services.keep_apart(left_id=ADA, right_id=GRACE, **{**WHY, "by": Nobody()}),
        lambda: services.undo_pin(by=Nobody(), pin_id=1, at=day(9)),
    ):
        with pytest.raises(Refused):
            act()


def test_records_of_other_machines_are_found_by_what_they_are_called() -> None:
    fleet()
    here = asset_of(ADA)
    assert [one.source for one in queries.candidates("ada's", not_of=here)] == ["okta"]
    assert [one.source for one in queries.candidates("O-1", not_of=here)] == ["okta"]
    assert queries.candidates("5CG", not_of=here) == []
    assert queries.candidates(" ", not_of=here) == []
    found = queries.find_record("okta/o-1")
    assert found is not None
    assert queries.find_record(str(found.id)) == found
    assert queries.find_record("okta/o-2") is None


def test_a_re_imaged_laptop_is_known_on_the_very_first_export() -> None:
    """The old record is silent for months, the new one was enrolled since."""
    old = laptop(
        "d-1",
        name="lt-ada",
        hostname="lt-ada",
        serial="5CG1234",
        created_at=day(-400),
        seen_at=day(-100),
    )
    new = laptop(
        "d-2",
        name="lt-grace",
        hostname="lt-grace",
        serial="5CG1234",
        created_at=day(-20),
        seen_at=day(0),
    )
    bring(inventory("intune", old, new))
    ledger.resolve_assets()
    assert groups() == [["intune", "intune"]]
    assert AssetRecord.objects.get(is_superseded=True).external_id == "d-1"
    assert StoredAsset.objects.get().name == "lt-grace"


def test_two_records_with_one_serial_that_are_both_alive_are_a_doubt() -> None:
    fields: dict[str, Any] = {"serial": "5CG1234", "seen_at": day(0)}
    one = laptop("d-1", hostname="lt-ada", created_at=day(-400), **fields)
    two = laptop("d-2", hostname="lt-grace", created_at=day(-20), **fields)
    bring(inventory("intune", one, two))
    ledger.resolve_assets()
    assert len(groups()) == 2
    assert queries.doubt_count() == 1


def test_hardware_ids_join_inventories_and_do_not_contradict_the_directory() -> None:
    uuid = "hardware:a2064cef-0000-1000-afb9-283e3c1d487e"
    bring(inventory("fleet", laptop("f-1", "fleet", device_id=uuid, hostname="mb-1")))
    bring(inventory("jamf", laptop("j-1", "jamf", device_id=uuid)))
    bring(inventory("intune", laptop("d-1", device_id="aaaa-1", hostname="mb-1")))
    ledger.resolve_assets()
    assert groups() == [["fleet", "intune", "jamf"]]
