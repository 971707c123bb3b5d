"""Only https and public addresses are called, and an answer keeps within its limits."""

import shutil
import socket
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.sources.conftest import Site, served

from protem.sources.outbound import FetchError, Limits, fetch

pytestmark = pytest.mark.pure
OPENSSL = shutil.which("openssl") or ""
TIGHT = Limits(most_bytes=1_000, pause_seconds=0.2, whole_seconds=0.5)


def refused(url: str, into: Path, limits: Limits = TIGHT) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, into, limits=limits)
    assert caught.value.where
    assert caught.value.remedy
    return caught.value


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_a_file_is_fetched_whole(web: Site, into: Path) -> None:
    fetch(web.put("/kev.json?x=1", b"{}"), into)
    assert into.read_bytes() == b"{}"
    assert web.asked == ["/kev.json?x=1"]


def test_an_answer_without_a_length_is_fetched_to_its_end(web: Site, into: Path) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"x" * 900)

    web.pages["/"] = answer
    fetch(web.url, into, limits=TIGHT)
    assert into.stat().st_size == 900


@pytest.mark.parametrize(
    "url",
    [
        "http://feeds.example/kev.json",
        "ftp://127.0.0.1/kev.json",
        "file:///etc/hostname",
        "https://",
        "https://name:word@127.0.0.1/",
        "https://127.0.0.1:0/",
        "https://127.0.0.1:99999/",
        "https://[::1/",
        "https://a b/",
        "https://ex\u00e4mple.example/",
        "https://127.0.0.1/\r\nX: y",
        "kev.json",
        "",
    ],
)
def test_only_whole_https_addresses_are_called(url: str, into: Path) -> None:
    with pytest.raises(FetchError, match="only https"):
        fetch(url, into)


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.5",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fd00::1]",
        "[::]",
        "[::ffff:10.0.0.5]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::a00:5]",
        "[2002:a00:5::1]",
    ],
)
def test_no_private_address_is_called(host: str, into: Path) -> None:
    assert "not a public address" in refused(f"https://{host}/kev.json", into).what


@pytest.mark.parametrize(
    ("resolved", "is_refused"),
    [
        (["8.8.8.8"], False),
        (["2606:4700::1111"], False),
        (["::ffff:8.8.8.8"], False),
        (["8.8.8.8", "10.0.0.5"], True),
        (["127.0.0.1"], True),
        (["fe80::1%eth0"], True),
    ],
)
def test_a_name_is_judged_by_every_address_it_has(
    resolved: list[str], is_refused: bool, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    def look_up(_host: str, port: int, **_given: object) -> list[object]:
        return [(0, 0, 0, "", (address, port)) for address in resolved]

    def connect(address: tuple[str, int], **_given: object) -> None:
        called.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    error = refused("https://feeds.example/kev.json", into)
    assert ("not a public" in error.what) == is_refused
    assert [ip_address(one) for one in called] == (
        [] if is_refused else [ip_address(resolved[0])]
    )


def test_an_unknown_name_is_told(into: Path) -> None:
    assert refused("https://feeds.invalid/kev.json", into).what == "no such host is known"


def test_a_redirect_is_followed_within_the_same_rules(web: Site, into: Path) -> None:
    web.put("/kev.json", b"{}")
    fetch(web.put("/old", b"", 302, Location="/kev.json"), into)
    assert into.read_bytes() == b"{}"
    away = web.put("/away", b"", 301, Location="https://10.0.0.5/")
    assert "not a public address" in refused(away, into).what
    plain = web.put("/plain", b"", 307, Location="http://feeds.example/")
    assert "only https" in refused(plain, into).what
    loop = web.put("/loop", b"", 308, Location="/loop")
    assert "too often" in refused(loop, into).what


def test_a_redirect_from_elsewhere_never_leads_to_this_machine(
    web: Site, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(web.url.rpartition(":")[2])
    web.put("/", b"", 302, Location=f"{web.url}/secret")
    look_up, connect = socket.getaddrinfo, socket.create_connection
    public = [(0, 0, 0, "", ("8.8.8.8", 443))]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *given, **named: (
            public if host == "feeds.example" else look_up(host, *given, **named)
        ),
    )
    monkeypatch.setattr(
        socket, "create_connection", lambda _to, timeout: connect(("127.0.0.1", port), timeout)
    )
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", lambda _self, sock, **_: sock)
    assert "127.0.0.1 is not a public address" in refused("https://feeds.example/", into).what
    assert web.asked == ["/"]


def test_what_is_too_large_is_left(web: Site, into: Path) -> None:
    assert "larger than 1,000" in refused(web.put("/told", b"x" * 1_001), into).what

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"x" * 5_000)

    web.pages["/untold"] = endless
    assert "larger than 1,000" in refused(f"{web.url}/untold", into).what


def test_what_is_cut_off_is_no_file(web: Site, into: Path) -> None:
    url = web.put("/", b"{", Content_Length="900")
    assert "ended after 1 of 900 bytes" in refused(url, into, Limits()).what


def test_who_says_nothing_or_too_little_is_not_waited_for(web: Site, into: Path) -> None:
    def silent(_request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.4)

    def slow(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(20):
            request.wfile.write(b"x")
            time.sleep(0.05)

    web.pages |= {"/silent": silent, "/slow": slow}
    for path in web.pages:
        assert "no answer in time" in refused(f"{web.url}{path}", into).what


def test_what_is_no_answer_is_told(web: Site, into: Path) -> None:
    assert "404" in refused(web.put("/gone", b"", 404), into).what

    def noise(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"220 mail ready\r\n")

    web.pages["/noise"] = noise
    assert "not HTTP" in refused(f"{web.url}/noise", into).what
    url = web.url.replace("http:", "https:")
    assert refused(f"{url}/kev.json?key=secret", into).where == f"{url}/kev.json"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "refused" in refused(f"http://localhost:{port}/", into).what


@pytest.mark.skipif(not OPENSSL, reason="makes a certificate")
def test_only_who_shows_a_trusted_certificate_is_believed(
    into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, shown = tmp_path / "key.pem", tmp_path / "shown.pem"
    words = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=here"
    )
    made = [*words.split(), "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [OPENSSL, *made, "-keyout", key, "-out", shown], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, key)
    with served() as site:
        server = site.server
        server.socket = context.wrap_socket(server.socket, server_side=True)
        site.put("/kev.json", b"{}")
        url = f"https://localhost:{server.server_address[1]}/kev.json"
        assert "not trusted" in refused(url, into, Limits()).what
        monkeypatch.setenv("SSL_CERT_FILE", str(shown))
        fetch(url, into)
        assert into.read_bytes() == b"{}"
        other = url.replace("localhost", "127.0.0.1")
        assert "not trusted" in refused(other, into, Limits()).what
