"""Files brought in together: what is the same file, and what each of them did."""

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from protem import flow
from protem.ledger.models import Asset, AssetRecord, Episode, PatchEvent, Sighting
from protem.ledger.reconcile import ahead
from protem.people.access import OPERATOR
from protem.sources import services as sources
from protem.sources.models import ImportRun

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parent.parent / "samples"
LOG = (SAMPLES / "dpkg-log/web-01.dpkg.log").read_bytes()
COLUMNS = "asset,asset_type,vulnerability,component,severity,scanned_at"


def week(folder: Path, number: int, names: Sequence[str]) -> Path:
    """The scan of one week as a spreadsheet."""
    scanned = datetime(2026, 3, 1 + 7 * number, 6, tzinfo=UTC)
    rows = [f"acme/web,repository,{name},requests,high,{scanned:%Y-%m-%d}" for name in names]
    path = folder / f"week-{number}.csv"
    path.write_text("\n".join([COLUMNS, *rows]))
    os.utime(path, (scanned.timestamp(),) * 2)
    return path


def test_equal_logs_of_two_machines_are_two_files(tmp_path: Path) -> None:
    for host in ("web-01", "web-02"):
        (tmp_path / "logs" / host).mkdir(parents=True)
        (tmp_path / "logs" / host / "dpkg.log").write_bytes(LOG)
    runs = flow.import_paths([tmp_path / "logs"], by=OPERATOR)
    assert [run.state for run in runs] == ["done", "done"]
    assert runs[0].new == runs[1].new > 0
    assert PatchEvent.objects.values("record").distinct().count() == 2
    again = flow.import_paths([tmp_path / "logs"], by=OPERATOR)
    assert [run.state for run in again] == ["unchanged", "unchanged"]


def test_a_log_brought_under_two_names_is_kept_twice_and_counted_once(tmp_path: Path) -> None:
    for folder in ("web-01", "backup/web-01"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "dpkg.log").write_bytes(LOG)
    runs = flow.import_paths([tmp_path], by=OPERATOR)
    assert [run.state for run in runs] == ["done", "done"]
    assert PatchEvent.objects.values("record").distinct().count() == 1


def test_the_same_file_twice_in_one_go_is_read_once(tmp_path: Path) -> None:
    path = week(tmp_path, 0, ["CVE-2026-1"])
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        for name in ("a.csv", "b.csv"):
            archive.write(path, name)
    runs = flow.import_paths([tmp_path / "both.zip"], by=OPERATOR)
    assert [run.state for run in runs] == ["done", "unchanged"]


def test_an_inventory_that_did_not_change_is_another_one_a_week_later(tmp_path: Path) -> None:
    """Its content bears no date: only the file's own time tells the weeks apart."""
    for number in (0, 1, 1):
        path = tmp_path / f"{number}-{len(list(tmp_path.iterdir()))}.csv"
        path.write_text("name,kind,hostname\nWeb,server,web-01\n")
        written = datetime(2026, 3, 1 + 7 * number, 6, tzinfo=UTC).timestamp()
        os.utime(path, (written, written))
    runs = flow.import_paths([tmp_path], by=OPERATOR)
    assert [run.state for run in runs] == ["done", "done", "unchanged"]


def test_a_scan_closes_what_is_gone_once_a_person_says_what_it_is_of(tmp_path: Path) -> None:
    def report(name: str, created: str, flaws: Sequence[str]) -> Path:
        found = [
            {
                "VulnerabilityID": flaw,
                "PkgName": "requests",
                "Severity": "HIGH",
                "Status": "fixed",
            }
            for flaw in flaws
        ]
        content = {
            "SchemaVersion": 2,
            "CreatedAt": created,
            "ArtifactName": "",
            "ArtifactType": "filesystem",
            "Results": [{"Target": "uv.lock", "Class": "lang-pkgs", "Vulnerabilities": found}],
        }
        path = tmp_path / name
        path.write_text(json.dumps(content))
        return path

    paths = [
        report("one.json", "2026-03-01T06:00:00Z", ["CVE-2026-1", "CVE-2026-2"]),
        report("two.json", "2026-03-08T06:00:00Z", ["CVE-2026-2"]),
    ]
    (_, unnamed) = flow.import_paths(paths, by=OPERATOR)
    assert counts(unnamed) == (0, 0, 0, 1)
    assert "--target" in unnamed.warnings[0]
    named = flow.Hints(target="repository:acme/web")
    (_, told) = flow.import_paths(paths, by=OPERATOR, hints=named)
    assert counts(told) == (0, 1, 0, 1)
    assert not told.warnings


def test_weeks_brought_together_are_told_apart(tmp_path: Path) -> None:
    shown = (["CVE-2026-1", "CVE-2026-2"], ["CVE-2026-2"], ["CVE-2026-2", "CVE-2026-3"])
    paths = [week(tmp_path, number, names) for number, names in enumerate(shown)]
    runs = {run.name: run for run in flow.import_paths(reversed(paths), by=OPERATOR)}
    told = [counts(runs[path.name]) for path in paths]
    assert told == [(2, 0, 0, 0), (0, 1, 0, 1), (1, 0, 0, 1)]


