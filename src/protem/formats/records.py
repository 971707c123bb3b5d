"""What a file can say: the records every format is read into.

Records are facts as the tool states them, normalised in spelling only. What they mean for
an episode, an asset or a metric is decided further up, never here. Instants are
timezone-aware UTC; ``None`` means the file does not say.
"""

from datetime import date, datetime
from enum import IntEnum, StrEnum

import msgspec


class Severity(IntEnum):
    """The canonical scale; ``UNKNOWN`` sorts below everything and is never counted as low."""

    UNKNOWN = 0
    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5


class FindingState(StrEnum):
    """What the tool itself says of a finding."""

    OPEN = "open"
    FIXED = "fixed"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


class AssetKind(StrEnum):
    """What sort of thing an asset is."""

    LAPTOP = "laptop"
    SERVER = "server"
    CLOUD = "cloud"
    MOBILE = "mobile"
    REPOSITORY = "repository"
    IMAGE = "image"
    OTHER = "other"


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The root of all records."""


class Scan(Record, frozen=True, kw_only=True):
    """One look of one tool at one target: what absence may be concluded from.

    ``target`` is a natural key that survives rescans: ``repository:acme/web``,
    ``image:registry.example/app`` (no tag, no digest), ``host:web-01`` (short name, lower
    case). For inventories and agent lists it is ``inventory:<account or tenant or empty>``.
    """

    tool: str
    target: str
    kind: AssetKind = AssetKind.OTHER
    name: str = ""
    as_of: datetime | None = None
    settings: str = ""
    """Whatever changes what the tool can see, as ``key=value`` pairs sorted by key."""
    is_complete: bool = True
    """False when the tool says that it failed, was stopped or shows one page of several."""
    proves_absence: bool = True
    """False where the export states its own endings, so a missing row means nothing."""
    is_target_known: bool = True
    """False where the file does not say what was scanned: until a person does, any two such
    files may be of different things, and absence proves nothing."""
    has_scope_evidence: bool = True
    """True when the file shows that the target was looked at even if nothing was found."""
    shows_unfixed: bool = True
    """False when nothing in the report shows that flaws without a fix were reported too:
    then a missing finding that has no fix proves nothing (Trivy ``--ignore-unfixed``)."""
    problem: str = ""
    """Why it is not complete, in words."""
    database_built_at: datetime | None = None
    covered_from: datetime | None = None
    """Logs: since when they hold all that happened; ``None`` where a file does not show it."""
    hostname: str | None = None
    macs: tuple[str, ...] = ()
    cloud_id: str | None = None
    os_family: str | None = None


class Finding(Record, frozen=True, kw_only=True):
    """One weakness on one target, as one tool reports it."""

    target: str
    vulnerability: str
    aliases: tuple[str, ...] = ()
    component: str = ""
    """A package URL without version and qualifiers, or the rule, plugin or port concerned."""
    location: str = ""
    """Where in the target, normalised: no line number, no temporary or absolute prefix."""
    version: str = ""
    fixed_version: str = ""
    title: str = ""
    url: str = ""
    severity: Severity = Severity.UNKNOWN
    severity_label: str = ""
    score: float | None = None
    state: FindingState = FindingState.OPEN
    state_reason: str = ""
    found_at: datetime | None = None
    """The tool's own first-found date."""
    ended_at: datetime | None = None
    """The tool's own date of fixing, dismissing or accepting."""
    is_fixable: bool = True
    """False when the tool says that there is no fix yet."""
    fix_available_on: date | None = None
    is_exploited: bool | None = None
    """Whether the file says that the flaw is known to be exploited."""
    found_by: str = ""
    """``internal``, ``commissioned`` or ``outside``; empty when the file does not say."""
    owner: str = ""


class Asset(Record, frozen=True, kw_only=True):
    """One machine (or account, repository…) in an inventory."""

    source: str
    external_id: str
    kind: AssetKind = AssetKind.OTHER
    name: str = ""
    hostname: str | None = None
    serial: str | None = None
    cloud_id: str | None = None
    device_id: str | None = None
    """The directory's or MDM's device id that other tools also carry (Entra device id…)."""
    macs: tuple[str, ...] = ()
    os_family: str | None = None
    """``windows``, ``macos``, ``linux``, ``ios``, ``android``, ``chromeos``."""
    os_version: str = ""
    software: tuple[tuple[str, str], ...] = ()
    """What else is installed, as pairs of name and version, sorted: a version that differs in
    the next export was patched in between."""
    is_running: bool = True
    is_company_owned: bool | None = None
    is_ephemeral: bool = False
    """Made by an autoscaling group or a node pool: counted by template, not by instance."""
    template: str = ""
    owner: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    """Labels of the tool as ``key=value`` or bare words, sorted; rules on groups read them."""
    created_at: datetime | None = None
    seen_at: datetime | None = None
    """When the thing itself last showed life to this inventory."""


