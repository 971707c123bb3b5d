"""Facts as they should not be: each has a defined answer (docs/awkward-data.md)."""

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from protem import flow
from protem.board.metric_chart import metric_chart
from protem.measure import queries as measured
from protem.measure.metric import METRICS, Reading, Verdict
from protem.people.access import OPERATOR
from protem.sources.queries import ImportRun
from protem.ui.figures import line_chart, sparkline_svg

pytestmark = pytest.mark.django_db

FIRST = datetime(2025, 3, 3, 6, tzinfo=UTC)
TOLD_NOTHING = (Verdict.STEADY, Verdict.INSUFFICIENT)
FAR_AHEAD = "2097-01-01"
Cell: TypeAlias = float | str | None
LATE = "impossible date: {} after the report"


def day(number: float) -> datetime:
    """The instant so many days after the first Monday."""
    return FIRST + timedelta(days=number)


def told(moment: Cell) -> str:
    """A cell with that day, given as a number of days or as it stands."""
    if moment is None or isinstance(moment, str):
        return moment or ""
    return f"{day(moment):%Y-%m-%dT%H:%M:%SZ}"


class Company:
    """Writes small files as its tools would, and brings them in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, list[Path]()

    def file(self, rows: Iterable[Mapping[str, Cell]], *, written: float) -> "Company":
        """A table with these rows, last written so many days after the first."""
        rows = list(rows)
        lines = [",".join(rows[0]), *(",".join(map(told, row.values())) for row in rows)]
        path = self.folder / f"{len(self.files)}.csv"
        path.write_text("\n".join(lines) + "\n")
        os.utime(path, (day(written).timestamp(),) * 2)
        self.files.append(path)
        return self

    def scan(
        self, on: float | str, flaws: Mapping[str, tuple[Cell, Cell]],
        *, tool: str = "", written: float | None = None,
    ) -> "Company":  # fmt: skip
        """A scan of the web repository: flaws by name with when found and when fixed."""
        looked = {
            "asset": "acme/web",
            "asset_kind": "repository",
            "scanned_at": on,
            "tool": tool,
        }
        rows = [
            {**looked, "vulnerability": name, "severity": "critical", "found_on": found,
             "fixed_on": fixed}
            for name, (found, fixed) in flaws.items()
        ]  # fmt: skip
        nothing = {**looked, "vulnerability": None, "severity": None}
        at = written if written is not None else float(on)
        return self.file(rows or [nothing], written=at)

    def inventory(self, on: float, *names: str, **given: Cell) -> "Company":
        """The laptops of that day, each with these cells beside its name."""
        cells = {"created_on": None, "seen_at": on, **given}
        rows = [{"name": name, "kind": "laptop", **cells, "as_of": on} for name in names]
        return self.file(rows, written=on)

    def agents(self, on: float, *names: str, seen_at: Cell = None) -> "Company":
        """The EDR agents of that day, in contact at it unless said."""
        seen = on if seen_at is None else seen_at
        rows = [{"hostname": name, "seen_at": seen, "as_of": on} for name in names]
        return self.file(rows, written=on)

    def patches(self, written: float, *rows: tuple[str, str, float | str, str]) -> "Company":
        """A list of patches: machine, patch, when installed, when released."""
        names = ("hostname", "patch", "installed_at", "released_on")
        return self.file((dict(zip(names, row, strict=True)) for row in rows), written=written)

    def certificates(self, on: float, **given: str) -> "Company":
        """The register with one SOC 2 report."""
        row: dict[str, Cell] = {
            "id": "soc2",
            "framework": "SOC 2",
            "level": "Type II",
            **given,
            "as_of": on,
        }
        return self.file([row], written=on)

    def bring(self) -> list[ImportRun]:
        """Import what was written since, in one go."""
        files, self.files = self.files, []
        runs = flow.import_paths(files, by=OPERATOR)
        assert [run.state for run in runs] == ["done"] * len(files)
        for number, path in enumerate(files):
            path.rename(self.folder / f"done-{number}-{os.urandom(4).hex()}")
        return runs


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def reading(metric: str) -> Reading:
    return next(view.reading for view in measured.current() if view.metric == metric)


def as_of(metric: str, moment: datetime) -> Reading:
    return METRICS.get(metric).compute(measured.facts(), moment)


def companion(reading: Reading, name: str) -> float | None:
    return next(one.value for one in reading.companions if one.name == name)


def left_out(runs: Iterable[ImportRun]) -> dict[str, int]:
    return {one["reason"]: one["count"] for run in runs for one in run.skipped}


def draw_all() -> None:
    """Draw every chart, large and small, and every list."""
    for view in measured.current():
        chart = metric_chart(view, 105)
        assert "<svg" in str(line_chart(chart)["wide"])
        values = [point.value for point in chart.series]
        assert "<svg" in sparkline_svg(values, label=view.title, target=view.target)
        measured.tables(view.metric, view.reading.as_of)
        METRICS.get(view.metric).explain(measured.facts(), view.reading.as_of)


def weeks(company: Company, *numbers: int) -> Company:
    """Laptops that are all alike, patched and scanned in these weeks."""
    names = [f"lt-{at}" for at in range(25)]
    for week in numbers:
        on = 7.0 * week
        fresh, old = f"CVE-2025-{week}", f"CVE-2025-{week - 1}"
        company.scan(on, {fresh: (on - 3, None), old: (on - 10, on - 1)})
        company.inventory(on, *names).agents(on, *names)
        company.patches(on, *((name, f"KB{5000000 + week}", on - 2, "") for name in names))
    return company


def test_what_never_changes_is_steady_or_too_little_to_tell(company: Company) -> None:
    weeks(company, *range(40)).bring()
    readings = {view.metric: view.reading for view in measured.current()}
    assert {one.verdict for one in readings.values()} <= set(TOLD_NOTHING)
    assert readings["mttr-critical"].value == pytest.approx(9)
    assert readings["patch-cadence"].value == pytest.approx(7)
    assert readings["edr-coverage"].value == 100
    assert readings["edr-coverage"].verdict is Verdict.STEADY
    draw_all()


def test_one_observation_is_a_value_or_not_enough_data(company: Company) -> None:
    company.scan(0, {"CVE-2025-1": (None, None)}).inventory(0, "lt-1").agents(0, "lt-1")
    company.patches(0, ("lt-1", "KB5000001", 0, "")).certificates(0, issued_on="2025-02-01")
    company.bring()
    readings = {view.metric: view.reading for view in measured.current()}
    assert {one.verdict for one in readings.values()} == {Verdict.INSUFFICIENT}
    assert readings["mttr-critical"].value is None
    assert companion(readings["mttr-critical"], "backlog") == 1
    assert readings["patch-cadence"].value is None
    assert "not reached" in readings["patch-cadence"].sentence
    assert (readings["edr-coverage"].value, readings["edr-coverage"].n) == (100, 1)
    assert readings["certifications"].value == 100
    draw_all()


def test_before_anything_is_known_every_number_says_so(company: Company) -> None:
    weeks(company, 0).bring()
    for metric in METRICS:
        found = as_of(metric.name, day(-30))
        assert (found.value, found.verdict) == (None, Verdict.INSUFFICIENT)
        assert found.sentence.startswith("Not enough data")
        metric.tables(measured.facts(), day(-30))
        assert metric.explain(measured.facts(), day(-30)) == []


def test_within_a_hole_nothing_is_open_or_fixed_and_the_age_of_sources_is_told(
    company: Company,
) -> None:
    weeks(company, 0, 1, 2, 3, 4).certificates(28, issued_on="2025-02-01").bring()
    within = day(100)
    remediation = as_of("mttr-critical", within)
    assert companion(remediation, "stale") == 1
    assert companion(remediation, "open_findings") == 0
    assert any("not scanned lately" in one.reason for one in remediation.exclusions)
    coverage = as_of("edr-coverage", within)
    assert coverage.value == 100
    cadence = as_of("patch-cadence", within)
    assert companion(cadence, "current_30") == 0
    assert companion(cadence, "unknown") == 25
    for found in (remediation, coverage, cadence):
        assert found.verdict in {*TOLD_NOTHING, Verdict.NOT_COMPARABLE}
        assert [one.is_fresh for one in found.sources] == [False] * len(found.sources)


def test_after_a_hole_closings_lie_halfway_and_nothing_is_compared_across_it(
    company: Company,
) -> None:
    company.scan(0, {}).scan(7, {"CVE-2025-1": (None, None)})
    company.scan(14, {"CVE-2025-1": (None, None)}).scan(114, {}).bring()
    found = reading("mttr-critical")
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert companion(found, "closed_only_mean") == pytest.approx(57, abs=0.01)
    points = measured.history("mttr-critical", weeks=105)
    assert [point.week for point in points] == sorted(
        FIRST.date() + timedelta(days=6 + 7 * week) for week in range(17)
    )
    draw_all()


def test_found_and_fixed_in_the_future_are_left_out_and_counted(company: Company) -> None:
    company.scan(0, {}).scan(7, {"CVE-2025-1": (FAR_AHEAD, None), "CVE-2025-2": (5, None)})
    company.scan(14, {"CVE-2025-1": (7, None), "CVE-2025-2": (5, FAR_AHEAD)})
    assert left_out(company.bring()) == {LATE.format("found"): 1, LATE.format("ended"): 1}
    found = reading("mttr-critical")
    assert companion(found, "open_findings") == 1
    assert companion(found, "oldest_open") == pytest.approx(7, abs=0.01)
    assert companion(found, "closed_only_mean") == pytest.approx(5.5, abs=0.01)


def test_a_future_date_does_not_make_the_start_of_what_was_there_first_known(
    company: Company,
) -> None:
    company.scan(0, {"CVE-2025-1": (FAR_AHEAD, None)})
    assert left_out(company.bring()) == {LATE.format("found"): 1}
    assert companion(reading("mttr-critical"), "backlog") == 1


def test_a_report_from_the_future_is_as_of_its_file_and_says_so(company: Company) -> None:
    company.scan(0, {}).scan(FAR_AHEAD, {"CVE-2025-1": (None, None)}, written=7)
    (_, run) = company.bring()
    assert (run.as_of, run.as_of_source) == (day(7), "file time")
    assert any("after it came in" in reason for reason in left_out([run]))
    assert max(point.week for point in measured.history("mttr-critical")) < day(14).date()
    assert companion(reading("mttr-critical"), "oldest_open") == pytest.approx(0, abs=0.01)


def test_a_file_written_in_the_future_is_as_of_the_day_it_came(company: Company) -> None:
    company.file([{"name": "lt-1", "kind": "laptop"}], written=40_000)
    (run,) = company.bring()
    assert (run.as_of, run.as_of_source) == (run.arrived_at, "file time")


def test_a_patch_from_the_future_is_no_patch(company: Company) -> None:
    released = f"{day(1):%Y-%m-%d}"
    for on in (0, 10):
        company.inventory(on, "lt-1", "lt-2")
    company.patches(10, ("lt-1", "KB5000001", FAR_AHEAD, released),
                    ("lt-2", "KB5000001", 4, released))  # fmt: skip
    assert left_out(company.bring())[LATE.format("patched")] == 1
    found = reading("patch-cadence")
    assert companion(found, "current_14") == pytest.approx(50)
    rows = [row for one in measured.tables("patch-cadence", found.as_of)
            if one.name == "unpatched-35-days" for row in one.rows]  # fmt: skip
    assert [(row["system"], row["last_patched_on"]) for row in rows] == [("lt-1", None)]


def test_a_contact_in_the_future_tells_nothing_of_the_agent(company: Company) -> None:
    company.inventory(0, "lt-1", "lt-2").agents(0, "lt-1", seen_at=FAR_AHEAD)
    company.agents(0.1, "lt-1", "lt-2", seen_at=FAR_AHEAD)
    assert left_out(company.bring()) == {LATE.format("last contact"): 2}
    found = reading("edr-coverage")
    assert (companion(found, "unknown"), companion(found, "installed")) == (100, 100)


def test_a_contact_some_hours_ahead_is_a_clock_that_runs_ahead(company: Company) -> None:
    runs = company.inventory(0, "lt-1").agents(0, "lt-1", seen_at=0.8).bring()
    assert left_out(runs) == {}
    assert reading("edr-coverage").value == 100


@pytest.mark.parametrize(("created", "counted"), [(FAR_AHEAD, 1), (1.5, 0), (-40, 0)])
def test_an_asset_created_after_it_was_seen_is_as_old_as_its_first_sight(
    company: Company, created: float | str, counted: int
) -> None:
    """It is not younger than a day for ever, nor do its patches count from creation."""
    company.inventory(0, "lt-1", created_on=created if counted else None)
    runs = company.inventory(2, "lt-1", created_on=created).agents(2, "lt-1").bring()
    assert left_out(runs).get(LATE.format("created"), 0) == counted
    found = reading("edr-coverage")
    assert (found.value, found.n, found.exclusions) == (100, 1, [])


def test_an_asset_that_came_between_two_exports_is_new_and_those_of_the_first_are_not(
    company: Company,
) -> None:
    company.inventory(0, "lt-1").agents(0, "lt-1").bring()
    assert reading("edr-coverage").n == 1
    company.inventory(0.5, "lt-1", "lt-2").agents(0.5, "lt-1").bring()
    found = reading("edr-coverage")
    assert (found.n, [one.count for one in found.exclusions]) == (1, [1])
    assert found.exclusions[0].reason == "younger than 24 hours"


def test_clocks_days_apart_are_shown_and_not_compared(company: Company) -> None:
    for on in (0, 91, 182):
        company.inventory(on, "lt-1").agents(on - 5, "lt-1")
    company.bring()
    found = reading("edr-coverage")
    assert found.value == 100
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert "5 days before the newest" in found.verdict_sentence


def test_a_tool_whose_clock_is_behind_makes_no_second_finding(company: Company) -> None:
    """Its scan of the same day is dated two days before the other tool's."""
    flaw = {"CVE-2025-1": (None, None)}
    for on in (0, 7, 14):
        company.scan(on, flaw if on else {}, tool="one")
        company.scan(on - 2, flaw if on else {}, tool="two", written=on)
    company.bring()
    found = reading("mttr-critical")
    assert companion(found, "open_findings") == 1
    assert companion(found, "oldest_open") == pytest.approx(9, abs=0.01)
    company.scan(19, {}, tool="two", written=21).bring()
    assert companion(reading("mttr-critical"), "open_findings") == 1
    company.scan(21, {}, tool="one").bring()
    assert companion(reading("mttr-critical"), "open_findings") == 0


def test_what_lasts_no_time_counts_with_no_days(company: Company) -> None:
    released = f"{day(0):%Y-%m-%d}"
    for on in (0, 7):
        company.inventory(on, "lt-1").scan(on, {"CVE-2025-1": (5, 5)} if on else {})
    company.patches(7, *2 * [("lt-1", "KB5000001", f"{released}T00:00:00Z", released)])
    company.bring()
    assert reading("mttr-critical").value == 0
    assert reading("patch-cadence").value == 0
    draw_all()


def test_a_certificate_of_the_future_is_not_held_yet(company: Company) -> None:
    dates = {
        "issued_on": "2026-02-01",
        "period_start": "2025-12-01",
        "period_end": "2026-01-31",
    }
    company.certificates(0, **dates).bring()
    found = reading("certifications")
    assert (found.value, found.verdict) == (0, Verdict.INSUFFICIENT)
    assert "not started" in found.sentence
    assert as_of("certifications", day(300)).value == 0
    assert as_of("certifications", day(340)).value == 100
    draw_all()