def test_a_folder_of_many_files_is_read_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when each is read in its turn; a broken one fails alone."""
    monkeypatch.setattr(ahead, "FEWEST", 2)
    week(tmp_path, 0, ["CVE-2026-1", "CVE-2026-2"])
    week(tmp_path, 1, ["CVE-2026-2"])
    (tmp_path / "broken.json").write_text('{"SchemaVersion": 2, "Results": [')
    found = flow.import_paths([tmp_path], by=OPERATOR)
    runs = {Path(run.name).name: run for run in found}
    assert runs["broken.json"].state == "failed"
    assert runs["broken.json"].error["where"].endswith("broken.json")
    assert counts(runs["week-0.csv"]) == (2, 0, 0, 0)
    assert counts(runs["week-1.csv"]) == (0, 1, 0, 1)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.new, run.closed, run.reopened, run.unchanged


def test_one_sarif_file_of_two_tools_tells_of_two_scopes(tmp_path: Path) -> None:
    """What one tool no longer shows is gone; of the other tool it says nothing."""
    seen = {"codeql": ["py/injection", "py/unused"], "semgrep": ["python.eval"]}
    first, second = sarif(tmp_path, 0, seen), sarif(tmp_path, 1, {"codeql": ["py/unused"]})
    runs = flow.import_paths([first, second], by=OPERATOR)
    assert [run.state for run in runs] == ["done", "done"]
    target = "repository:acme/web"
    told = Sighting.objects.filter(scope__target=target).order_by("finding__vulnerability")
    assert list(told.values_list("scope__tool", "finding__vulnerability")) == [
        ("sarif:codeql", "codeql:py/injection"),
        ("sarif:codeql", "codeql:py/unused"),
        ("sarif:semgrep", "semgrep:python.eval"),
    ]
    gone = Episode.objects.exclude(closed_at=None)
    assert [each.finding.vulnerability for each in gone] == ["codeql:py/injection"]


def sarif(folder: Path, number: int, shown: Mapping[str, Sequence[str]]) -> Path:
    """The report of one week on one repository, with a run a tool."""
    runs = [
        {
            "tool": {"driver": {"name": tool}},
            "versionControlProvenance": [{"repositoryUri": "https://github.com/acme/web"}],
            "invocations": [
                {
                    "executionSuccessful": True,
                    "endTimeUtc": f"2026-03-{1 + 7 * number:02}T06:00:00Z",
                }
            ],
            "results": [{"ruleId": rule, "message": {"text": rule}} for rule in rules],
        }
        for tool, rules in shown.items()
    ]
    path = folder / f"week-{number}.sarif"
    path.write_text(json.dumps({"version": "2.1.0", "runs": runs}))
    return path


def test_a_reverted_inventory_gives_machines_their_older_description_back(
    tmp_path: Path,
) -> None:
    """Serial and owner of the wrong file go with it, and so does what they had joined."""
    rows = {
        1: "lt-ada,laptop,C02ADA00001,ada,2026-03-01T06:00:00Z\n"
        "lt-bob,laptop,C02BOB00001,bob,2026-03-01T06:00:00Z\n",
        8: "lt-ada,laptop,C02ADA00001,ada,2026-03-08T06:00:00Z\n",
        15: "LT-WRONG,laptop,C02ADA00001,eve,2026-03-15T06:00:00Z\n"
        "LT-WRONG-2,laptop,C02BOB00001,eve,2026-03-15T06:00:00Z\n",
    }
    runs = []
    for number, text in rows.items():
        path = tmp_path / f"assets-{number}.csv"
        path.write_text(f"name,kind,serial,owner,seen_at\n{text}")
        runs += flow.import_paths([path], by=OPERATOR)
    assert set(AssetRecord.objects.values_list("owner", flat=True)) == {"eve"}
    flow.revert(runs[2], by=OPERATOR)
    told = AssetRecord.objects.order_by("name").values_list("name", "hostname", "owner")
    assert list(told) == [("lt-ada", "lt-ada", "ada"), ("lt-bob", "lt-bob", "bob")]
    assert set(Asset.objects.values_list("name", "owner")) == {
        ("lt-ada", "ada"),
        ("lt-bob", "bob"),
    }


def test_where_the_older_file_is_gone_the_description_stays(
    tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "kept"
    runs = []
    for number, name in ((1, "old"), (8, "new")):
        path = tmp_path / f"assets-{number}.csv"
        row = f"{name},laptop,C02ADA00001,2026-03-0{number}T06:00:00Z"
        path.write_text(f"name,kind,serial,seen_at\n{row}\n")
        runs += flow.import_paths([path], by=OPERATOR)
    sources.stored_path(runs[0]).unlink()
    flow.revert(runs[1], by=OPERATOR)
    assert AssetRecord.objects.get().name == "new"
