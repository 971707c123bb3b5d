"""A web server of the test's own on this machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """What is at each path, and which were asked for."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []

    def put(self, path: str, content: bytes, status: int = 200, **headers: str) -> str:
        """Answer with this; returns the whole address."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in {"Content-Length": str(len(content)), **given}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(content)

        self.pages[path] = answer
        return f"{self.url}{path}"


@pytest.fixture
def web() -> Iterator[Site]:
    with served() as site:
        yield site


@contextmanager
def served() -> Iterator[Site]:
    """A site that is there until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.pages[self.path](self)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_words: object) -> None:
            """Whoever asked may have hung up."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(server)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
