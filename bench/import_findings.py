"""Importing a scan of 300,000 findings, beside the floor: parse and insert the bare rows.

    python -m bench.import_findings [count]

Runs on SQLite and, where a server answers, on PostgreSQL, each in its own process. Prints a
table and writes the figures as JSON to the path in BENCH_JSON when that is set.
"""

import json
import os
import re
import resource
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from bench.databases import instance, names

COUNT = 300_000
CHANGED = 0.02


def main() -> None:
    """Measure on every database there is, each in its own process."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    figures = [measured(name, count) for name in names()]
    _print(figures, count)
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(figures, indent=2))


def measured(name: str, count: int) -> dict[str, Any]:
    """The figures on one database, in a process of its own."""
    with instance(name) as made:
        return {
            "database": name,
            **made.run("bench.import_findings", str(made.home), str(count)),
        }


def _child(home: Path, count: int) -> None:
    from protem.cli import boot

    boot.boot()
    boot.bring_forward()
    first, second = home / "first.json", home / "second.json"
    write_scan(first, count, day=1)
    write_scan(second, count, day=8, skip=int(count * CHANGED))
    floor, floor_cpu = _floor(first)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    once, cpu, new = _import(first)
    again, again_cpu, changed = _import(second)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {
        "count": count,
        "file_mb": first.stat().st_size / 1e6,
        "floor_s": floor,
        "import_s": once,
        "findings_per_s": count / once,
        "ratio_to_floor": once / floor,
        "cpu_ratio_to_floor": cpu / floor_cpu,
        "reimport_s": again,
        "reimport_cpu_ratio": again_cpu / cpu,
        "reimport_ratio": again / once,
        "peak_mb": peak / 1024,
        "peak_growth_mb": (peak - before) / 1024,
        "new": new,
        "changed": changed,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def write_scan(path: Path, count: int, *, day: int, skip: int = 0) -> None:
    """A Trivy report of so many findings; ``skip`` of the first are gone and as many new."""
    severities = ("LOW", "MEDIUM", "MEDIUM", "HIGH", "CRITICAL")
    with path.open("w") as out:
        out.write(
            '{"SchemaVersion":2,"CreatedAt":"2026-03-DAYT06:00:00Z","ArtifactName":"acme/mono",'
            '"ArtifactType":"repository","Results":[{"Target":"package-lock.json",'
            '"Class":"lang-pkgs","Type":"npm","Vulnerabilities":['.replace("DAY", f"{day:02}")
        )
        for number in range(skip, skip + count):
            entry = {
                "VulnerabilityID": f"CVE-2025-{10000 + number % 40000}",
                "PkgName": f"package-{number}",
                "PkgIdentifier": {"PURL": f"pkg:npm/package-{number}@1.{number % 9}.0"},
                "InstalledVersion": f"1.{number % 9}.0",
                "FixedVersion": f"1.{number % 9}.1",
                "Status": "fixed" if number % 7 else "affected",
                "Title": f"A flaw in the handling of input in package-{number}",
                "Description": "A remote attacker may send a crafted request. " * 8,
                "Severity": severities[number % 5],
                "CVSS": {"nvd": {"V3Score": 5.0 + number % 5}},
            }
            out.write(("," if number > skip else "") + json.dumps(entry))
        out.write("]}]}")


def _floor(path: Path) -> tuple[float, float]:
    """Typed parse, and the same rows into bare tables: seconds, and those of CPU."""
    from datetime import UTC, datetime

    from django.db import connection

    from protem.formats.detect import detect
    from protem.formats.format import ExportFile
    from protem.formats.records import Finding

    file = ExportFile(path=path, name=path.name, modified_at=datetime(2026, 3, 1, tzinfo=UTC))
    parse = detect(file).parse
    tables = ("ledger_finding", "ledger_sighting", "ledger_episode")
    begun, cpu = perf_counter(), process_time()
    found = [record for record in parse(file) if isinstance(record, Finding)]
    with connection.cursor() as cursor:
        for table in tables:
            _bare_copy(cursor, table)
        zone = "+00" if connection.vendor == "postgresql" else ""
        now = f"2026-03-01 06:00:00{zone}"
        _insert(cursor, "bare_ledger_finding", _finding_rows(found, now))
        _insert(cursor, "bare_ledger_sighting", _sighting_rows(found, now))
        _insert(cursor, "bare_ledger_episode", _episode_rows(found, now))
    elapsed = perf_counter() - begun, process_time() - cpu
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TABLE bare_{table}")
    return elapsed


def _bare_copy(cursor: Any, table: str) -> None:
    """An empty twin of a table with the same columns and indexes, without foreign keys."""
    from django.db import connection

    if connection.vendor == "postgresql":
        cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
        return
    cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql > ''", [table])
    for (sql,) in cursor.fetchall():
        bare = re.sub(r' REFERENCES "\w+" \("\w+"\) DEFERRABLE INITIALLY DEFERRED', "", sql)
        bare = re.sub(r'^(CREATE (?:UNIQUE )?INDEX )"', r'\1"bare_', bare)
        cursor.execute(bare.replace(f'"{table}"', f'"bare_{table}"'))


def _finding_rows(found: list[Any], now: str) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "record_id": 1,
            "vulnerability": one.vulnerability,
            "component": one.component,
            "location": one.location,
            "title": one.title,
            "url": one.url,
            "found_by": "",
            "described_at": now,
        }
        for number, one in enumerate(found)
    ]


def _sighting_rows(found: list[Any], now: str) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "finding_id": number,
            "scope_id": 1,
            "first_at": now,
            "particulars": number,
            "severity": int(one.severity),
            "state": one.state.value,
            "is_fixable": one.is_fixable,
            "owner": "",
            "version": one.version,
            "fixed_version": one.fixed_version,
        }
        for number, one in enumerate(found)
    ]


def _episode_rows(found: list[Any], now: str) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "finding_id": number,
            "number": 1,
            "opened_at": now,
            "is_start_known": False,
            "ending": "",
            "severity": int(one.severity),
            "reporters": 1,
            "owner": "",
            "version": one.version,
            "fixed_version": one.fixed_version,
            "is_pending": False,
        }
        for number, one in enumerate(found)
    ]


def _insert(cursor: Any, table: str, rows: list[dict[str, Any]]) -> None:
    from django.db import connection, transaction

    columns = list(rows[0])
    listed = ", ".join(columns)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(list(row.values()))
            return
        places = ", ".join(["%s"] * len(columns))
        cursor.executemany(
            f"INSERT INTO {table} ({listed}) VALUES ({places})",
            [tuple(r.values()) for r in rows],
        )


def _import(path: Path) -> tuple[float, float, int]:
    """Seconds from file to ledger, those of CPU, and how much was new or closed."""
    from datetime import UTC, datetime

    from protem import flow
    from protem.kit import clock
    from protem.people.access import OPERATOR
    from protem.sources import services

    begun, cpu = perf_counter(), process_time()
    run = services.open_run(
        by=OPERATOR,
        path=path,
        name=path.name,
        modified_at=datetime(2026, 3, 1, tzinfo=UTC),
        at=clock.now(),
    )
    batch = flow.Batch(hints=flow.Hints())
    batch.take(run, services.kept_file(run))
    batch.write()
    elapsed, spent = perf_counter() - begun, process_time() - cpu
    if run.state != "done":
        raise SystemExit(f"the import {run.state}: {run.error}")
    return elapsed, spent, run.new + run.closed


def _print(figures: list[dict[str, Any]], count: int) -> None:
    say = sys.stdout.write
    say(f"A scan of {count:,} findings ({figures[0]['file_mb']:.0f} MB of Trivy JSON)\n\n")
    names = (
        ("floor_s", "floor: parse and bare inserts, s", "{:.2f}"),
        ("import_s", "import, s", "{:.2f}"),
        ("findings_per_s", "findings a second", "{:,.0f}"),
        ("ratio_to_floor", "ratio to the floor (goal ≤ 2)", "{:.2f}"),
        ("cpu_ratio_to_floor", "ratio of the CPU time of the process", "{:.2f}"),
        ("reimport_s", "re-import with 2 % change, s", "{:.2f}"),
        ("reimport_ratio", "ratio to the import (goal ≤ 0.5)", "{:.2f}"),
        ("reimport_cpu_ratio", "ratio of the CPU time of the process", "{:.2f}"),
        ("peak_mb", "peak memory, MiB", "{:,.0f}"),
        ("peak_growth_mb", "peak above the floor's, MiB", "{:,.0f}"),
    )
    say(f"{'':36}" + "".join(f"{one['database']:>12}" for one in figures) + "\n")
    for key, label, shape in names:
        say(f"{label:36}" + "".join(f"{shape.format(one[key]):>12}" for one in figures) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
