"""Every alert in a file, however the pages of GitHub's answers were written to it."""

import mmap
import re
from collections.abc import Callable, Iterator

import msgspec

from protem.formats.format import ExportFile, FormatError
from protem.formats.tools._github_alerts import (
    Alert,
    GraphData,
    GraphNode,
    GraphNodes,
    GraphOrganization,
    Page,
    Repository,
    as_rest,
)

EXPECTED = "gh api --paginate repos/OWNER/NAME/dependabot/alerts?per_page=100"

_LIST = msgspec.json.Decoder(list[Alert | None])
_ONE = msgspec.json.Decoder(Page)
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_BLANKS = re.compile(rb"[ \t\r\n\x1e]*")
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_MOST_PAGES = 10_000


class Alerts:
    """How many alerts a file holds, of which repositories, and whether there are more.

    ``take`` is given each alert and its repository's name, so that none has to be kept.
    """

    def __init__(self, take: Callable[[Alert, str], None]) -> None:
        self._take = take
        self.repositories: set[str] = set()
        self.count = 0
        self.has_more = False

    def add(self, alert: Alert, repository: str) -> None:
        """Count ``alert`` as one of ``repository`` and pass it on."""
        self.count += 1
        name = repository.lower()
        self.repositories.add(name)
        self._take(alert, name)


def read_alerts(file: ExportFile, take: Callable[[Alert, str], None]) -> Alerts:
    """Give ``take`` all alerts of one document or of several, one after another.

    Raises:
        FormatError: The file is not JSON, is cut off, or has another shape.
    """
    found = Alerts(take)
    try:
        with (
            file.path.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as view,
        ):
            _read(view, found)
    except UnicodeDecodeError as error:
        raise _refused(file, f"not UTF-8 text at byte {error.start}") from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise _refused(file, str(error)) from None
    return found


def _refused(file: ExportFile, what: str) -> FormatError:
    return FormatError(what, where=file.name, remedy=f"export it again with {EXPECTED}")


def _read(view: memoryview, found: Alerts) -> None:
    if bytes(view[:2]) in _UTF16_BOMS:
        with memoryview(str(view, "utf-16").encode()) as text:
            _read_pages(text, found)
    else:
        _read_pages(view[len(_UTF8_BOM) if bytes(view[:3]) == _UTF8_BOM else 0 :], found)


def _read_pages(view: memoryview, found: Alerts) -> None:
    with view:
        for start, end in _pages(view):
            with view[start:end] as page:
                if bytes(page[:1]) == b"[":
                    for alert in _LIST.decode(page):
                        _take(alert, None, found)
                else:
                    _take_page(_ONE.decode(page), found)


def _pages(view: memoryview) -> Iterator[tuple[int, int]]:
    """Where each document begins and ends: found by asking for nothing but its end."""
    start = _start(view, 0)
    for _ in range(_MOST_PAGES):
        with view[start:] as rest:
            length = _length(rest)
        yield start, start + length
        start = _start(view, start + length)
        if start >= len(view):
            return
    raise ValueError(f"more than {_MOST_PAGES} lists one after another")


def _start(view: memoryview, place: int) -> int:
    match = _BLANKS.match(view, place)
    return match.end() if match else place


def _length(rest: memoryview) -> int:
    try:
        msgspec.json.decode(rest, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        trailing = _TRAILING.search(str(error))
        if trailing is None:
            raise
        return int(trailing[1]) - 1
    return len(rest)


def _take(alert: Alert | None, within: Repository | None, found: Alerts) -> None:
    if alert is None:
        return
    named = alert.repository or within
    name = named.full_name if named and named.full_name else ""
    found.add(alert, name or _repository_in(alert.html_url) or _repository_in(alert.url))


def _repository_in(address: str | None) -> str:
    """``owner/name`` of an alert's address; of the API's address, what follows ``repos``."""
    parts = (address or "").partition("://")[2].split("/")
    first = parts.index("repos") + 1 if "repos" in parts[:4] else 1
    owner, name = (*parts[first : first + 2], "", "")[:2]
    return f"{owner}/{name}" if owner and name else ""


def _take_page(page: Page, found: Alerts) -> None:
    for alert in (*(page.alerts or ()), page.alert):
        _take(alert, page.repository, found)
    if page.security_advisory is not None:
        _take(page, None, found)
    for node in _nodes(page.data or GraphData()):
        _take_node(node, found)


def _nodes(data: GraphData) -> Iterator[GraphNode]:
    """The repositories in GraphQL's answer; a search within one keeps its name."""
    if data.repository is not None:
        yield data.repository
        for inner in _listed(data.repository.search):
            yield _named_as(inner, data.repository)
    yield from _listed(data.search)
    yield from _listed((data.organization or GraphOrganization()).repositories)


def _listed(nodes: GraphNodes | None) -> Iterator[GraphNode]:
    return (node for node in (nodes.nodes if nodes else None) or () if node is not None)


def _named_as(node: GraphNode, outer: GraphNode) -> GraphNode:
    if node.name_with_owner or node.url:
        return node
    return GraphNode(
        name=node.name,
        name_with_owner=outer.name_with_owner,
        url=outer.url,
        vulnerability_alerts=node.vulnerability_alerts,
    )


def _take_node(node: GraphNode, found: Alerts) -> None:
    name = node.name_with_owner or _repository_in(node.url) or node.name or ""
    listed = node.vulnerability_alerts
    if listed is None:
        return
    found.repositories.add(name.lower())
    for alert in listed.nodes or ():
        if alert is not None:
            found.add(as_rest(alert), name)
    if listed.page_info is not None and listed.page_info.has_next_page:
        found.has_more = True
