"""Which records are one machine: each trap by example, and what must hold of any records."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protem.stats.identifiers import normalise_id, normalise_serial
from protem.stats.identity import Identity, Resolution
from protem.stats.resolve import Rule, resolve

NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
DOCK = "a4:83:e7:00:00:01"


def day(number: int) -> datetime:
    return NEW_YEAR + timedelta(days=number)


def seen(key: int, source: str, days: tuple[int | None, int | None], **values) -> Identity:
    """A record seen from the first of ``days`` to the second."""
    first, last = (None if number is None else day(number) for number in days)
    return Identity(key=key, source=source, active_from=first, active_to=last, **values)


def rules(resolution: Resolution) -> list[Rule]:
    return [merge.rule for merge in resolution.merges]


def doubts(resolution: Resolution) -> list[tuple[int, int, Rule, str]]:
    return [(c.left, c.right, c.rule, c.vetoed_by) for c in resolution.conflicts]


def test_nothing_resolves_to_nothing() -> None:
    assert resolve([]) == Resolution(groups=[], merges=[], conflicts=[], superseded={})


def test_record_alone_is_a_machine() -> None:
    assert resolve([Identity(key=5, source="intune")]).groups == [(5,)]


def test_one_key_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="same key"):
        resolve([Identity(key=1, source="intune"), Identity(key=1, source="falcon")])


def test_cloud_id_joins_whatever_the_serial_says() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="ec2", cloud_id="i-0abc"),
            Identity(key=2, source="falcon", cloud_id="I-0ABC ", serial="EC2A-1B2C"),
            Identity(key=3, source="ssm", cloud_id="i-0abc", serial="OTHER1"),
        ]
    )
    assert resolution.groups == [(1, 2, 3)]
    assert rules(resolution) == [Rule.CLOUD_ID, Rule.CLOUD_ID]
    assert [merge.evidence for merge in resolution.merges] == ["i-0abc", "i-0abc"]


def test_clones_of_a_virtual_machine_stay_apart_by_their_cloud_ids() -> None:
    clone = Identity(
        key=1, source="azure", cloud_id="vm-1", serial="VMware-56 4d 0a", hostname="web-1"
    )
    resolution = resolve([clone, replace(clone, key=2, source="falcon", cloud_id="vm-2")])
    assert resolution.groups == [(1,), (2,)]
    assert doubts(resolution) == [
        (1, 2, Rule.SERIAL, "cloud id vm-1 ≠ vm-2"),
        (1, 2, Rule.HOSTNAME, "cloud id vm-1 ≠ vm-2"),
    ]


def test_veto_binds_the_whole_group() -> None:
    """The third record has no cloud id, but is one machine with the first."""
    resolution = resolve(
        [
            Identity(key=1, source="ec2", cloud_id="i-1", serial="SERIAL-A"),
            Identity(key=2, source="ec2", cloud_id="i-2", device_id="entra:d"),
            Identity(key=3, source="intune", serial="SERIAL-A", device_id="entra:d"),
        ]
    )
    assert resolution.groups == [(1, 3), (2,)]
    assert doubts(resolution) == [(2, 3, Rule.DEVICE_ID, "cloud id i-1 ≠ i-2")]


def test_record_between_two_machines_goes_to_neither() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", serial="SERIAL-A", hostname="lt-1"),
            Identity(key=2, source="jamf", serial="SERIAL-B", hostname="lt-1"),
            Identity(key=3, source="nessus", hostname="lt-1"),
        ]
    )
    assert resolution.groups == [(1,), (2,), (3,)]
    ambiguous = "serial SERIALA ≠ SERIALB"
    assert doubts(resolution) == [
        (1, 2, Rule.HOSTNAME, ambiguous),
        (1, 3, Rule.HOSTNAME, ambiguous),
    ]


def test_serial_joins_a_renamed_host_across_sources() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", serial="pf-0abcde", hostname="OLD-NAME"),
            Identity(key=2, source="falcon", serial="PF0ABCDE", hostname="new-name"),
        ]
    )
    assert resolution.groups == [(1, 2)]
    assert resolution.superseded == {}


def test_re_imaged_laptop_with_two_agents_lives_by_the_newest() -> None:
    resolution = resolve(
        [
            seen(1, "falcon", (200, 250), serial="C02XK1AB", hostname="anna-mbp"),
            seen(2, "falcon", (10, 190), serial="C02XK1AB", hostname="anna-mbp"),
            seen(3, "jamf", (0, 250), serial="C02XK1AB", hostname="anna-mbp"),
        ]
    )
    assert resolution.groups == [(1, 2, 3)]
    assert resolution.superseded == {2: 1}


def test_re_imaged_and_renamed_laptop_is_known_by_its_agents_following_each_other() -> None:
    resolution = resolve(
        [
            seen(1, "falcon", (0, 90), serial="C02XK1AB", hostname="anna-mbp"),
            seen(2, "falcon", (91, 200), serial="C02XK1AB", hostname="ben-mbp"),
        ]
    )
    assert resolution.groups == [(1, 2)]
    assert resolution.superseded == {1: 2}


def test_re_imaged_laptop_may_have_an_old_directory_id_too() -> None:
    resolution = resolve(
        [
            Identity(
                key=1, source="intune", serial="C02XK1AB", device_id="d1", hostname="lt-1"
            ),
            Identity(
                key=2, source="intune", serial="C02XK1AB", device_id="d2", hostname="lt-1"
            ),
            Identity(key=3, source="defender", device_id="d2", hostname="lt-1"),
            Identity(key=4, source="nessus", hostname="lt-1"),
        ]
    )
    assert resolution.groups == [(1, 2, 3, 4)]


def test_one_serial_on_two_living_machines_of_a_source_is_a_doubt() -> None:
    resolution = resolve(
        [
            seen(1, "falcon", (0, 200), serial="CLONED-1", hostname="build-1"),
            seen(2, "falcon", (50, 200), serial="CLONED-1", hostname="build-2"),
            seen(3, "intune", (0, 200), serial="CLONED-1", hostname="build-3"),
        ]
    )
    assert resolution.groups == [(1,), (2,), (3,)]
    unclear = "not unique in falcon"
    assert doubts(resolution) == [
        (1, 2, Rule.SERIAL, unclear),
        (1, 3, Rule.SERIAL, unclear),
    ]


def test_clones_are_told_by_serial_and_hostname_together() -> None:
    """Two virtual desktops of one image, of which the first registered anew."""
    clone = seen(1, "falcon", (0, 90), serial="VMware-56 4d 0a", hostname="vdi-1")
    resolution = resolve(
        [
            clone,
            seen(2, "falcon", (91, 200), serial="VMware-56 4d 0a", hostname="vdi-1"),
            seen(3, "falcon", (0, 200), serial="VMware-56 4d 0a", hostname="vdi-2"),
            seen(4, "fleet", (0, 200), serial="VMware-56 4d 0a", hostname="vdi-1"),
        ]
    )
    assert resolution.groups == [(1, 2, 4), (3,)]
    assert resolution.superseded == {1: 2}
    assert resolution.merges[0].evidence == "VMWARE564D0A and hostname vdi-1"


def test_clones_with_one_hostname_that_live_at_once_stay_apart() -> None:
    clone = seen(1, "falcon", (0, 200), serial="VMware-56 4d 0a", hostname="template")
    resolution = resolve(
        [
            clone,
            replace(clone, key=2),
            seen(3, "falcon", (0, 200), serial="VMware-56 4d 0a", hostname="vm-3"),
        ]
    )
    assert resolution.groups == [(1,), (2,), (3,)]


def test_what_many_machines_share_is_one_doubt() -> None:
    resolution = resolve(
        [
            seen(number, "falcon", (0, 200), serial="CLONED-1", hostname=f"vm-{number}")
            for number in range(1, 41)
        ]
    )
    assert len(resolution.groups) == 40
    assert doubts(resolution) == [(1, 2, Rule.SERIAL, "40 machines share it")]


def test_serial_that_is_not_unique_vetoes_nothing() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="falcon", serial="CLONED-1", hostname="build-1"),
            Identity(key=2, source="falcon", serial="CLONED-1", hostname="build-2"),
            Identity(key=3, source="intune", serial="REAL-1", hostname="build-1"),
        ]
    )
    assert resolution.groups == [(1, 3), (2,)]


@pytest.mark.parametrize("serial", ["To Be Filled By O.E.M.", "0", "Default string", "None"])
def test_placeholder_serials_neither_join_nor_part(serial: str) -> None:
    resolution = resolve(
        [
            Identity(key=1, source="falcon", serial=serial, hostname="build-1"),
            Identity(key=2, source="falcon", serial=serial, hostname="build-2"),
            Identity(key=3, source="intune", serial="REAL-1", hostname="build-1"),
            Identity(key=4, source="intune", serial=serial, hostname="build-2"),
        ]
    )
    assert resolution.groups == [(1, 3), (2, 4)]
    assert rules(resolution) == [Rule.HOSTNAME, Rule.HOSTNAME]
    assert resolution.conflicts == []


def test_directory_id_joins_where_a_source_knows_no_serial() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", serial="C02XK1AB", device_id="entra:6F96"),
            Identity(key=2, source="defender", device_id="entra:6f96"),
        ]
    )
    assert resolution.groups == [(1, 2)]
    assert rules(resolution) == [Rule.DEVICE_ID]


def test_directory_id_on_two_living_machines_of_a_source_is_a_doubt() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="defender", device_id="d1", hostname="a-1"),
            Identity(key=2, source="defender", device_id="d1", hostname="a-2"),
        ]
    )
    assert doubts(resolution) == [(1, 2, Rule.DEVICE_ID, "not unique in defender")]


def test_two_serials_are_not_joined_by_a_directory_id() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", serial="SERIAL-A", device_id="d1"),
            Identity(key=2, source="defender", serial="SERIAL-B", device_id="d1"),
        ]
    )
    assert doubts(resolution) == [(1, 2, Rule.DEVICE_ID, "serial SERIALA ≠ SERIALB")]


def test_two_directory_ids_of_one_kind_are_not_joined_by_hostname() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", device_id="entra:d1", hostname="lt-1"),
            Identity(key=2, source="defender", device_id="entra:d2", hostname="lt-1"),
        ]
    )
    assert doubts(resolution) == [(1, 2, Rule.HOSTNAME, "device id entra:d1 ≠ entra:d2")]


@pytest.mark.parametrize("ids", [("entra:d1", "jamf:d2"), ("d1", "d2")])
def test_ids_of_two_directories_do_not_contradict(ids: tuple[str, str]) -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", device_id=ids[0], hostname="lt-1"),
            Identity(key=2, source="jamf", device_id=ids[1], hostname="lt-1"),
        ]
    )
    assert resolution.groups == [(1, 2)]


def test_own_mac_joins() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", macs=("A4-83-E7-12-34-56", "02:42:ac:11:00:02")),
            Identity(key=2, source="nessus", macs=("a4:83:e7:12:34:56",)),
            Identity(key=3, source="falcon", macs=("02:42:ac:11:00:02",)),
        ]
    )
    assert resolution.groups == [(1, 2), (3,)]
    assert resolution.merges[0].evidence == "a4:83:e7:12:34:56"


def test_docking_station_joins_nobody() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", macs=(DOCK,), hostname="anna"),
            Identity(key=2, source="intune", macs=(DOCK,), hostname="ben"),
            Identity(key=3, source="falcon", macs=(DOCK,), hostname="ben"),
        ]
    )
    assert resolution.groups == [(1,), (2, 3)]
    assert rules(resolution) == [Rule.HOSTNAME]
    assert resolution.conflicts == []


def test_docking_station_seen_once_by_each_source_is_a_doubt() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", macs=(DOCK,), serial="SERIAL-A"),
            Identity(key=2, source="falcon", macs=(DOCK,), serial="SERIAL-B"),
        ]
    )
    assert doubts(resolution) == [(1, 2, Rule.MAC, "serial SERIALA ≠ SERIALB")]


def test_mac_of_a_re_imaged_laptop_is_no_dock() -> None:
    resolution = resolve(
        [
            seen(1, "falcon", (0, 90), serial="C02XK1AB", macs=(DOCK,)),
            seen(2, "falcon", (91, 200), serial="C02XK1AB", macs=(DOCK,)),
            seen(3, "nessus", (0, 200), macs=(DOCK,)),
        ]
    )
    assert resolution.groups == [(1, 2, 3)]


def test_weak_rules_do_not_join_what_one_source_tells_apart() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="falcon", serial="SERIAL-A"),
            Identity(key=2, source="intune", serial="SERIAL-A", macs=(DOCK,)),
            Identity(key=3, source="falcon", macs=("a4:83:e7:99:99:99",), device_id="jamf:d"),
            Identity(key=4, source="jamf", macs=(DOCK,), device_id="jamf:d"),
        ]
    )
    assert resolution.groups == [(1, 2), (3, 4)]
    assert doubts(resolution) == [(2, 4, Rule.MAC, "falcon tells them apart")]


def test_hostname_joins_what_lives_at_the_same_time() -> None:
    resolution = resolve(
        [
            seen(1, "intune", (0, 200), hostname="LT-042", os_family="Windows"),
            seen(
                2, "falcon", (100, 200), hostname="LT-042.corp.example.com", os_family="windows"
            ),
            seen(3, "nessus", (None, None), hostname="lt-042"),
        ]
    )
    assert resolution.groups == [(1, 2, 3)]


def test_hostname_given_again_to_a_later_machine_joins_nobody() -> None:
    resolution = resolve(
        [
            seen(1, "intune", (0, 100), hostname="lt-042"),
            seen(2, "falcon", (101, 200), hostname="lt-042"),
        ]
    )
    assert resolution.groups == [(1,), (2,)]
    assert resolution.conflicts == []


def test_re_imaged_machine_keeps_its_name_in_a_source_without_serials() -> None:
    """Defender knows no serial; its two agents follow each other under one name."""
    resolution = resolve(
        [
            seen(1, "jamf", (0, 200), serial="C02XK1AB", hostname="mb-1"),
            seen(2, "defender", (0, 90), hostname="mb-1"),
            seen(3, "defender", (91, 200), hostname="mb-1"),
        ]
    )
    assert resolution.groups == [(1, 2, 3)]
    assert resolution.superseded == {2: 3}


def test_hostname_twice_in_one_source_is_a_doubt_where_another_has_it_too() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="falcon", hostname="build"),
            Identity(key=2, source="falcon", hostname="build"),
            Identity(key=3, source="intune", hostname="build"),
            Identity(key=4, source="falcon", hostname="lonely"),
            Identity(key=5, source="falcon", hostname="lonely"),
        ]
    )
    assert resolution.groups == [(1,), (2,), (3,), (4,), (5,)]
    unclear = "falcon tells them apart"
    assert doubts(resolution) == [
        (1, 2, Rule.HOSTNAME, unclear),
        (1, 3, Rule.HOSTNAME, unclear),
    ]


@pytest.mark.parametrize("hostname", ["localhost", "MacBook-Pro.local", "ip-10-0-0-5", ""])
def test_generic_hostnames_and_addresses_join_nobody(hostname: str) -> None:
    resolution = resolve(
        [
            Identity(key=1, source="falcon", hostname=hostname),
            Identity(key=2, source="intune", hostname=hostname),
        ]
    )
    assert resolution.groups == [(1,), (2,)]
    assert resolution.conflicts == []


def test_two_systems_under_one_hostname_are_two_machines() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", hostname="lab", os_family="windows"),
            Identity(key=2, source="falcon", hostname="lab", os_family="windows"),
            Identity(key=3, source="fleet", hostname="lab", os_family="linux"),
            Identity(key=4, source="nessus", hostname="lab"),
        ]
    )
    assert resolution.groups == [(1, 2), (3,), (4,)]
    assert doubts(resolution) == [(1, 4, Rule.HOSTNAME, "several systems")]


def test_unknown_system_is_told_by_another_record_of_the_machine() -> None:
    resolution = resolve(
        [
            Identity(key=1, source="intune", serial="SERIAL-A", os_family="windows"),
            Identity(key=2, source="falcon", serial="SERIAL-A", hostname="lab"),
            Identity(key=3, source="fleet", hostname="lab", os_family="linux"),
        ]
    )
    assert resolution.groups == [(1, 2), (3,)]


def test_person_joins_what_the_records_part() -> None:
    records = [
        Identity(key=1, source="ec2", cloud_id="i-1"),
        Identity(key=2, source="ec2", cloud_id="i-2"),
        Identity(key=3, source="falcon", cloud_id="i-2"),
    ]
    resolution = resolve(records, joined=[(2, 1)])
    assert resolution.groups == [(1, 2, 3)]
    assert rules(resolution) == [Rule.PIN, Rule.CLOUD_ID]


def test_person_splits_what_the_records_join() -> None:
    records = [
        Identity(key=1, source="intune", serial="SERIAL-A", hostname="lt-1"),
        Identity(key=2, source="falcon", serial="SERIAL-A", hostname="lt-1"),
        Identity(key=3, source="jamf", serial="SERIAL-B"),
        Identity(key=4, source="nessus", serial="SERIAL-B"),
    ]
    resolution = resolve(records, split=[(2, 1)])
    assert resolution.groups == [(1,), (2,), (3, 4)]
    assert doubts(resolution) == []


def test_what_is_split_off_leaves_the_others_together() -> None:
    records = [
        Identity(key=1, source="intune", serial="SERIAL-A", hostname="lt-1"),
        Identity(key=2, source="falcon", serial="SERIAL-A", hostname="lt-1"),
        Identity(key=3, source="jamf", serial="SERIAL-A", hostname="lt-1"),
        Identity(key=4, source="okta", serial="SERIAL-A"),
    ]
    resolution = resolve(records, split=[(2, 1), (2, 3)])
    assert resolution.groups == [(1, 3, 4), (2,)]
    assert doubts(resolution) == []


def test_a_doubt_that_a_person_settled_is_none() -> None:
    records = [
        seen(1, "falcon", (0, 200), serial="CLONED-1", hostname="build-1"),
        seen(2, "falcon", (50, 200), serial="CLONED-1", hostname="build-2"),
    ]
    assert len(doubts(resolve(records))) == 1
    assert doubts(resolve(records, split=[(1, 2)])) == []
    assert doubts(resolve(records, joined=[(1, 2)])) == []


def test_split_binds_the_whole_group_and_is_stronger_than_joined() -> None:
    records = [Identity(key=key, source="intune") for key in (1, 2, 3)]
    resolution = resolve(records, joined=[(2, 3), (1, 2)], split=[(1, 3)])
    assert resolution.groups == [(1, 2), (3,)]
    assert doubts(resolution) == [(2, 3, Rule.PIN, "kept apart by a pin")]


def test_pins_that_lead_nowhere_have_no_effect() -> None:
    records = [Identity(key=1, source="intune"), Identity(key=2, source="falcon")]
    resolution = resolve(records, joined=[(1, 9), (1, 1)], split=[(9, 2), (2, 2)])
    assert resolution.groups == [(1,), (2,)]


def test_living_record_is_told_by_last_then_first_sign_of_life() -> None:
    records = [
        seen(1, "falcon", (0, 100), cloud_id="i-1"),
        seen(2, "falcon", (50, 100), cloud_id="i-1"),
        seen(3, "falcon", (90, None), cloud_id="i-1"),
        seen(4, "falcon", (None, None), cloud_id="i-1"),
    ]
    assert resolve(records).superseded == {1: 2, 3: 2, 4: 2}


def test_rules_have_names_for_people() -> None:
    assert [rule.label for rule in Rule][:2] == ["pin", "cloud id"]


def test_twenty_thousand_records_resolve_in_seconds() -> None:
    records = [
        Identity(
            key=number * 5 + place,
            source=source,
            serial=f"SERIAL{number:05}" if place < 3 else None,
            device_id=f"entra:{number:08x}" if place in {0, 3} else None,
            macs=(f"a4:83:{number >> 8 & 255:02x}:{number & 255:02x}:00:01", DOCK),
            hostname=f"lt-{number}",
            active_from=NEW_YEAR,
            active_to=day(200),
        )
        for number in range(4_000)
        for place, source in enumerate(("intune", "falcon", "jamf", "defender", "nessus"))
    ]
    started = time.perf_counter()
    resolution = resolve(records)
    assert time.perf_counter() - started < 10
    assert len(resolution.groups) == 4_000


values = {
    "source": st.sampled_from(["intune", "falcon", "ec2"]),
    "cloud_id": st.sampled_from([None, None, "i-1", "i-2"]),
    "serial": st.sampled_from([None, "0", "SER-A", "ser a", "SER-B", "SER-C"]),
    "device_id": st.sampled_from([None, None, "entra:1", "entra:2", "9"]),
    "macs": st.sampled_from([(), (DOCK,), ("a4:83:e7:00:00:02",), (DOCK, "00:50:56:0:0:1")]),
    "hostname": st.sampled_from([None, "localhost", "lt-1", "LT-2.corp", "lt-3"]),
    "os_family": st.sampled_from([None, "linux", "windows"]),
    "active_from": st.sampled_from([None, day(0), day(50), day(150)]),
    "active_to": st.sampled_from([None, day(40), day(160), day(200)]),
}
fleets = st.lists(st.builds(Identity, key=st.just(0), **values), max_size=10).map(
    lambda records: [replace(record, key=key) for key, record in enumerate(records)]
)
pins = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), max_size=4)


@given(fleets, st.tuples(pins, pins), st.randoms(use_true_random=False))
def test_order_of_the_records_does_not_matter(fleet, pinned, random) -> None:
    joined, split = pinned
    resolution = resolve(fleet, joined=joined, split=split)
    shuffled = [random.sample(column, len(column)) for column in (fleet, joined, split)]
    assert resolve(shuffled[0], joined=shuffled[1], split=shuffled[2]) == resolution


def test_a_hostname_counts_for_every_source_that_told_it_of_a_machine() -> None:
    """The agent bears the name, too, whichever of its group's records comes first."""
    agent = Identity(key=0, source="falcon", serial="SER-A", hostname="lt-1")
    old = Identity(key=1, source="intune", serial="SER-A", hostname="lt-1", active_to=day(40))
    new = Identity(key=2, source="intune", hostname="lt-1", active_from=day(50))
    assert resolve([agent, old, new]).groups == [(0, 1, 2)]
    assert resolve([replace(agent, key=3), old, new]).groups == [(1, 2, 3)]


