"""Every alert in a file, however the pages of GitHub's answers were written to it."""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from protem.formats.format import ExportFile, FormatError
from protem.formats.jsonfile import mapped
from protem.formats.jsonviews import (
    FAILURES,
    ElementOf,
    elements,
    length_of_first,
    refusal,
)
from protem.formats.tools._github_alerts import (
    Alert,
    GraphAlert,
    GraphData,
    GraphNode,
    GraphNodes,
    GraphOrganization,
    Page,
    Repository,
    as_rest,
)

EXPECTED = "gh api --paginate repos/OWNER/NAME/dependabot/alerts?per_page=100"

_EXPECTED_JSON = f"the answer of {EXPECTED}"
_Element = TypeVar("_Element")
_PAGE = msgspec.json.Decoder(Page)
_ALERT: ElementOf[Alert | None] = ElementOf(Alert | None)
_NODE: ElementOf[GraphNode | None] = ElementOf(GraphNode | None)
_GRAPH_ALERT: ElementOf[GraphAlert | None] = ElementOf(GraphAlert | None)
_BLANKS = re.compile(rb"[ \t\r\n\x1e]*")
_OPENING = ord("[")
_MOST_PAGES = 10_000


class Alerts:
    """How many alerts a file holds, of which repositories, and whether there are more.

    ``take`` is given each alert and its repository's name, so that none has to be kept.
    """

    def __init__(self, file: ExportFile, take: Callable[[Alert, str], None]) -> None:
        self._file = file
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

    def listed(self, part: msgspec.Raw, kind: ElementOf[_Element | None]) -> Iterator[_Element]:
        """What a list of the file holds, but for its nulls."""
        where = f"{self._file.name}, alerts"
        found = elements(part, kind, where=where, expected=_EXPECTED_JSON)
        return (each for each in found or () if each is not None)


def read_alerts(file: ExportFile, take: Callable[[Alert, str], None]) -> Alerts:
    """Give ``take`` all alerts of one document or of several, one after another.

    Raises:
        FormatError: The file is not JSON, is cut off, or has another shape.
    """
    found = Alerts(file, take)
    view = mapped(file, _EXPECTED_JSON)
    try:
        for page in _pages(view, file):
            if page[0] == _OPENING:
                for alert in found.listed(msgspec.Raw(page), _ALERT):
                    _take(alert, None, found)
            else:
                _take_page(_PAGE.decode(page), found)
    except FAILURES as error:
        raise refusal(error, file.name, _EXPECTED_JSON) from None
    return found


def _pages(view: memoryview, file: ExportFile) -> Iterator[memoryview]:
    """Each document: where it ends is found by asking for nothing but its end."""
    start = _start(view, 0)
    for _ in range(_MOST_PAGES):
        length = length_of_first(view[start:])
        yield view[start : start + length]
        start = _start(view, start + length)
        if start >= len(view):
            return
    raise FormatError(
        f"more than {_MOST_PAGES:,} lists one after another",
        where=file.name,
        remedy=f"split the file, or export it again as {_EXPECTED_JSON}",
    )


def _start(view: memoryview, place: int) -> int:
    match = _BLANKS.match(view, place)
    return match.end() if match else place


def _take(alert: Alert, within: Repository | None, found: Alerts) -> None:
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
    for alert in found.listed(page.alerts, _ALERT):
        _take(alert, page.repository, found)
    if page.alert is not None:
        _take(page.alert, page.repository, found)
    if page.security_advisory is not None:
        _take(page, None, found)
    for node in _nodes(page.data or GraphData(), found):
        _take_node(node, found)


def _nodes(data: GraphData, found: Alerts) -> Iterator[GraphNode]:
    """The repositories in GraphQL's answer; a search within one keeps its name."""
    if data.repository is not None:
        yield data.repository
        for inner in _within(data.repository.search, found):
            yield _named_as(inner, data.repository)
    yield from _within(data.search, found)
    yield from _within((data.organization or GraphOrganization()).repositories, found)


def _within(nodes: GraphNodes | None, found: Alerts) -> Iterator[GraphNode]:
    return found.listed((nodes or GraphNodes()).nodes, _NODE)


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
    for alert in found.listed(listed.nodes, _GRAPH_ALERT):
        found.add(as_rest(alert), name)
    if listed.page_info is not None and listed.page_info.has_next_page:
        found.has_more = True
