"""``protem serve`` as a tree of processes: all answer on one port, and none outlives it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure

COMMAND = [sys.executable, "-m", "protem"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An empty instance served by two processes and a worker, and its port."""
    home = {**os.environ, "PROTEM_HOME": str(tmp_path)}
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        home.pop(name, None)
    owner = ["init", "--email", "cto@acme.example"]
    subprocess.run([*COMMAND, *owner], env=home, check=True, capture_output=True)
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--processes", "2"],
        env=home,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    told = None
    for line in server.stdout:
        if told := re.search(r"Serving.*:(\d+)/", line):
            break
    assert told is not None
    started = children(server.pid)
    yield server, int(told[1])
    for process in (server.pid, *started):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    server.wait()
    server.stdout.close()


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(number) for number in found]


def is_over(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def wait_until_over(processes: list[int]) -> bool:
    for _ in range(150):
        if all(map(is_over, processes)):
            return True
        time.sleep(0.1)
    return False


def answers(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
def test_the_others_answer_while_one_is_held_and_all_end_together(
    served: tuple[subprocess.Popen[str], int],
) -> None:
    server, port = served
    assert answers(port) == 200
    others = children(server.pid)
    assert len(others) == 2
    os.kill(server.pid, signal.SIGSTOP)
    assert answers(port) == 200
    os.kill(server.pid, signal.SIGCONT)
    server.terminate()
    assert server.wait(timeout=30) == 0
    assert wait_until_over(others)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
def test_those_beside_end_when_the_first_is_killed(
    served: tuple[subprocess.Popen[str], int],
) -> None:
    server, _port = served
    beside = [
        one
        for one in children(server.pid)
        if b"web" in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
    ]
    assert len(beside) == 1
    server.kill()
    assert wait_until_over(beside)
