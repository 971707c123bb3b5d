"""The site as a tree of processes: several that answer, and one that works on imports.

All answer on one socket. Pages take more arithmetic than waiting, which one Python process does
on one core only.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from threading import Thread

from protem.cli import output
from protem.kit.errors import ProtemError

PATIENCE = 15
"""Seconds that the worker has to finish when the site stops."""
THREADS = 2
"""Pages that one process answers at a time. Pages are arithmetic, so more of them at once only
make each other wait: with six, one in twenty took a quarter longer."""
USUAL = min(os.cpu_count() or 1, 2)
"""How many processes answer, unless told."""


def serve_site(*, host: str, port: int, processes: int = USUAL) -> None:
    """Answer until interrupted; then stop the others, too.

    Raises:
        ProtemError: The port is taken.
    """
    with _listening(host, port) as listener:
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
        others = [_another(listener) for _ in range(processes - 1 if os.name == "posix" else 0)]
        others.append(subprocess.Popen([sys.executable, "-m", "protem", "worker"]))
        try:
            output.say(f"Serving on http://{host}:{listener.getsockname()[1]}/ — Ctrl-C stops.")
            sys.stdout.flush()
            answer(listener)
        finally:
            for other in others:
                other.terminate()
            for other in others:
                _await(other)


def answer(listener: socket.socket) -> None:
    """Answer requests that come in by a socket, until interrupted."""
    import waitress
    from django.core.wsgi import get_wsgi_application

    waitress.serve(get_wsgi_application(), sockets=[listener], threads=THREADS, ident="protem")


def answer_beside(number: int, *, parent: int) -> None:
    """Answer by the socket that ``parent`` opened, for as long as that process lives."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    with socket.socket(fileno=number) as listener:
        answer(listener)


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise ProtemError(
            f"port {port} of {host} is in use", remedy="choose another with --port"
        ) from None
    return listener


def _another(listener: socket.socket) -> "subprocess.Popen[bytes]":
    number = listener.fileno()
    command = [sys.executable, "-m", "protem", "web", str(number), str(os.getpid())]
    return subprocess.Popen(command, pass_fds=(number,))  # noqa: S603 - our own program


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _await(process: "subprocess.Popen[bytes]") -> None:
    """Let it finish what it does; an import cut short keeps nothing half-done."""
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