class AgentState(StrEnum):
    """The health of one EDR agent, apart from how long it has been silent."""

    PROTECTING = "protecting"
    REDUCED = "reduced"
    DETECT_ONLY = "detect_only"
    NO_POLICY = "no_policy"
    HIDDEN = "hidden"
    DECOMMISSIONED = "decommissioned"
    DISCOVERED = "discovered"


class Agent(Record, frozen=True, kw_only=True):
    """One EDR agent as its console lists it."""

    source: str
    external_id: str
    name: str = ""
    hostname: str | None = None
    serial: str | None = None
    cloud_id: str | None = None
    device_id: str | None = None
    macs: tuple[str, ...] = ()
    os_family: str | None = None
    kind: AssetKind = AssetKind.OTHER
    version: str = ""
    state: AgentState = AgentState.PROTECTING
    tags: tuple[str, ...] = ()
    installed_at: datetime | None = None
    seen_at: datetime | None = None


class Patch(Record, frozen=True, kw_only=True):
    """One patch installed on one machine (or, for logs, one package of a patch day).

    The machine is told by its cloud id where there is one, else by its host name.
    """

    hostname: str = ""
    cloud_id: str | None = None
    patch: str
    """A KB number, or the package name without version."""
    version: str = ""
    installed_at: datetime
    released_on: date | None = None
    is_release_inferred: bool = False
    """Not stated: the newest Patch Tuesday by the installation."""
    is_automatic: bool | None = None
    is_reboot_pending: bool = False
    os_family: str | None = None


class PatchCondition(StrEnum):
    """What a tool that knows all patches of a machine says of it."""

    CURRENT = "current"
    PENDING_REBOOT = "pending_reboot"
    MISSING = "missing"
    FAILED = "failed"


class PatchState(Record, frozen=True, kw_only=True):
    """Whether one machine has all its patches, as a tool that can tell found it.

    The machine is told by its cloud id or serial where there is one, else by its host name.
    """

    hostname: str = ""
    cloud_id: str | None = None
    serial: str | None = None
    condition: PatchCondition
    missing: int | None = None
    """How many patches it lacks; ``None`` where the tool does not count them."""
    seen_at: datetime | None = None
    """When the machine was last looked at, which may be long before the export."""
    os_family: str | None = None
    os_version: str = ""
    """The build or version it runs, where the tool tells it."""


class Meeting(Record, frozen=True, kw_only=True):
    """One calendar entry, recurrences expanded."""

    uid: str
    person: str
    """Whose calendar it is: an address or a name."""
    title: str = ""
    organizer: str = ""
    attendees: tuple[str, ...] = ()
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool = False
    is_cancelled: bool = False
    is_declined: bool = False
    is_free: bool = False


class WorkItem(Record, frozen=True, kw_only=True):
    """One ticket of security work."""

    external_id: str
    title: str = ""
    assignee: str = ""
    is_security: bool = True
    is_planned: bool | None = None
    created_at: datetime
    started_at: datetime | None = None
    resolved_at: datetime | None = None
    due_on: date | None = None
    hours: float | None = None


class Deal(Record, frozen=True, kw_only=True):
    """One sales opportunity, with the frameworks it demands."""

    external_id: str
    customer: str
    name: str = ""
    stage: str = ""
    is_late_stage: bool = False
    is_open: bool = True
    amount: float | None = None
    close_on: date | None = None
    previous_close_on: date | None = None
    demands: tuple["Demand", ...] = ()


class Demand(Record, frozen=True, kw_only=True):
    """A framework that a deal or contract asks for."""

    framework: str
    level: str = ""
    binding: str = "preferred"
    """``signed``, ``mandatory`` or ``preferred``."""
    needed_on: date | None = None
    is_confirmed: bool = False


class CustomerReview(Record, frozen=True, kw_only=True):
    """One customer's security review: when it came and when it was answered."""

    external_id: str
    customer: str
    deal: str = ""
    received_at: datetime | None = None
    answered_at: datetime | None = None
    due_at: datetime | None = None
    questions: int | None = None
    hours: float | None = None
    paused_hours: float = 0.0


class QuestionOutcome(Record, frozen=True, kw_only=True):
    """How one question of a customer's questionnaire was answered."""

    review: str
    external_id: str
    domain: str = ""
    source: str = ""
    """``library``, ``edited``, ``new``, ``escalated`` or ``declined``."""
    confidence: int | None = None
    """1 to 5, rated before submission."""
    answered_at: datetime | None = None


class Certificate(Record, frozen=True, kw_only=True):
    """One certificate, attestation or period of one, with its typed dates."""

    external_id: str
    framework: str
    level: str = ""
    scope: str = ""
    auditor: str = ""
    stage: str = ""
    """The furthest milestone: ``planned``, ``readiness``, ``observation``, ``issued``."""
    is_required: bool = True
    period_start: date | None = None
    period_end: date | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    bridge_until: date | None = None
    next_due_on: date | None = None
    opinion: str = ""
    """``unqualified``, ``qualified``, ``adverse`` or empty."""


class Skipped(Record, frozen=True, kw_only=True):
    """Something the file holds that was left out, and why."""

    reason: str
    count: int = 1
    where: str = ""
