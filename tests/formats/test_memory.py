"""Every format reads a large export in less than twice the file's size of memory."""

import gzip
import json
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.formats.enlarging import enlarged, grown_json
from tests.formats.inventories.exports import SAMPLES, WRITTEN_AT

from protem.formats.format import FORMATS, ExportFile
from protem.formats.reading import expand
from protem.formats.records import Scan

pytestmark = [
    pytest.mark.pure,
    pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer's own memory would count"),
]

MEGABYTE = 1 << 20
LINES_BYTES = MEGABYTE // 8
"""Enough for what is read line by line, whose memory does not grow at all."""
TIMES = 2
FILES = sorted(
    path
    for path in SAMPLES.rglob("*")
    if path.is_file() and path.name != "expected.toml" and path.suffix != ".ics"
)
"""But for the calendar, whose series take long: calendars have a test of their own."""


def peak_of(consume: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        consume()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def read_once(name: str, path: Path, called: str = "") -> int:
    """How many records there are; none is kept."""
    file = ExportFile(path=path, name=called or path.name, modified_at=WRITTEN_AT)
    return sum(1 for _ in FORMATS.get(name).parse(file))


def assert_small(
    name: str, content: bytes, folder: Path, called: str = "", *, least: int = 1
) -> None:
    path = folder / "export"
    path.write_bytes(content)
    counts: list[int] = []
    peak = peak_of(lambda: counts.append(read_once(name, path, called)))
    assert counts[0] >= least
    assert peak < TIMES * len(content), f"{peak / len(content):.2f} times the file's size"


def test_every_format_is_looked_at() -> None:
    assert {path.parent.name for path in FILES} | {"calendar-ics"} == set(FORMATS.names())


@pytest.mark.parametrize("path", FILES, ids=[f"{p.parent.name}/{p.name}" for p in FILES])
def test_large_export_takes_less_than_twice_its_size(path: Path, tmp_path: Path) -> None:
    name, called = path.parent.name, f"{path.parent.name}/{path.name}"
    size = MEGABYTE if path.suffix in {".json", ".sarif", ".nessus"} else LINES_BYTES
    in_sample = read_once(name, path, called)
    copies = size // path.stat().st_size
    content = enlarged(path, size)
    assert_small(name, content, tmp_path, called, least=copies * in_sample // 8)


def listed(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        {
            name: value.format(n) if isinstance(value, str) else value
            for name, value in fields.items()
        }
        for n in range(count)
    ]


THIN: dict[str, tuple[str, dict[str, Any]]] = {
    "crowdstrike-falcon": ("resources", {"device_id": "{:032x}", "hostname": "host-{}"}),
    "defender": ("value", {"id": "{:040x}", "computerDnsName": "host-{}"}),
    "intune": ("value", {"id": "{:08x}", "deviceName": "host-{}"}),
    "grype": ("matches", {"vulnerability": {"id": "CVE-2026-0001"}}),
    "cisa-kev": ("vulnerabilities", {"cveID": "CVE-2026-{:05}", "dateAdded": "2026-03-01"}),
}
"""Lists whose elements say next to nothing: the most of them that a file can hold."""


@pytest.mark.parametrize("name", THIN)
def test_thin_elements_take_less_than_twice_the_size(name: str, tmp_path: Path) -> None:
    key, fields = THIN[name]
    rows = listed(12_000, **fields)
    assert_small(name, json.dumps({key: rows}).encode(), tmp_path, least=12_000)


@pytest.mark.parametrize(
    ("name", "header", "row"),
    [
        ("protem-patches", "hostname,patch,installed_at", "ws-{:06},KB5035853,2026-03-13"),
        ("protem-findings", "asset,vulnerability,severity", "ws-{:06},CVE-2026-0001,high"),
        ("windows-hotfix", "CSName,HotFixID,InstalledOn", "ws-{:06},KB5035853,3/13/2026"),
    ],
)
def test_a_machine_a_row_takes_less_than_twice_the_size(
    name: str, header: str, row: str, tmp_path: Path
) -> None:
    rows = [header, *(row.format(number) for number in range(4_000))]
    assert_small(name, "\n".join(rows).encode(), tmp_path, least=8_000)


def test_nulls_take_less_than_twice_the_size(tmp_path: Path) -> None:
    content = json.dumps({"resources": [None] * 150_000}).encode()
    assert_small("crowdstrike-falcon", content, tmp_path)


@pytest.mark.parametrize(
    ("name", "path", "steps"),
    [
        ("aws-ec2", "instances.json", ("Reservations", 0, "Instances")),
        ("cyclonedx-vex", "vdr.json", ("components",)),
        ("osv-scanner", "checkout.json", ("results",)),
        ("sarif", "codeql.sarif", ("runs", 0, "tool", "driver", "rules")),
        ("trivy", "checkout.json", ("Results", 2, "Misconfigurations")),
        ("trivy", "cluster.json", ("Resources", 0, "Results")),
    ],
)
def test_another_list_may_grow_as_well(
    name: str, path: str, steps: tuple[str | int, ...], tmp_path: Path
) -> None:
    document = json.loads((SAMPLES / name / path).read_text())
    assert_small(name, grown_json(document, steps, MEGABYTE), tmp_path)


def test_one_host_with_all_results_takes_less_than_twice_the_size(tmp_path: Path) -> None:
    text = (SAMPLES / "nessus/scan.nessus").read_text()
    start, end = text.index("<ReportItem"), text.index("</ReportHost>")
    items = [text[start:end].replace('pluginID="', f'pluginID="{n}') for n in range(900)]
    content = f"{text[:start]}{''.join(items)}{text[end:]}".encode()
    assert_small("nessus", content, tmp_path, least=900)


def test_a_long_calendar_takes_less_than_twice_its_size(tmp_path: Path) -> None:
    assert_small("calendar-ics", calendar(6_000, recent=200), tmp_path, least=200)


def calendar(events: int, *, recent: int) -> bytes:
    """Events an hour apart, the last ``recent`` of them in 2026 and the others in 2016."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:ada@brightloom.example"]
    for number in range(events):
        year = 2026 if number >= events - recent else 2016
        start = datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=number % 1_000)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number:06}@brightloom.example",
            "DTSTAMP:20260310T080000Z",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
            f"SUMMARY:Meeting {number}",
            "ORGANIZER;CN=Ada:mailto:ada@brightloom.example",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def test_utf_16_takes_less_than_twice_the_size(tmp_path: Path) -> None:
    content = enlarged(SAMPLES / "crowdstrike-falcon/hosts.json", MEGABYTE)
    assert_small("crowdstrike-falcon", content.decode().encode("utf-16"), tmp_path)


@pytest.mark.parametrize("ending", ["gz", "zip"])
def test_an_archive_takes_less_than_twice_what_it_holds(ending: str, tmp_path: Path) -> None:
    content = enlarged(SAMPLES / "crowdstrike-falcon/hosts.json", 3 * MEGABYTE)
    path = tmp_path / f"hosts.json.{ending}"
    if ending == "gz":
        path.write_bytes(gzip.compress(content))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("hosts.json", content)
    form = FORMATS.get("crowdstrike-falcon")

    def consume() -> None:
        for file in expand([path], workspace=tmp_path):
            assert any(isinstance(record, Scan) for record in form.parse(file))

    assert peak_of(consume) < TIMES * len(content)
