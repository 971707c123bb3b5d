"""The parts of a SARIF report that are read."""

from collections.abc import Sequence
from typing import Any

import msgspec

from protem.formats.jsonviews import ABSENT, ElementOf, Elements, elements
from protem.formats.numbertable import NumberTable

_NUMBER_BITS = 40
_MOST_KEPT = 500


class Text(msgspec.Struct, gc=False):
    """A message."""

    text: str | None = None


class Configuration(msgspec.Struct, gc=False):
    """A rule's defaults."""

    level: str | None = None


class Properties(msgspec.Struct, gc=False, rename={"security_severity": "security-severity"}):
    """A rule's bag of extras."""

    security_severity: str | float | None = None
    tags: list[Any] | None = None


class Rule(msgspec.Struct, gc=False, rename="camel"):
    """One rule."""

    id: str | None = None
    short_description: Text | None = None
    full_description: Text | None = None
    help_uri: str | None = None
    default_configuration: Configuration | None = None
    properties: Properties | None = None

    def tags(self) -> list[str]:
        """The tags that are texts."""
        found = self.properties.tags if self.properties else None
        return [tag for tag in found or () if isinstance(tag, str)]

    def security_severity(self) -> str | float | None:
        """The only usable mark of critical."""
        return self.properties.security_severity if self.properties else None

    def level(self) -> str | None:
        """The default level."""
        return self.default_configuration.level if self.default_configuration else None

    def text(self) -> str:
        """What the rule is about."""
        said = self.short_description or self.full_description or Text()
        return said.text or self.id or ""


_RULE: ElementOf[Rule | None] = ElementOf(Rule | None)


class ComponentReference(msgspec.Struct, gc=False):
    """A pointer to one of the tool's extensions; without an index it is the tool itself."""

    index: int | None = None


class RuleReference(msgspec.Struct, gc=False, rename="camel"):
    """A result's pointer to its rule."""

    id: str | None = None
    index: int | None = None
    tool_component: ComponentReference | None = None


class Artifact(msgspec.Struct, gc=False):
    """A file."""

    uri: str | None = None


class Region(msgspec.Struct, gc=False):
    """A place in a file; the line is not read, it moves."""

    snippet: Text | None = None


class Physical(msgspec.Struct, gc=False, rename="camel"):
    """Where in the files."""

    artifact_location: Artifact | None = None
    region: Region | None = None


class Logical(msgspec.Struct, gc=False, rename="camel"):
    """Where in the code's own terms: all there is for binaries and web services."""

    fully_qualified_name: str | None = None


class Location(msgspec.Struct, gc=False, rename="camel"):
    """Where."""

    physical_location: Physical | None = None
    logical_locations: list[Logical | None] | None = None


class Suppression(msgspec.Struct, gc=False):
    """A decision on a result; drafts of the standard called its status a state."""

    status: str | None = None
    state: str | None = None


class Result(msgspec.Struct, gc=False, rename="camel"):
    """One result."""

    rule_id: str | None = None
    rule_index: int | None = None
    rule: RuleReference | None = None
    kind: str | None = None
    level: str | None = None
    message: Text | None = None
    locations: list[Location | None] | None = None
    fingerprints: dict[str, Any] | None = None
    partial_fingerprints: dict[str, Any] | None = None
    suppressions: list[Suppression | None] | None = None
    baseline_state: str | None = None

    def text(self) -> str:
        """The message."""
        return (self.message.text if self.message else None) or ""

    def uri(self) -> str:
        """The file of the first location."""
        place = self._physical()
        return (place.artifact_location.uri if place.artifact_location else None) or ""

    def snippet(self) -> str:
        """The code at the first location, if the report holds it."""
        region = self._physical().region or Region()
        return (region.snippet.text if region.snippet else None) or ""

    def logical_name(self) -> str:
        """The function, class or endpoint of the first location."""
        for place in self._location().logical_locations or ():
            if place is not None and place.fully_qualified_name:
                return place.fully_qualified_name
        return ""

    def is_suppressed(self) -> bool:
        """Whether somebody decided to live with it; a rejected or pending wish is none."""
        return any(
            one is not None and (one.status or one.state or "accepted") == "accepted"
            for one in self.suppressions or ()
        )

    def _physical(self) -> Physical:
        return self._location().physical_location or Physical()

    def _location(self) -> Location:
        return next((one for one in self.locations or () if one is not None), Location())


