"""The ledger is a function of the set of imports: neither order nor undoing leaves a trace."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ledger.make import bring, bring_together, day, findings, hash_of, scan

from protem.formats.records import (
    Agent,
    Asset,
    AssetKind,
    Finding,
    FindingState,
    Patch,
    PatchCondition,
    PatchState,
    Record,
    Scan,
    Severity,
)
from protem.ledger import services
from protem.ledger.labels.services import Edited, import_rules
from protem.ledger.models import Asset as StoredAsset
from protem.ledger.models import (
    AssetRecord,
    Episode,
    InstalledVersion,
    PatchEvent,
    Presence,
    Scope,
    Sighting,
)
from protem.ledger.models import PatchState as StoredState
from protem.ledger.models import Scan as StoredScan
from protem.ledger.reconcile.imports import Outcome
from protem.ledger.reconcile.places import instant_of
from protem.ledger.reconcile.tally import NAMES as NAMES_OF_COUNTS
from protem.ledger.rulebook import from_csv
from protem.people.access import OPERATOR
from protem.sources.models import ImportRun

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [f"CVE-2026-000{number}" for number in range(5)]


@st.composite
def reports(draw: st.DrawFn) -> list[Record]:
    """One report of one tool on one of two repositories, now and then a bad one."""
    target = draw(st.sampled_from(["repository:acme/web", "repository:acme/api"]))
    on = draw(st.integers(0, 9)) * 7
    look = Scan(
        tool=draw(st.sampled_from(["trivy", "grype"])),
        target=target,
        as_of=day(on),
        settings=draw(st.sampled_from(["", "", "", "floor=high"])),
        is_complete=draw(st.sampled_from([True, True, True, False])),
        shows_unfixed=draw(st.sampled_from([True, True, False])),
    )
    return [
        look,
        *(draw(_finding(target, name)) for name in draw(st.sets(st.sampled_from(NAMES)))),
    ]


def _finding(target: str, name: str) -> st.SearchStrategy[Finding]:
    return st.builds(
        Finding,
        target=st.just(target),
        vulnerability=st.just(name),
        severity=st.sampled_from([Severity.HIGH, Severity.CRITICAL]),
        is_fixable=st.sampled_from([True, True, False]),
        state=st.sampled_from([FindingState.OPEN] * 5 + [FindingState.ACCEPTED]),
        found_at=st.sampled_from([None, None, day(-20)]),
    )


@st.composite
def exports(draw: st.DrawFn) -> list[Record]:
    """One inventory or agent list of a small fleet."""
    at = day(draw(st.integers(0, 9)) * 7 + 0.5)
    hosts = sorted(draw(st.sets(st.integers(0, 3), min_size=1)))
    if draw(st.booleans()):
        machines: list[Record] = [draw(_asset(host)) for host in hosts]
        tool = "intune"
    else:
        machines = [_agent(host) for host in hosts]
        tool = "falcon"
    return [Scan(tool=tool, target="inventory:", as_of=at), *machines]


def _asset(number: int) -> st.SearchStrategy[Asset]:
    return st.builds(
        Asset,
        source=st.just("intune"),
        external_id=st.just(f"device-{number}"),
        kind=st.just(AssetKind.LAPTOP),
        hostname=st.just(f"lt-{number}"),
        serial=st.just(f"5CD{number}41XYZ"),
        os_family=st.just("macos"),
        os_version=st.sampled_from(["", "15.4", "15.4.1"]),
        software=st.sampled_from([(), (("openssl@3", "3.4"),), (("openssl@3", "3.5"),)]),
        is_running=st.booleans(),
        tags=st.just((f"team={'pay' if number % 2 else 'data'}", "managed")),
        seen_at=st.just(day(0)),
    )


def _agent(number: int) -> Agent:
    return Agent(
        source="falcon",
        external_id=f"aid-{number}",
        hostname=f"lt-{number}",
        tags=(f"sensor={number}",),
        seen_at=day(1),
    )


@st.composite
def patch_reports(draw: st.DrawFn) -> list[Record]:
    """One list of patch states, or one host's log with or without a state at its end."""
    at = day(draw(st.integers(0, 9)) * 7 + 0.25)
    if draw(st.booleans()):
        hosts = sorted(draw(st.sets(st.integers(0, 3))))
        states = [draw(_state(**_named(host), at=at)) for host in hosts]
        return [Scan(tool="ssm", target="patches:", as_of=at), *states]
    host = f"web-{draw(st.integers(0, 1))}"
    patches = [
        Patch(hostname=host, patch=name, installed_at=day(draw(st.integers(0, 60))))
        for name in sorted(draw(st.sets(st.sampled_from(["openssl", "curl"]))))
    ]
    stated = draw(st.lists(_state(hostname=host, at=at), max_size=1))
    return [Scan(tool="apt", target=f"log:{host}", as_of=at), *patches, *stated]


def _named(host: int) -> dict[str, str]:
    """By cloud id or, for the odd ones, by the serial that the inventory has too."""
    return {"serial": f"5CD{host}41XYZ"} if host % 2 else {"cloud_id": f"i-{host}"}


def _state(*, at: datetime, **machine: str) -> st.SearchStrategy[PatchState]:
    return st.builds(
        PatchState,
        condition=st.sampled_from(PatchCondition),
        missing=st.sampled_from([None, 0, 2]),
        seen_at=st.sampled_from([at, day(0)]),
        **{name: st.just(value) for name, value in machine.items()},
    )


