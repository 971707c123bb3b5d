"""The facts as stored. Ids of what is imported in bulk are hashes of natural keys.

Observations are kept as intervals over the scans of their scope: ``first_at`` is the scan
that began the run, ``last_at`` the last scan that showed it, and NULL while the newest scan
of the scope still does. So a re-import that shows the same again writes nothing, any past
moment can be replayed, and an import can be taken out again.
"""

from django.db import models

from protem.ledger.indexes import (
    ASSET_INDEXES,
    EPISODE_INDEXES,
    FINDING_INDEXES,
    PRESENCE_INDEXES,
    SCAN_INDEXES,
)
from protem.ledger.labels.models import AssetRule, RuleChange
from protem.ledger.merges.models import MergeDoubt, Pin, RecordMerge, Resolved
from protem.ledger.packed.models import PackedRows
from protem.ledger.rules import Criticality
from protem.sources.models import ImportRun

KEPT_ELSEWHERE = (AssetRule, MergeDoubt, PackedRows, Pin, RecordMerge, Resolved, RuleChange)
"""Beside their services; Django finds models through this module."""


class Asset(models.Model):
    """One machine, repository, image or account, resolved from all sources' records."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=300)
    os_family = models.CharField(max_length=16, blank=True)
    owner = models.CharField(max_length=200, blank=True, db_index=True)
    """By a person's rule, else as the sources state it; the group likewise."""
    group = models.CharField(max_length=200, blank=True, db_index=True)
    criticality = models.CharField(max_length=16, default=Criticality.NORMAL.value)
    is_internet_exposed = models.BooleanField(null=True)
    """None where no rule says; the criticality is then normal."""
    is_owner_ruled = models.BooleanField(default=False)
    """A person's rule names the owner, so it stands above what a finding states."""
    stated_owner = models.CharField(max_length=200, blank=True)
    stated_group = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list)
    """The labels that any source gives it, as ``key=value`` or bare words, sorted."""
    is_company_owned = models.BooleanField(null=True)
    is_ephemeral = models.BooleanField(default=False)
    template = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(null=True)
    is_in_use = models.BooleanField(default=False)
    """Derived: some newest export shows it, or only scanners know it."""
    agent = models.CharField(max_length=16, blank=True)
    """Derived: its best EDR agent in the newest lists, ``healthy`` or ``weak``; empty: none."""

    class Meta:
        indexes = ASSET_INDEXES

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    INVENTORY = "inventory"
    AGENT = "agent"
    TARGET = "target"


class AssetRecord(models.Model):
    """What one source calls one asset, with the identifiers it gives."""

    id = models.BigIntegerField(primary_key=True)
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=300)
    role = models.CharField(max_length=16, choices=Role.choices)
    asset = models.ForeignKey(
        Asset, null=True, on_delete=models.SET_NULL, related_name="records"
    )
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=300, blank=True)
    hostname = models.CharField(max_length=300, blank=True)
    serial = models.CharField(max_length=200, blank=True)
    cloud_id = models.CharField(max_length=200, blank=True)
    device_id = models.CharField(max_length=200, blank=True)
    macs = models.JSONField(default=list)
    os_family = models.CharField(max_length=16, blank=True)
    owner = models.CharField(max_length=200, blank=True)
    group = models.CharField(max_length=200, blank=True)
    is_company_owned = models.BooleanField(null=True)
    is_ephemeral = models.BooleanField(default=False)
    template = models.CharField(max_length=300, blank=True)
    tags = models.JSONField(default=list)
    created_at = models.DateTimeField(null=True)
    described_at = models.DateTimeField()
    """The as-of of the export that the description above is from: the newest wins."""
    is_superseded = models.BooleanField(default=False)
    """The same machine has a newer record of this source (a re-image)."""

    class Meta:
        indexes = [models.Index(fields=["source", "external_id"])]

    def __str__(self) -> str:
        return f"{self.source}: {self.name or self.external_id}"


