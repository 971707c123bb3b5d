"""What Tidemark and a supplier decided about open vulnerabilities, instead of mending them.

None of it is critical: how fast criticals are mended is told by the mending alone.
"""

from dataclasses import dataclass, replace

from protem.demo import names
from protem.demo.landscape import Landscape
from protem.demo.story import Story
from protem.demo.vulnerabilities import CRITICAL, Cluster, World

_LEAST_DAYS = 160
"""What is decided on was open for as long, so that no decision comes before its flaw."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """A row of the register of exceptions; days are counted from today, back or ahead."""

    id: str
    decision: str = "accepted"
    reason: str
    vulnerability: str = ""
    component: str = ""
    severity_at_most: str = ""
    approver: str = names.CTO
    ticket: str
    decided_days_ago: int
    days_left: int | None = None
    """Until it expires; negative where it has. None for false positives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What the supplier of the base image says of one vulnerability in it."""

    cluster: Cluster
    status: str
    justification: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rulings:
    """Everything that was decided."""

    register: list[Ruling]
    words: list[Word]


_OF_FLAWS = (
    Ruling(
        id="EX-1",
        reason="Behind the gateway; goes with the upgrade of the framework",
        ticket="SEC-141",
        decided_days_ago=150,
        days_left=-40,
    ),
    Ruling(
        id="EX-2",
        reason="No input from outside reaches it; the parser is replaced this quarter",
        ticket="SEC-188",
        decided_days_ago=80,
        days_left=12,
    ),
    Ruling(
        id="EX-3",
        reason="Needs local access, which nobody has",
        approver=names.VP_ENGINEERING,
        ticket="SEC-203",
        decided_days_ago=45,
        days_left=75,
    ),
    Ruling(
        id="EX-4",
        decision="false_positive",
        reason="Only in the examples, which are not shipped",
        approver=names.SECURITY_CHAMPION,
        ticket="SEC-209",
        decided_days_ago=30,
    ),
)
_OF_A_TOOL = Ruling(
    id="EX-5",
    reason="Runs at build time only, on sources of our own",
    component="pkg:npm/webpack",
    severity_at_most="medium",
    ticket="SEC-177",
    decided_days_ago=120,
    days_left=180,
)
_SAID = (
    ("not_affected", "vulnerable_code_not_present", "The module is left out of our build."),
    ("not_affected", "vulnerable_code_not_in_execute_path", "Nothing calls the parser."),
    ("not_affected", "inline_mitigations_already_exist", "Built with the check turned on."),
    ("under_investigation", "", ""),
)


def rulings_of(story: Story, landscape: Landscape) -> Rulings:
    """The decisions in force today, and one that has expired."""
    code = _long_open(story, landscape.repositories)
    images = _long_open(story, landscape.images)
    register = [
        replace(ruling, vulnerability=cluster.cve)
        for ruling, cluster in zip(_OF_FLAWS, code, strict=False)
    ]
    words = [
        Word(cluster=cluster, status=status, justification=why, detail=detail)
        for cluster, (status, why, detail) in zip(images, _SAID, strict=False)
    ]
    return Rulings(register=[*register, _OF_A_TOOL], words=words)


def _long_open(story: Story, world: World) -> list[Cluster]:
    """Flaws open today and for long, never critical, the gravest first."""
    shown = set(world.instances.cluster[world.instances.open_on(story.end_day)].tolist())
    found = [
        cluster
        for number, cluster in enumerate(world.clusters)
        if number in shown
        and story.days_left(cluster.opened) > _LEAST_DAYS
        and cluster.closed > story.end_day
        and CRITICAL not in {cluster.severity_before, cluster.severity_after}
    ]
    return sorted(found, key=lambda cluster: -cluster.severity)