@settings(max_examples=200)
@given(fleets, st.randoms(use_true_random=False))
def test_keys_of_the_records_do_not_matter(fleet, random) -> None:
    keys = random.sample(range(len(fleet)), len(fleet))
    renamed = [replace(record, key=keys[record.key]) for record in fleet]
    before = {frozenset(keys[key] for key in group) for group in resolve(fleet).groups}
    assert {frozenset(group) for group in resolve(renamed).groups} == before


@given(fleets, pins, pins)
def test_every_record_is_in_one_group_made_by_the_merges(fleet, joined, split) -> None:
    resolution = resolve(fleet, joined=joined, split=split)
    assert sorted(key for group in resolution.groups for key in group) == [
        record.key for record in fleet
    ]
    assert resolution.groups == sorted(tuple(sorted(group)) for group in resolution.groups)
    assert len(resolution.merges) == len(fleet) - len(resolution.groups)
    merged = [(merge.left, merge.right) for merge in resolution.merges]
    assert resolve([replace_all(r) for r in fleet], joined=merged).groups == resolution.groups


def replace_all(record: Identity) -> Identity:
    """The record with nothing but its key."""
    return Identity(key=record.key, source="any")


@settings(max_examples=200)
@given(fleets)
def test_no_machine_has_two_cloud_ids(fleet) -> None:
    for group in resolve(fleet).groups:
        assert len({fleet[key].cloud_id for key in group} - {None}) <= 1


