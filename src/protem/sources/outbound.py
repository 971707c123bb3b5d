"""The only door to the network: one file by HTTPS from a public address, and no further.

Plain HTTP is for this machine alone, and this machine and private networks are only called
where the address itself names this machine; a redirect never leads there from elsewhere. The
name is looked up once and the very address that was judged is called.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from protem import __version__
from protem.kit import clock
from protem.kit.errors import ProtemError

_MOST_REDIRECTS = 3
_BLOCK = 1 << 16
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchError(ProtemError):
    """A file that could not be fetched, or must not be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much and how long is waited for."""

    most_bytes: int = 64 * 1024 * 1024
    pause_seconds: float = 20.0
    """How long the other side may say nothing."""
    whole_seconds: float = 300.0


def fetch(url: str, into: Path, *, limits: Limits | None = None) -> None:
    """Write what is at ``url`` to the file ``into``.

    Raises:
        FetchError: The address is none that may be called, or the answer is not a whole file.
    """
    errand = _Errand(url, limits or Limits())
    for _ in range(_MOST_REDIRECTS + 1):
        parts = errand.parts_of(url)
        try:
            with (
                closing(errand.connected(parts)) as connection,
                closing(_asked(connection, parts)) as response,
            ):
                if response.status not in _REDIRECTS:
                    errand.save(response, into)
                    return
                url = urljoin(url, response.headers.get("Location", ""))
        except (OSError, http.client.HTTPException) as error:
            raise errand.refusal(_in_words(error), "try again later") from None
    raise errand.refusal("it redirects too often", "give the address it ends at")


class _Errand:
    """One file to be fetched, whatever it is redirected to."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._named = url.partition("?")[0][:300]
        self._limits = limits
        self._end = clock.now() + timedelta(seconds=limits.whole_seconds)
        self._is_here = _names_this_machine(self.parts_of(url).hostname or "")

    def refusal(self, what: str, remedy: str) -> FetchError:
        """An error about the address that was given, without what may be secret in it."""
        return FetchError(what, where=self._named, remedy=remedy)

    def parts_of(self, url: str) -> SplitResult:
        """The address in its parts; raises ``FetchError`` for one that must not be called."""
        try:
            parts = urlsplit(url)
            is_whole = bool(parts.hostname) and parts.port != 0
        except ValueError:
            parts, is_whole = urlsplit(""), False
        is_plain = url.isascii() and url.isprintable() and not {" ", "@"} & set(url)
        is_closed = parts.scheme == "https" or (
            parts.scheme == "http" and _names_this_machine(parts.hostname or "")
        )
        if not (is_whole and is_plain and is_closed):
            raise self.refusal("only https addresses are fetched", "give https://…")
        return parts

    def connected(self, parts: SplitResult) -> http.client.HTTPConnection:
        """A connection to an address that was judged, whatever the name leads to later."""
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        sock = self._reached(self._judged(host, port), port)
        if parts.scheme == "http":
            plain = http.client.HTTPConnection(host, port)
            plain.sock = sock
            return plain
        try:
            wrapped = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
        except OSError:
            sock.close()
            raise
        closed = http.client.HTTPSConnection(host, port)
        closed.sock = wrapped
        return closed

    def _judged(self, host: str, port: int) -> list[Address]:
        """The name's addresses, if all of them may be called."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        is_here = self._is_here and _names_this_machine(host)
        may = _is_this_machine if is_here else _is_public
        for address in addresses:
            if not all(may(one) for one in _within(address)):
                raise self.refusal(
                    f"{address} is not a public address",
                    "download it by other means, then: protem import FILE",
                )
        return addresses

    def _reached(self, addresses: list[Address], port: int) -> socket.socket:
        """A connection to the first address that answers."""
        failure = OSError("no address is known")
        for address in addresses:
            try:
                pause = self._limits.pause_seconds
                return socket.create_connection((str(address), port), timeout=pause)
            except OSError as error:
                failure = error
        raise failure

    def save(self, response: http.client.HTTPResponse, into: Path) -> None:
        """Write the answer to a file, as long as it keeps within the limits."""
        if response.status != _OK:
            words = f"the answer is {response.status} {response.reason}".strip()
            raise self.refusal(words, "see whether the address is still right")
        told, got = response.length, 0
        with into.open("wb") as file:
            while block := response.read1(_BLOCK):
                got += len(block)
                self._check(max(got, told or 0))
                file.write(block)
        if told is not None and got < told:
            raise self.refusal(f"it ended after {got:,} of {told:,} bytes", "try again later")

    def _check(self, size: int) -> None:
        most = self._limits.most_bytes
        if size > most:
            raise self.refusal(f"it is larger than {most:,} bytes", "see what is there")
        if clock.now() > self._end:
            raise TimeoutError


def _within(address: Address) -> Iterator[Address]:
    """The address and the one that is packed within it, if any."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        packed = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            packed = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if packed is not None:
            yield packed


def _is_public(address: Address) -> bool:
    is_mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped
    return bool(is_mapped) or (address.is_global and not address.is_multicast)


def _is_this_machine(address: Address) -> bool:
    return address.is_loopback


def _names_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _asked(
    connection: http.client.HTTPConnection, parts: SplitResult
) -> http.client.HTTPResponse:
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {"User-Agent": f"Protem/{__version__}", "Accept-Encoding": "identity"}
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "there was no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "no such host is known"
    return (error.strerror if isinstance(error, OSError) else None) or "the answer is not HTTP"