class Component(msgspec.Struct, gc=False):
    """A tool or an extension of one."""

    name: str | None = None
    rules: msgspec.Raw = ABSENT


class Tool(msgspec.Struct, gc=False):
    """The tool of a run."""

    driver: Component | None = None
    extensions: list[Component | None] | None = None


class Invocation(msgspec.Struct, gc=False, rename="camel"):
    """One call of the tool."""

    execution_successful: bool | None = None
    end_time_utc: str | None = None


class Origin(msgspec.Struct, gc=False, rename="camel"):
    """The repository."""

    repository_uri: str | None = None


class Details(msgspec.Struct, gc=False):
    """The automation's own name of the run."""

    id: str | None = None


class Run(msgspec.Struct, gc=False, rename="camel"):
    """One run of one tool; its results are decoded when their turn comes."""

    tool: Tool | None = None
    results: msgspec.Raw = ABSENT
    invocations: list[Invocation | None] | None = None
    version_control_provenance: list[Origin | None] | None = None
    automation_details: Details | None = None

    def tool_name(self) -> str:
        """The tool's name in lower case."""
        driver = self.tool.driver if self.tool else None
        return ((driver.name if driver else None) or "unknown").strip().lower()[:100]

    def category(self) -> str:
        """The automation's category: what stands before the last slash of its id."""
        name = (self.automation_details.id if self.automation_details else None) or ""
        return name.rpartition("/")[0] or name

    def rules(self, *, where: str, expected: str) -> "Rules":
        """The rules of the tool and its extensions; ``where`` names them in errors."""
        tool = self.tool or Tool()
        parts = [tool.driver, *(tool.extensions or ())]
        return Rules(
            [
                elements((part or Component()).rules, _RULE, where=where, expected=expected)
                for part in parts
            ]
        )


class Rules:
    """Finds a result's rule however it is referred to; keeps only a few of them decoded."""

    def __init__(self, parts: Sequence[Elements[Rule | None] | None]) -> None:
        self._parts = [part or () for part in parts]
        self._places = NumberTable()
        """By the hash of a rule's id its part and its number in it."""
        self._kept: dict[int, Rule] = {}
        for number, part in enumerate(self._parts):
            for place, rule in enumerate(part, number << _NUMBER_BITS):
                if rule is not None and rule.id:
                    self._places[hash(rule.id)] = place

    def of(self, result: Result) -> tuple[str, Rule]:
        """The rule's id, and the rule as far as it is described.

        An id may go below the rule's own: ``CA2000/1`` is a case of ``CA2000``.
        """
        reference = result.rule or RuleReference()
        indexed = self._indexed(result, reference)
        name = result.rule_id or reference.id or indexed.id or "unnamed"
        general = name.rpartition("/")[0]
        return name, self._named(name) or self._named(general) or indexed

    def _named(self, name: str) -> Rule | None:
        place = self._places.get(hash(name))
        return None if place is None else self._at(place)

    def _indexed(self, result: Result, reference: RuleReference) -> Rule:
        number = reference.index if result.rule_index in {None, -1} else result.rule_index
        extension = (reference.tool_component or ComponentReference()).index
        part = 0 if extension is None else extension + 1
        if number is None or number < 0 or not 0 <= part < len(self._parts):
            return Rule()
        is_there = number < len(self._parts[part])
        return self._at(part << _NUMBER_BITS | number) if is_there else Rule()

    def _at(self, place: int) -> Rule:
        if place not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            rules = self._parts[place >> _NUMBER_BITS]
            number = place & (1 << _NUMBER_BITS) - 1
            picked = rules.picked([number]) if isinstance(rules, Elements) else ()
            self._kept[place] = next(iter(picked), None) or Rule()
        return self._kept[place]


class Report(msgspec.Struct, gc=False):
    """The whole file."""

    runs: list[Run | None] | None = None
