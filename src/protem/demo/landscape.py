"""Tidemark's three worlds of vulnerabilities: servers, container images, repositories."""

from dataclasses import dataclass

import numpy as np

from protem.demo.company import Company
from protem.demo.packages import (
    BY_ECOSYSTEM,
    DEBIAN,
    SERVER_PACKAGES,
    Package,
    ecosystem_of,
)
from protem.demo.story import EXPLOITED_FOUND, Story
from protem.demo.vulnerabilities import (
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    NEVER,
    Flaws,
    Habitat,
    Instances,
    World,
    live,
)

WINDOWS = (Package(ecosystem="kb", name="windows-server-2022", version="10.0.20348"),)
_LINUX_TEAMS = ("platform", "payments", "data")


@dataclass(frozen=True, kw_only=True, slots=True)
class Landscape:
    """All vulnerabilities there are at Tidemark."""

    servers: World
    images: World
    repositories: World


def build_landscape(rng: np.random.Generator, story: Story, company: Company) -> Landscape:
    """The three worlds with one namespace of identifiers."""
    flaws = Flaws(rng, story)
    servers = live(rng, story, flaws, habitat=_server_habitat(company))
    return Landscape(
        servers=_with_exploited(story, flaws, _existing(servers, company), company=company),
        images=live(rng, story, flaws, habitat=_image_habitat(company)),
        repositories=live(rng, story, flaws, habitat=_repository_habitat(company)),
    )


def _server_habitat(company: Company) -> Habitat:
    teams = [*_LINUX_TEAMS, "corporate-it"]
    groups = [
        [number for number, server in enumerate(company.servers) if server.team == team]
        for team in teams
    ]
    return Habitat(
        weekly={CRITICAL: 1.8, HIGH: 2.2, MEDIUM: 4.4, LOW: 1.6},
        groups=groups,
        weights=[0.31, 0.28, 0.29, 0.12],
        packages=lambda group: WINDOWS if group == len(_LINUX_TEAMS) else SERVER_PACKAGES,
        reach=(0.7, 1.0),
    )


def _image_habitat(company: Company) -> Habitat:
    count = len(company.images)
    return Habitat(
        weekly={CRITICAL: 0.7, HIGH: 0.9, MEDIUM: 2.2, LOW: 0.9},
        groups=[list(range(count))],
        weights=[1.0],
        packages=lambda _group: DEBIAN,
        reach=(0.45, 0.95),
        unfixed_share=0.15,
        is_split=True,
    )


def _repository_habitat(company: Company) -> Habitat:
    ecosystems = list(BY_ECOSYSTEM)
    groups = [
        [n for n, name in enumerate(company.repositories) if ecosystem_of(name) == ecosystem]
        for ecosystem in ecosystems
    ]
    return Habitat(
        weekly={CRITICAL: 0.5, HIGH: 0.9, MEDIUM: 1.3, LOW: 0.4},
        groups=groups,
        weights=[len(group) / len(company.repositories) for group in groups],
        packages=lambda group: BY_ECOSYSTEM[ecosystems[group]],
        reach=(0.25, 0.6),
    )


def _existing(world: World, company: Company) -> World:
    """Without what would have been found on a server before it was built."""
    created = np.array([server.created for server in company.servers])
    columns = world.instances
    keep = columns.opened >= created[columns.target]
    return World(clusters=world.clusters, instances=_chosen(columns, keep))


def _chosen(columns: Instances, keep: np.ndarray) -> Instances:
    return Instances(
        **{name: getattr(columns, name)[keep] for name in Instances.__dataclass_fields__}
    )


def _with_exploited(story: Story, flaws: Flaws, world: World, *, company: Company) -> World:
    """Adds the flaw known to be exploited that half the data team's servers still have."""
    opened = story.before_today(EXPLOITED_FOUND)
    package = next(p for p in SERVER_PACKAGES if p.name == "redis")
    cluster = flaws.publish(package, CRITICAL, opened)
    cluster.score, cluster.closed, cluster.is_exploited = 9.8, NEVER, True
    data = [n for n, server in enumerate(company.servers) if server.team == "data"][:7]
    added = {
        "cluster": [len(world.clusters)] * len(data),
        "target": data,
        "part": [0] * len(data),
        "opened": [opened] * len(data),
        "closed": [NEVER] * len(data),
        "again_from": [NEVER] * len(data),
        "again_to": [NEVER] * len(data),
        "missed": [-NEVER] * len(data),
    }
    columns = {
        name: np.concatenate([getattr(world.instances, name), np.array(values)])
        for name, values in added.items()
    }
    return World(clusters=[*world.clusters, cluster], instances=Instances(**columns))
