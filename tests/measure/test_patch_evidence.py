"""What the sources prove: unpatched, unknown, pending, current; and events they only imply."""

from typing import Any

import pytest
from tests.measure import make
from tests.measure.test_patch_cadence import companion

from protem.ledger.facts import Facts
from protem.measure.metric import Reading, Table
from protem.measure.metrics.patch_cadence import compute, tables

LIST, LOG = 30, 31
INVENTORY = make.scans(10, tool="aws-ec2", target="inventory:acme")


def company(size: int = 1, *, looks: list[dict[str, Any]], **rows: Any) -> Facts:
    """Linux servers of one inventory, with these looks at their patches."""
    return make.facts(
        scan_rows=[*INVENTORY, *looks],
        assets=[make.asset(n, kind="server", os_family="linux") for n in range(size)],
        records=[make.record(n, n, "inventory") for n in range(size)],
        presences=[make.presence(n, 10) for n in range(size)],
        **rows,
    )


def log(proof: str, *, covered: float | None = None, last: float = 0) -> list[dict[str, Any]]:
    return make.scans(
        LOG, tool="dpkg-log", target="log:web", record=0, proof=proof, covered=covered,
        last=last,
    )  # fmt: skip


def states(last: float = 0, every: float = 7) -> list[dict[str, Any]]:
    return make.scans(
        LIST, tool="aws-ssm-states", target="patches:", record=-1, proof="state", last=last,
        every=every,
    )  # fmt: skip


def table(facts: Facts, name: str) -> Table:
    return next(each for each in tables(facts, make.AS_OF) if each.name == name)


def unpatched_and_unknown(reading: Reading) -> tuple[float | None, float | None]:
    return companion(reading, "unpatched_35"), companion(reading, "unknown")


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        (log("log", covered=300), (1, 0)),
        ([{**log("log", covered=20)[0], "at": make.AS_OF}], (0, 1)),
        (log("installed"), (0, 1)),
        (log("log", covered=300, last=60), (0, 1)),
        ([], (0, 1)),
    ],
)
def test_only_a_fresh_full_log_shows_that_there_was_no_patch(
    looks: list[dict[str, Any]], expected: tuple[int, int]
) -> None:
    facts = company(looks=looks, patches=[make.patch(0, 50)])
    assert unpatched_and_unknown(compute(facts, make.AS_OF)) == expected


def test_a_log_too_short_to_tell_leaves_it_unknown() -> None:
    short = [{**log("log", covered=20)[0], "at": make.ago(0)}]
    others = [make.patch(1, float(day)) for day in range(1, 99, 9)]
    facts = company(2, looks=short, patches=others)
    assert unpatched_and_unknown(compute(facts, make.AS_OF)) == (0, 1)


def test_rotated_logs_go_on_from_each_other() -> None:
    looks = [
        {**log("log")[0], "at": make.ago(age), "covered_from": make.ago(age + 20)}
        for age in (90, 60, 30, 0)
    ]
    others = [make.patch(1, float(day)) for day in range(1, 99, 9)]
    facts = company(2, looks=looks, patches=others)
    assert unpatched_and_unknown(compute(facts, make.AS_OF)) == (1, 0)


def test_a_state_without_anything_missing_needs_no_patch_day() -> None:
    facts = company(looks=states(), patch_states=[make.patch_state(0, LIST, "current")])
    reading = compute(facts, make.AS_OF)
    assert unpatched_and_unknown(reading) == (0, 0)
    assert companion(reading, "current_14") == 100


@pytest.mark.parametrize(
    ("condition", "pending", "told"),
    [
        ("missing", 0, "3 patches missing"),
        ("failed", 0, "3 patches missing"),
        ("pending_reboot", 1, "a reboot is due"),
    ],
)
def test_a_state_that_lacks_something_is_unpatched(
    condition: str, pending: int, told: str
) -> None:
    run = make.patch_state(0, LIST, condition, missing=3, first=60)
    facts = company(looks=states(), patch_states=[run], patches=[make.patch(0, 80)])
    reading = compute(facts, make.AS_OF)
    assert companion(reading, "unpatched_35") == 1
    assert companion(reading, "pending_reboot") == pending
    [row] = table(facts, "longest-unpatched").rows
    assert row["state"] == told


def test_a_stale_state_is_not_known() -> None:
    silent = make.patch_state(0, LIST, "missing", silent=90)
    facts = company(looks=states(), patch_states=[silent], patches=[make.patch(0, 200)])
    assert unpatched_and_unknown(compute(facts, make.AS_OF)) == (0, 1)
    stopped = make.patch_state(0, LIST, "current")
    facts = company(looks=states(last=60), patch_states=[stopped], patches=[make.patch(0, 200)])
    assert unpatched_and_unknown(compute(facts, make.AS_OF)) == (0, 1)


