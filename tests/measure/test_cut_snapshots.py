"""Numbers by group, owner and kind: which cuts are kept, and what a change touches."""

from collections.abc import Sequence

import pytest
from tests.ledger.make import bring, day

from protem import flow
from protem.formats.records import Agent, Asset, AssetKind, Scan
from protem.ledger.cuts import MOST_CUTS, By, Cut, CutError, measured_cuts, parse_cut
from protem.ledger.labels.services import Edited, add_rule
from protem.ledger.rulebook import parse_rule
from protem.measure import queries as measured
from protem.measure.cuts import queries, services
from protem.measure.models import Snapshot
from protem.people.access import OPERATOR

pytestmark = pytest.mark.django_db
PAYMENTS, DATA = Cut(by=By.GROUP, value="Payments"), Cut(by=By.GROUP, value="Data")
WEEKS = 3


def names(group: str, count: int) -> list[str]:
    return [f"{group.lower()}-{number}" for number in range(count)]


def week(number: int, *, covered: Sequence[str], extra: Sequence[str] = ()) -> None:
    """One week's inventory of six servers a group, and the agents of those ``covered``."""
    at = day(7 * number)
    servers = [(name, "Payments") for name in names("Payments", 6)]
    servers += [(name, "Data") for name in [*names("Data", 6), *extra]]
    bring(
        Scan(tool="ec2", target="inventory:", as_of=at),
        [
            Asset(
                source="ec2",
                external_id=name,
                name=name,
                hostname=name,
                kind=AssetKind.SERVER,
                group=group,
                created_at=day(-90),
            )
            for name, group in servers
        ],
    )
    bring(
        Scan(tool="falcon", target="inventory:", as_of=at),
        [Agent(source="falcon", external_id=n, hostname=n, seen_at=at) for n in covered],
    )


@pytest.fixture
def company() -> None:
    for number in range(WEEKS):
        week(number, covered=names("Payments", 6) + names("Data", 3))
    flow.refresh()


def coverage(cut: str = "") -> float | None:
    (view,) = (one for one in measured.current(cut=cut) if one.metric == "edr-coverage")
    return view.reading.value


def rows(cut: Cut) -> list[Snapshot]:
    return list(Snapshot.objects.filter(cut=str(cut), metric="edr-coverage").order_by("week"))


@pytest.mark.usefixtures("company")
def test_each_group_has_numbers_of_its_own() -> None:
    assert (coverage(), coverage(str(PAYMENTS)), coverage(str(DATA))) == (75, 100, 50)
    assert [cut for cut in queries.measured() if cut.by is By.GROUP] == [DATA, PAYMENTS]
    assert len(measured.history("edr-coverage", cut=str(DATA))) == WEEKS


@pytest.mark.usefixtures("company")
def test_certifications_are_of_the_company_only() -> None:
    assert not Snapshot.objects.filter(metric="certifications").exclude(cut="").exists()


@pytest.mark.usefixtures("company")
def test_groups_are_compared_side_by_side() -> None:
    found = queries.comparison(By.GROUP)
    assert [row.cut.label for row in found] == ["Data", "Payments"]
    assert found[0].views["edr-coverage"].reading.value == 50
    assert "certifications" not in found[0].views


@pytest.mark.usefixtures("company")
def test_the_lists_behind_a_number_are_cut_too() -> None:
    (view,) = (v for v in measured.current() if v.metric == "edr-coverage")
    for cut, expected in (("", 3), (str(DATA), 3), (str(PAYMENTS), 0)):
        listed = measured.tables("edr-coverage", view.reading.as_of, cut=cut)
        assert len(next(t for t in listed if t.name == "uncovered").rows) == expected


@pytest.mark.usefixtures("company")
def test_a_new_import_touches_its_weeks_only() -> None:
    before = {row.week: row.pk for row in rows(DATA)}
    week(WEEKS, covered=names("Payments", 6))
    flow.refresh(since=day(7 * WEEKS).date())
    after = {row.week: row.pk for row in rows(DATA)}
    assert len(after) == WEEKS + 1
    assert before.items() <= after.items()
    assert coverage(str(DATA)) == 0


@pytest.mark.usefixtures("company")
def test_a_rule_that_moves_assets_changes_the_past_of_both_groups() -> None:
    rule = parse_rule({"name": "data-3; data-4; data-5", "group": "Payments"})
    done = add_rule(Edited(by=OPERATOR, at=day(30)), rule)
    flow.remeasure(done.moved)
    assert [row.value for row in rows(PAYMENTS)] == [pytest.approx(100 * 6 / 9)] * WEEKS
    assert not rows(DATA), "three assets are too few to be measured"


@pytest.mark.usefixtures("company")
def test_an_inventory_that_moves_an_asset_changes_the_past_of_its_groups() -> None:
    at = day(7 * WEEKS)
    moved = Asset(
        source="ec2",
        external_id="data-5",
        hostname="data-5",
        kind=AssetKind.SERVER,
        group="Payments",
        created_at=day(-90),
    )
    bring(Scan(tool="ec2", target="inventory:", as_of=at), [moved])
    flow.refresh(since=at.date())
    assert rows(PAYMENTS)[0].value == pytest.approx(100 * 6 / 7)


@pytest.mark.usefixtures("company")
def test_what_an_interruption_left_out_is_made_up_for() -> None:
    first, *_others = rows(DATA)
    expected = [row.value for row in rows(DATA)]
    Snapshot.objects.filter(cut=str(DATA)).exclude(week=first.week).delete()
    told: list[float] = []
    services.refresh_cuts(measured.facts, progress=told.append)
    assert [row.value for row in rows(DATA)] == expected
    assert told == sorted(told)
    assert told[-1] == 1
    assert services.refresh_cuts(measured.facts) == 0


def test_without_anything_measured_there_are_no_cuts() -> None:
    flow.refresh()
    assert services.refresh_cuts(measured.facts) == 0
    assert queries.measured() == []


@pytest.mark.pure
def test_a_cut_is_read_as_it_is_written() -> None:
    cut = Cut(by=By.OWNER, value="dana@acme.example: team")
    assert parse_cut(str(cut)) == cut
    assert parse_cut("group:").label == "no group"
    for bad in ("Payments", "team:Payments", ""):
        with pytest.raises(CutError):
            parse_cut(bad)


@pytest.mark.pure
def test_only_cuts_of_a_handful_are_measured_and_not_too_many() -> None:
    sizes = {Cut(by=By.OWNER, value=str(size)): size for size in range(100)}
    found = measured_cuts(sizes)
    assert len(found) == MOST_CUTS
    assert found[0].value == "99"
    small = {Cut(by=By.GROUP, value="few"): 4, Cut(by=By.GROUP, value="some"): 5}
    assert [cut.value for cut in measured_cuts(small)] == ["some"]