class Scope(models.Model):
    """What a tool looks at in one go, under one set of settings."""

    id = models.BigIntegerField(primary_key=True)
    tool = models.CharField(max_length=64)
    target = models.CharField(max_length=300)
    settings = models.CharField(max_length=500, blank=True)
    record = models.ForeignKey(AssetRecord, null=True, on_delete=models.SET_NULL)

    def __str__(self) -> str:
        return f"{self.tool} on {self.target}"


class Scan(models.Model):
    """One look at a scope. ``at`` orders scans; ``proves_absence`` says what it may close."""

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="scans")
    at = models.DateTimeField()
    """The report's as-of to the second; the microseconds come from the content's hash, so
    that two reports of one second keep one order whichever is imported first."""
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="scans")
    count = models.IntegerField()
    is_complete = models.BooleanField(default=True)
    proves_absence = models.BooleanField(default=True)
    has_scope_evidence = models.BooleanField(default=True)
    shows_unfixed = models.BooleanField(default=True)
    problem = models.CharField(max_length=200, blank=True)
    database_built_at = models.DateTimeField(null=True)
    covered_from = models.DateTimeField(null=True)
    """Logs: since when they hold all that happened."""
    is_confirmed = models.BooleanField(default=False)
    """A person said that the sudden drop is real."""
    is_trusted = models.BooleanField(default=True)
    """Derived: whether a finding missing from this scan is gone."""
    doubt = models.CharField(max_length=200, blank=True)
    """Derived: why it is not trusted, in words."""
    asks_for_confirmation = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "at"], name="one_scan_at_a_time")
        ]
        indexes = SCAN_INDEXES

    def __str__(self) -> str:
        return f"{self.scope} at {self.at:%Y-%m-%d %H:%M}"


class Finding(models.Model):
    """One weakness on one target; the id is the hash of what makes it itself."""

    id = models.BigIntegerField(primary_key=True)
    record = models.ForeignKey(AssetRecord, on_delete=models.CASCADE, related_name="findings")
    vulnerability = models.CharField(max_length=200)
    component = models.CharField(max_length=500, blank=True)
    location = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=500, blank=True)
    found_by = models.CharField(max_length=16, blank=True)
    described_at = models.DateTimeField()
    """The scan that title, address and finder are from: the oldest that shows it."""

    class Meta:
        indexes = FINDING_INDEXES

    def __str__(self) -> str:
        return f"{self.vulnerability} in {self.component or self.location}"


class Sighting(models.Model):
    """A run of scans of one scope that showed one finding with the same particulars."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="sightings")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, db_index=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    particulars = models.BigIntegerField()
    """The hash of all that follows, by which two sightings are told apart."""
    severity = models.SmallIntegerField()
    state = models.CharField(max_length=16)
    is_fixable = models.BooleanField(default=True)
    found_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    fix_available_on = models.DateField(null=True)
    is_exploited = models.BooleanField(null=True)
    owner = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=200, blank=True)
    fixed_version = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["scope", "last_at"])]

    def __str__(self) -> str:
        return f"{self.finding_id} from {self.first_at} to {self.last_at}"


class Ending(models.TextChoices):
    FIXED = "fixed"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


class Episode(models.Model):
    """One span of a finding from opened to closed, derived from all its sightings."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="episodes")
    number = models.SmallIntegerField()
    opened_at = models.DateTimeField()
    is_start_known = models.BooleanField(default=True)
    """False for baseline: it was there when we first looked."""
    last_seen_at = models.DateTimeField(null=True)
    """The last scan that showed it; NULL while the newest scan of a reporter does."""
    first_absent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    """The tool's own date, else the midpoint between last seen and first absent."""
    ending = models.CharField(max_length=16, choices=Ending.choices, blank=True)
    severity = models.SmallIntegerField()
    """The latest severity within the episode."""
    critical_at = models.DateTimeField(null=True)
    critical_until = models.DateTimeField(null=True)
    """When it stopped being critical without being closed."""
    reporters = models.SmallIntegerField(default=1)
    fix_available_on = models.DateField(null=True)
    is_exploited = models.BooleanField(null=True)
    owner = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=200, blank=True)
    fixed_version = models.CharField(max_length=200, blank=True)
    is_pending = models.BooleanField(default=False)
    """Open, but missing from some reporter's newest scan: the next scan looks at it again."""

    class Meta:
        indexes = EPISODE_INDEXES

    def __str__(self) -> str:
        return f"episode {self.number} of {self.finding_id}"


