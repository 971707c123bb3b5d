"""The parts of Grype's JSON that are read."""

import msgspec

from protem.formats.jsonviews import ABSENT


class Metrics(msgspec.Struct, gc=False, rename="camel"):
    """The scores of one CVSS entry."""

    base_score: float | None = None


class Cvss(msgspec.Struct, gc=False):
    """One CVSS entry; v2 entries stand among the others."""

    version: str | None = None
    metrics: Metrics | None = None


class Available(msgspec.Struct, gc=False):
    """A version with the fix, and since when there is one."""

    date: str | None = None


class Fix(msgspec.Struct, gc=False):
    """``state`` says whether there is a fix, not whether it is installed."""

    versions: list[str | None] | None = None
    state: str | None = None
    available: list[Available | None] | None = None


class Exploit(msgspec.Struct, gc=False):
    """An entry of a catalogue of exploited flaws, which is only counted."""


class Vulnerability(msgspec.Struct, gc=False, rename="camel"):
    """A flaw as one database tells it."""

    id: str | None = None
    data_source: str | None = None
    severity: str | None = None
    description: str | None = None
    cvss: list[Cvss | None] | None = None
    fix: Fix | None = None
    known_exploited: list[Exploit | None] | None = None


class Related(msgspec.Struct, gc=False):
    """The same flaw in another database."""

    id: str | None = None
    cvss: list[Cvss | None] | None = None


class Location(msgspec.Struct, gc=False):
    """A file that shows the package."""

    path: str | None = None


class Artifact(msgspec.Struct, gc=False):
    """A package."""

    name: str | None = None
    version: str | None = None
    type: str | None = None
    locations: list[Location | None] | None = None
    purl: str | None = None


class Rule(msgspec.Struct, gc=False, rename="kebab"):
    """Why a match was set aside."""

    vulnerability: str | None = None
    reason: str | None = None
    fix_state: str | None = None
    vex_status: str | None = None
    vex_justification: str | None = None


class Match(msgspec.Struct, gc=False, rename="camel"):
    """A flaw in a package."""

    vulnerability: Vulnerability | None = None
    related_vulnerabilities: list[Related | None] | None = None
    artifact: Artifact | None = None
    applied_ignore_rules: list[Rule | None] | None = None


class FixAlone(msgspec.Struct, gc=False):
    """All of a vulnerability that says whether there is a fix."""

    fix: Fix | None = None


class MatchOfFix(msgspec.Struct, gc=False):
    """All of a match that says whether there is a fix."""

    vulnerability: FixAlone | None = None


class Image(msgspec.Struct, gc=False, rename="camel"):
    """The image that was scanned."""

    user_input: str | None = None
    tags: list[str | None] | None = None
    repo_digests: list[str | None] | None = None


class Source(msgspec.Struct, gc=False):
    """What was scanned: an image, or the path of a folder or file."""

    type: str | None = None
    target: str | Image | None = None


class Status(msgspec.Struct, gc=False):
    """The state of the database in newer versions."""

    built: str | None = None


class Database(msgspec.Struct, gc=False):
    """The database of flaws; ``built`` moved into ``status`` with version 6."""

    built: str | None = None
    status: Status | None = None


class Search(msgspec.Struct, gc=False):
    """Which layers of an image are looked at."""

    scope: str | None = None


class Configuration(msgspec.Struct, gc=False, rename="kebab"):
    """The settings that change what a report shows."""

    only_fixed: bool | None = None
    only_notfixed: bool | None = None
    scope: str | None = None
    search: Search | None = None


class Descriptor(msgspec.Struct, gc=False):
    """The scan itself."""

    timestamp: str | None = None
    configuration: Configuration | None = None
    db: Database | None = None


class Report(msgspec.Struct, gc=False, rename="camel"):
    """A whole report."""

    matches: msgspec.Raw = ABSENT
    """A list of ``Match``."""
    ignored_matches: msgspec.Raw = ABSENT
    source: Source | None = None
    descriptor: Descriptor | None = None
