"""Fresh instances to measure on: SQLite in a folder, PostgreSQL where a server answers.

The server and the database that is made on it and dropped again come from PROTEM_BENCH_SERVER
and PROTEM_BENCH_DATABASE.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SERVER = os.environ.get("PROTEM_BENCH_SERVER", "postgresql://postgres@127.0.0.1:5432/")
DATABASE = os.environ.get("PROTEM_BENCH_DATABASE", "protem_bench")


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """A folder with a database of its own."""

    name: str
    home: Path
    url: str

    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to be of this instance."""
        found = {**os.environ, "PROTEM_HOME": str(self.home)}
        found.pop("DATABASE_URL", None)
        return found | ({"DATABASE_URL": self.url} if self.url else {})

    def run(self, module: str, *arguments: str) -> dict[str, Any]:
        """The figures that a process of this instance prints as its last line, in JSON."""
        done = subprocess.run(
            [sys.executable, "-m", module, "--child", *arguments],
            env=self.environment(),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return figures


@contextmanager
def instance(name: str) -> Iterator[Instance]:
    """An empty one, ``sqlite`` or ``postgresql``, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="protem-bench-") as home:
        is_server = name == "postgresql"
        if is_server:
            _on_server(f'DROP DATABASE IF EXISTS "{DATABASE}"', f'CREATE DATABASE "{DATABASE}"')
        url = SERVER + DATABASE if is_server else ""
        try:
            yield Instance(name=name, home=Path(home), url=url)
        finally:
            if is_server:
                _on_server(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')


def names() -> list[str]:
    """The databases there are to measure on."""
    import psycopg

    try:
        _on_server("SELECT 1")
    except psycopg.OperationalError:
        sys.stdout.write("no PostgreSQL answers: measured on SQLite only\n")
        return ["sqlite"]
    return ["sqlite", "postgresql"]


def machine() -> dict[str, Any]:
    """Where and when: what figures say nothing without."""
    model = platform.processor() or platform.machine()
    known = Path("/proc/cpuinfo")
    if known.exists():
        lines = [line for line in known.read_text().splitlines() if "model name" in line]
        model = lines[0].partition(":")[2].strip() if lines else model
    load = os.getloadavg()[0]
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "load_before": round(load, 1),
    }


def _on_server(*statements: str) -> None:
    import psycopg

    with psycopg.connect(SERVER + "postgres", autocommit=True, connect_timeout=3) as server:
        for statement in statements:
            server.execute(statement.encode())
