"""How long every page takes a reader while others read too, against the real server.

So many readers go through all pages in an order of their own, with a pause between them, as
people do. What counts is the time until a page has come in full.
"""

import os
import random
import re
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

READERS = 20
ROUNDS = 3
PAUSE = 1.0
WARMING = 6
"""How often each page is read before it counts: every process has its first time."""
PATIENCE = 60
"""Seconds that the server may take to start."""


def measured() -> dict[str, Any]:
    """The 95th percentile of each page in milliseconds, by address; and what was asked."""
    paths = _paths()
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "protem", "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        cookie = _signed_in(server, port)
        for _ in range(WARMING):
            _read_each(paths, port, cookie)
        before = _cpu_seconds(server.pid)
        times = _read_by_all(paths, port, cookie)
        spent = _cpu_seconds(server.pid) - before
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)
    worst = {path: _percentile(found, 0.95) for path, found in sorted(times.items())}
    every = [one for found in times.values() for one in found]
    return {
        "p95_ms": worst,
        "worst_ms": max(worst.values()),
        "all_p95_ms": _percentile(every, 0.95),
        "median_ms": _percentile(every, 0.5),
        "cpu_ms": 1000 * spent / len(every),
        "requests": len(every),
        "readers": READERS,
        "pause_s": PAUSE,
    }


def _paths() -> list[str]:
    """Every page there is to read, with one of each thing that has a page."""
    from protem.ledger.models import Asset, Finding
    from protem.measure.metric import METRICS
    from protem.measure.models import Snapshot
    from protem.sources.models import ImportRun

    week = sorted(set(Snapshot.objects.values_list("week", flat=True)))[-14]
    cut = Snapshot.objects.exclude(cut="").values_list("cut", flat=True).first()
    metrics = [f"/measure/{name}/" for name in METRICS.names()]
    return [
        "/", f"/?as_of={week}", "/measure/", *metrics, f"{metrics[0]}?as_of={week}",
        *([f"{metrics[0]}?cut={cut}"] if cut else []), "/measure/compare/",
        "/findings/", "/findings/?page=3", "/findings/next/", "/findings/decisions/",
        f"/findings/{Finding.objects.order_by('id')[7].pk}/",
        "/assets/", "/assets/?page=20", "/assets/?search=server-01", "/assets/?edr=healthy",
        "/assets/?sort=-criticality", "/assets/doubts/", "/assets/rules/",
        f"/assets/{Asset.objects.filter(kind='server').order_by('id')[7].pk}/",
        "/sources/", "/imports/", f"/imports/{ImportRun.objects.order_by('-id')[0].pk}/",
        "/handoff/", "/compliance/", "/report/", "/settings/", "/settings/definitions/",
        "/settings/leaders/",
    ]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _signed_in(server: "subprocess.Popen[str]", port: int) -> str:
    """The session of the owner, by the link that the server prints."""
    link = ""
    while "Serving on" not in (line := server.stdout.readline() if server.stdout else ""):
        if not line:
            raise SystemExit("the server did not start")
        link = (re.findall(r"/enter/\S+", line) or [link])[0]
    return _enter(HTTPConnection("127.0.0.1", port, timeout=PATIENCE), link)


def _enter(connection: HTTPConnection, link: str) -> str:
    """Sign in: the page of a link asks once more, so that no mail scanner uses it up."""
    connection.request("GET", link)
    page = connection.getresponse()
    cookies, body = _cookies(page.headers.get_all("Set-Cookie")), page.read().decode()
    if token := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', body):
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request("POST", link, f"csrfmiddlewaretoken={token[1]}", headers)
        answer = connection.getresponse()
        cookies |= _cookies(answer.headers.get_all("Set-Cookie"))
        answer.read()
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _cookies(headers: list[str] | None) -> dict[str, str]:
    pairs = (header.split(";", 1)[0].partition("=") for header in headers or [])
    return {name: value for name, _, value in pairs}


def _read_each(paths: list[str], port: int, cookie: str) -> None:
    """Once each, so that what a server loads with its first page is loaded."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for path in paths:
        _read(connection, path, cookie)


def _cpu_seconds(pid: int) -> float:
    """What a process and those it started have used so far, by Linux's account; 0 elsewhere."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(_cpu_seconds(int(one)) for one in started)


def _read_by_all(paths: list[str], port: int, cookie: str) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    readers = [
        threading.Thread(target=_go_through, args=(paths, port, cookie, number, times))
        for number in range(READERS)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return times


def _go_through(
    paths: list[str], port: int, cookie: str, number: int, times: dict[str, list[float]]
) -> None:
    order = random.Random(number)  # noqa: S311 - an order, no secret
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    sleep(PAUSE * number / READERS)
    for _ in range(ROUNDS):
        for path in order.sample(paths, len(paths)):
            sleep(order.uniform(0.5, 1.5) * PAUSE)
            times[path].append(_read(connection, path, cookie))


def _read(connection: HTTPConnection, path: str, cookie: str) -> float:
    """Milliseconds until a page has come in full."""
    begun = perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    return 1000 * (perf_counter() - begun)


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