class Presence(models.Model):
    """A run of exports of one scope that listed one record in the same condition."""

    record = models.ForeignKey(AssetRecord, on_delete=models.CASCADE, related_name="presences")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, db_index=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16)
    """Agents: ``AgentState``; inventory: ``running`` or ``stopped``."""
    silent_days = models.SmallIntegerField(null=True)
    """Days without contact at the export, rounded up to 1, 2, 7, 14, 30, 90 or 999."""

    class Meta:
        indexes = PRESENCE_INDEXES

    def __str__(self) -> str:
        return f"{self.record_id} from {self.first_at} to {self.last_at}"


class PatchState(models.Model):
    """A run of exports of one scope that found one machine in the same state of patching."""

    record = models.ForeignKey(
        AssetRecord, on_delete=models.CASCADE, related_name="patch_states"
    )
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, db_index=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    condition = models.CharField(max_length=16)
    """A ``PatchCondition``."""
    missing = models.IntegerField(null=True)
    silent_days = models.SmallIntegerField(null=True)
    """Days since the machine was looked at, at the export, rounded up as in ``Presence``."""

    class Meta:
        indexes = [models.Index(fields=["scope", "last_at"])]

    def __str__(self) -> str:
        return f"{self.record_id} {self.condition} from {self.first_at} to {self.last_at}"


class InstalledVersion(models.Model):
    """A run of exports of one inventory that showed one product in one version."""

    record = models.ForeignKey(
        AssetRecord, on_delete=models.CASCADE, related_name="installed_versions"
    )
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, db_index=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    product = models.CharField(max_length=200)
    """The family of the operating system, such as ``macos``, or the name of a program."""
    version = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["scope", "last_at"])]

    def __str__(self) -> str:
        return f"{self.product} {self.version} from {self.first_at} to {self.last_at}"


class Imported(models.Model):
    """A row kept as its file stated it; a later file adds a version, and none is changed."""

    run = models.ForeignKey(ImportRun, null=True, on_delete=models.CASCADE, related_name="+")
    known_at = models.DateTimeField()
    """The as-of of the file (or the moment of entry): when the source knew this."""

    class Meta:
        abstract = True


class PatchEvent(Imported):
    """One patch installed on one machine."""

    record = models.ForeignKey(AssetRecord, on_delete=models.CASCADE, related_name="patches")
    patch = models.CharField(max_length=200)
    version = models.CharField(max_length=200, blank=True)
    installed_at = models.DateTimeField()
    released_on = models.DateField(null=True)
    is_release_inferred = models.BooleanField(default=False)
    is_automatic = models.BooleanField(null=True)
    is_reboot_pending = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.patch} at {self.installed_at}"


class Meeting(Imported):
    """One calendar entry of one person."""

    uid = models.CharField(max_length=500)
    person = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True)
    organizer = models.CharField(max_length=200, blank=True)
    attendees = models.JSONField(default=list)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_all_day = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    is_declined = models.BooleanField(default=False)
    is_free = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.person}, {self.starts_at}"


class WorkItem(Imported):
    """One ticket of security work."""

    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True)
    assignee = models.CharField(max_length=200, blank=True)
    is_security = models.BooleanField(default=True)
    is_planned = models.BooleanField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    hours = models.FloatField(null=True)

    def __str__(self) -> str:
        return self.external_id


class Catalogue(Imported):
    """What the world says of vulnerabilities, packed: the newest list of its kind counts.

    EPSS alone scores 300,000 a day; only one list counts at a time, and is read whole.
    """

    kind = models.CharField(max_length=16)
    count = models.IntegerField()
    packed = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.known_at:%Y-%m-%d}"