files = st.lists(
    st.one_of(reports(), reports(), exports(), patch_reports()),
    min_size=1,
    max_size=7,
    unique_by=repr,
)
RULES = "tag,hostname,group,owner,criticality\nteam=pay,,Payments,,high\n,lt-?,Laptops,dana,\n"


@pytest.fixture(autouse=True)
def rules(transactional_db: None) -> None:  # noqa: ARG001 - opens the database
    edited = Edited(by=OPERATOR, at=day(0))
    import_rules(edited, from_csv(RULES), replacing=True)


slow = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@slow
@given(data=st.data(), contents=files)
def test_files_may_arrive_in_any_order(data, contents):
    expected = _ledger_after(contents)
    shuffled = data.draw(st.permutations(contents))
    assert _ledger_after(shuffled) == expected


@slow
@given(data=st.data(), contents=files)
def test_a_reverted_import_leaves_no_trace(data, contents):
    removed = data.draw(st.sampled_from(range(len(contents))))
    kept = [content for place, content in enumerate(contents) if place != removed]
    expected = _ledger_after(kept)
    _forget_everything()
    runs = [bring(content)[0] for content in contents]
    services.revert_import(by=OPERATOR, run=runs[removed])
    services.resolve_assets()
    assert _ledger() == expected


@slow
@given(data=st.data(), contents=files)
def test_files_brought_together_do_what_they_do_one_by_one(data, contents):
    _forget_everything()
    in_time = sorted(contents, key=_moment)
    expected = [_counts(bring(content)[1]) for content in in_time]
    ledger = _ledger_after(contents)
    _forget_everything()
    first = data.draw(st.integers(0, len(contents)))
    together = [bring(content) for content in in_time[:first]]
    together += bring_together(in_time[first:])
    services.resolve_assets()
    assert _ledger() == ledger
    assert [_counts(outcome) for _run, outcome in together] == expected


@slow
@given(data=st.data(), contents=files)
def test_a_batch_may_come_before_or_after_others(data, contents):
    expected = _ledger_after(contents)
    shuffled = data.draw(st.permutations(contents))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(contents)), max_size=2)))
    _forget_everything()
    for start, end in zip([0, *cuts], [*cuts, len(contents)], strict=True):
        bring_together(shuffled[start:end])
    services.resolve_assets()
    assert _ledger() == expected


def _moment(content: list[Record]) -> datetime:
    as_of = next(record.as_of for record in content if isinstance(record, Scan))
    return instant_of(as_of or day(0), hash_of(content))


def _counts(outcome: Outcome) -> dict[str, int]:
    return {name: outcome.counts[name] for name in NAMES_OF_COUNTS}


def _ledger_after(contents: Sequence[list[Record]]) -> list[object]:
    _forget_everything()
    for content in contents:
        bring(content)
    services.resolve_assets()
    return _ledger()


def _ledger() -> list[object]:
    """Everything the ledger says, without row numbers."""
    episodes = Episode.objects.values_list(
        "finding_id",
        "number",
        "opened_at",
        "is_start_known",
        "last_seen_at",
        "first_absent_at",
        "closed_at",
        "ending",
        "severity",
        "critical_at",
        "critical_until",
        "reporters",
    )
    sightings = Sighting.objects.values_list(
        "finding_id", "scope_id", "first_at", "last_at", "severity", "state"
    )
    presences = Presence.objects.values_list(
        "record_id", "scope_id", "first_at", "last_at", "state", "silent_days"
    )
    scans = StoredScan.objects.values_list("scope_id", "at", "count", "is_trusted", "doubt")
    records = AssetRecord.objects.values_list("id", "asset_id", "hostname")
    states = StoredState.objects.values_list(
        "record_id", "scope_id", "first_at", "last_at", "condition", "missing", "silent_days"
    )
    versions = InstalledVersion.objects.values_list(
        "record_id", "scope_id", "first_at", "last_at", "product", "version"
    )
    patches = PatchEvent.objects.values_list("record_id", "patch", "installed_at", "known_at")
    assets = StoredAsset.objects.values_list("id", "tags", "group", "owner", "criticality")
    tables = (
        episodes,
        sightings,
        presences,
        scans,
        records,
        states,
        versions,
        patches,
        assets,
    )
    return [sorted(table, key=repr) for table in tables]


def _forget_everything() -> None:
    ImportRun.objects.all().delete()
    Scope.objects.all().delete()
    AssetRecord.objects.all().delete()


FOUR = ("CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003", "CVE-2026-0004")


@pytest.mark.parametrize("together", [True, False])
def test_a_tool_that_looks_again_has_its_say_again(together):
    """Its scans come after the other tool's, whose newest is weeks ahead of its first."""
    contents: list[list[Record]] = [
        [scan(56), *findings(*FOUR)],
        [scan(0)],
        [scan(21, tool="grype"), *findings(*FOUR)],
        [scan(35, tool="grype"), *findings(FOUR[0])],
    ]
    expected = _ledger_after(sorted(contents, key=_moment))
    _forget_everything()
    if together:
        bring_together(contents)
    else:
        for content in contents:
            bring(content)
    services.resolve_assets()
    assert _ledger() == expected


def test_a_tool_that_others_leave_behind_loses_its_say():
    """Nothing of the other tool's sightings changes in the scan that leaves it behind."""
    contents: list[list[Record]] = [
        [scan(0)],
        [scan(7, tool="grype"), *findings("CVE-2026-0001")],
        *([scan(day_of), *findings("CVE-2026-0001")] for day_of in (14, 18, 22, 26)),
    ]
    expected = _ledger_after(contents)
    _forget_everything()
    bring_together(contents)
    services.resolve_assets()
    assert _ledger() == expected