def test_catching_up_is_a_patch_day_halfway_unless_one_was_told() -> None:
    runs = [
        make.patch_state(0, LIST, "missing", missing=2, first=27, last=20),
        make.patch_state(0, LIST, "current", first=13),
    ]
    facts = company(looks=states(), patch_states=runs)
    [row] = table(facts, "longest-unpatched").rows
    assert row["days"] == pytest.approx(16.5)
    told = company(looks=states(), patch_states=runs, patches=[make.patch(0, 15)])
    [row] = table(told, "longest-unpatched").rows
    assert row["days"] == pytest.approx(15)


def test_a_later_state_without_a_reboot_due_ends_the_wait() -> None:
    waiting = [make.patch(0, 20, pending=True)]
    facts = company(looks=states(), patches=waiting)
    assert companion(compute(facts, make.AS_OF), "pending_reboot") == 1
    current = make.patch_state(0, LIST, "current", first=13)
    facts = company(looks=states(), patches=waiting, patch_states=[current])
    assert companion(compute(facts, make.AS_OF), "pending_reboot") == 0


def macs(versions: list[dict[str, Any]]) -> Facts:
    return make.facts(
        scan_rows=make.scans(10, tool="jamf", target="inventory:acme"),
        assets=[make.asset(0)],
        records=[make.record(0, 0, "inventory")],
        presences=[make.presence(0, 10)],
        versions=versions,
    )


def test_another_version_in_the_next_export_was_installed_in_between() -> None:
    facts = macs(
        [
            make.version(0, 10, "15.3", first=100, last=56),
            make.version(0, 10, "15.4", first=49, last=14),
            make.version(0, 10, "15.4.1", first=7),
        ]
    )
    [row] = table(facts, "longest-unpatched").rows
    assert row["days"] == pytest.approx(10.5)
    reading = compute(facts, make.AS_OF)
    assert reading.label == "cadence"
    assert reading.value == pytest.approx(42, abs=1)


@pytest.mark.parametrize(
    ("version", "product", "expected"),
    [
        ("15.3", "macos", (1, 0)),
        ("10.0.22631.4890", "windows", (1, 0)),
        ("10.0.22631", "windows", (0, 1)),
        ("Ubuntu 24.04", "linux", (0, 1)),
    ],
)
def test_a_version_that_would_show_a_patch_proves_that_there_was_none(
    version: str, product: str, expected: tuple[int, int]
) -> None:
    facts = macs([make.version(0, 10, version, product=product, first=200)])
    stated = make.facts(
        scan_rows=[*make.scans(10, tool="jamf", target="inventory:acme"), *INVENTORY[:0]],
        assets=[make.asset(0), make.asset(1)],
        records=[make.record(0, 0, "inventory"), make.record(1, 1, "inventory")],
        presences=[make.presence(0, 10), make.presence(1, 10)],
        versions=facts.versions.to_dicts(),
        patches=[make.patch(1, float(day)) for day in range(1, 99, 9)],
    )
    assert unpatched_and_unknown(compute(stated, make.AS_OF)) == expected


def test_each_source_says_what_it_proves() -> None:
    facts = company(
        looks=[*states(last=20, every=5), *log("log", covered=300)],
        patches=[make.patch(0, 50)],
        patch_states=[make.patch_state(0, LIST, "current", first=50)],
    )
    rows = {row["source"]: row for row in table(facts, "patch-sources").rows}
    assert rows["dpkg-log"]["proves"] == "patched, and no patch since"
    assert rows["aws-ssm-states"]["proves"] == "patched and unpatched"
    assert rows["aws-ssm-states"]["freshness"] == "stale"
    assert [row["systems"] for row in rows.values()] == [1, 1]


def test_a_running_gap_ends_where_the_sources_do() -> None:
    rows = [make.patch(0, day) for day in (85.0, 75.0, 65.0)]
    reading = compute(company(looks=log("log", covered=300, last=60), patches=rows), make.AS_OF)
    assert reading.value == pytest.approx(10)


def test_a_guess_holds_until_a_source_tells_better() -> None:
    runs = [
        make.patch_state(0, LIST, "missing", missing=2, first=27, last=20),
        make.patch_state(0, LIST, "current", first=13),
    ]
    guessed = company(looks=states(), patch_states=runs)
    told = company(looks=states(), patch_states=runs, patches=[make.patch(0, 15, known=5)])
    assert compute(told, make.ago(6)) == compute(guessed, make.ago(6))
    [row] = table(told, "longest-unpatched").rows
    assert row["days"] == pytest.approx(15)
