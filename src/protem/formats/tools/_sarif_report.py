"""The parts of a SARIF report that are read."""

from typing import Any

import msgspec


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


class RuleReference(msgspec.Struct, gc=False):
    """A result's pointer to its rule."""

    id: str | None = None
    index: int | None = None


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


class Location(msgspec.Struct, gc=False, rename="camel"):
    """Where."""

    physical_location: Physical | None = None


class Suppression(msgspec.Struct, gc=False):
    """A decision on a result."""

    status: str | None = None


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

    def is_suppressed(self) -> bool:
        """Whether somebody decided to live with it; a rejected wish doesn't count."""
        return any(
            one is not None and one.status != "rejected" for one in self.suppressions or ()
        )

    def _physical(self) -> Physical:
        first = next((one for one in self.locations or () if one is not None), Location())
        return first.physical_location or Physical()


class Component(msgspec.Struct, gc=False):
    """A tool or an extension of one."""

    name: str | None = None
    rules: list[Rule | None] | None = None


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
    """One run of one tool."""

    tool: Tool | None = None
    results: list[Result | None] | None = None
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

    def rules(self) -> dict[str, Rule]:
        """The rules of the tool and its extensions by id."""
        return {rule.id: rule for part in self._parts() for rule in part if rule.id}

    def rule_id(self, result: Result) -> str:
        """The id of a result's rule, however it is referred to."""
        reference = result.rule or RuleReference()
        if named := result.rule_id or reference.id:
            return named
        place = result.rule_index if result.rule_index is not None else reference.index
        driver = next(iter(self._parts()), [])
        if place is not None and 0 <= place < len(driver):
            return driver[place].id or "unnamed"
        return "unnamed"

    def _parts(self) -> list[list[Rule]]:
        tool = self.tool or Tool()
        parts = [tool.driver, *(tool.extensions or ())]
        return [
            [rule or Rule() for rule in part.rules or ()] for part in parts if part is not None
        ]


class Report(msgspec.Struct, gc=False):
    """The whole file."""

    runs: list[Run | None] | None = None
