"""The tree of exports: same bytes for the same seed, dated, and as large as promised."""

import gzip
import hashlib
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from protem.demo.export import Manifest
from protem.demo.write import write_company

UNTIL = date(2026, 3, 11)
MEGABYTE = 1_000_000


def _digest(manifest: Manifest, folder: Path) -> str:
    digest = hashlib.sha256()
    for path in manifest.paths:
        digest.update(f"{path.relative_to(folder)} {path.stat().st_mtime}".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def test_the_same_seed_and_day_give_the_same_bytes_and_times(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        folder = tmp_path / name
        digests.append(_digest(write_company(folder, until=UNTIL, years=1), folder))
    assert digests[0] == digests[1]


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    one = write_company(tmp_path / "one", until=UNTIL, years=1, seed=1)
    two = write_company(tmp_path / "two", until=UNTIL, years=1, seed=2)
    assert _digest(one, tmp_path / "one") != _digest(two, tmp_path / "two")


def test_there_is_as_much_as_promised(manifest: Manifest) -> None:
    assert 900 <= len(manifest.paths) <= 1_600
    assert manifest.size < 250 * MEGABYTE
    assert 34_000 <= manifest.counts["findings"] <= 46_000
    assert 2_500 <= manifest.counts["open findings"] <= 6_000
    assert 140 <= manifest.counts["laptops"] <= 160
    assert manifest.counts["servers"] == 60
    assert manifest.counts["repositories"] == 40
    assert manifest.counts["images"] == 12


def test_the_manifest_lists_every_file_in_order_of_export(
    manifest: Manifest, company_folder: Path
) -> None:
    files = {path for path in company_folder.rglob("*") if path.is_file()}
    times = [path.stat().st_mtime for path in manifest.paths]
    assert set(manifest.paths) == files
    assert times == sorted(times)


def test_nothing_is_dated_after_today(manifest: Manifest) -> None:
    newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in manifest.paths), UTC)
    assert newest.date() == UNTIL - timedelta(days=1)


def test_the_scanner_stood_still_for_three_weeks(manifest: Manifest) -> None:
    days = [
        date.fromisoformat(path.parent.name)
        for path in manifest.paths
        if path.name.startswith("servers.nessus")
    ]
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    assert sorted(set(gaps)) == [7, 28]
    assert gaps.count(28) == 1


def test_progress_is_told_from_begin_to_end(tmp_path: Path) -> None:
    told: list[float] = []
    write_company(
        tmp_path, until=UNTIL, years=1, progress=lambda _what, share: told.append(share)
    )
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_all_json_is_well_formed(manifest: Manifest) -> None:
    for path in manifest.paths[-60:]:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith((".json", ".sarif")):
                        json.loads(archive.read(name))
        elif path.name.endswith(".json"):
            json.loads(path.read_bytes())
        elif path.name.endswith(".json.gz"):
            json.loads(gzip.decompress(path.read_bytes()))