@settings(max_examples=200)
@given(fleets)
def test_two_serials_in_a_machine_come_only_by_its_cloud_id(fleet) -> None:
    resolution = resolve(fleet)
    doubtful = {c.evidence for c in resolution.conflicts if c.rule is Rule.SERIAL}
    for group in resolution.groups:
        serials = {normalise_serial(fleet[key].serial) for key in group} - {None} - doubtful
        by_cloud = any(normalise_id(fleet[key].cloud_id) for key in group)
        assert len(serials) <= 1 or by_cloud


@given(fleets, pins)
def test_what_a_person_joined_is_one_machine(fleet, joined) -> None:
    resolution = resolve(fleet, joined=joined)
    home = {key: group for group in resolution.groups for key in group}
    assert all(home[a] is home[b] for a, b in joined if a in home and b in home)


@given(fleets, pins, pins)
def test_what_a_person_split_is_never_one_machine(fleet, joined, split) -> None:
    resolution = resolve(fleet, joined=joined, split=split)
    apart = {frozenset(pair) for pair in split}
    for group in resolution.groups:
        assert not any(frozenset(pair) in apart for pair in combinations(group, 2))


@given(fleets)
def test_one_record_of_each_source_lives(fleet) -> None:
    resolution = resolve(fleet)
    for group in resolution.groups:
        alive = [fleet[key].source for key in group if key not in resolution.superseded]
        assert sorted(alive) == sorted({fleet[key].source for key in group})
    for older, newer in resolution.superseded.items():
        assert fleet[older].source == fleet[newer].source
        assert newer not in resolution.superseded


@given(fleets)
def test_doubts_lie_between_machines(fleet) -> None:
    resolution = resolve(fleet)
    for conflict in resolution.conflicts:
        assert conflict.left < conflict.right
        assert conflict.vetoed_by
        assert conflict.evidence
