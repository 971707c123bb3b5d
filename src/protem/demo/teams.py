"""Who answers for what at Tidemark: rules on tags, kinds and repositories, as a CSV."""

from dataclasses import dataclass

from protem.demo.export import csv_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """A team with the tag on its servers and the repositories and images it looks after."""

    group: str
    owner: str
    criticality: str
    tag: str = ""
    code: tuple[str, ...] = ()


TEAMS = (
    Team(
        group="Payments",
        owner="team-payments",
        criticality="critical",
        tag="Team=payments",
        code=("billing", "payments-api", "ledger-service", "pricing", "fraud-rules"),
    ),
    Team(
        group="Platform",
        owner="team-platform",
        criticality="high",
        tag="Team=platform",
        code=(
            "infra-live",
            "terraform-modules",
            "helm-charts",
            "ci-actions",
            "feature-flags",
            "scheduler",
            "rate-limiter",
            "api-gateway",
            "auth-service",
            "identity-sync",
            "audit-log",
        ),
    ),
    Team(
        group="Data",
        owner="team-data",
        criticality="high",
        tag="Team=data",
        code=(
            "data-pipeline",
            "etl-jobs",
            "search-indexer",
            "reporting",
            "analytics-dash",
            "ml-scoring",
        ),
    ),
    Team(
        group="Integrations",
        owner="team-integrations",
        criticality="normal",
        code=(
            "sdk-*",
            "webhooks",
            "partner-portal",
            "export-service",
            "import-service",
            "file-store",
        ),
    ),
    Team(
        group="Web presence",
        owner="team-marketing",
        criticality="low",
        code=("docs-site", "marketing-site", "status-page", "design-system"),
    ),
    Team(
        group="Corporate IT",
        owner="team-corporate-it",
        criticality="normal",
        tag="Team=corporate-it",
    ),
)
EXPOSED = ("web-app", "api-gateway", "partner-portal", "webhooks", "marketing-site")
_COLUMNS = "tag,kind,repository,group,owner,criticality,internet_exposed,note"


def team_rules() -> str:
    """The rules as a person would import them; a laptop's owner stays whoever uses it."""
    rows: list[tuple[str, ...]] = []
    for team in TEAMS:
        sets = (team.group, team.owner, team.criticality, "")
        if team.tag:
            rows.append((team.tag, "", "", *sets, ""))
        if team.code:
            rows.append(("", "", _paths(team.code), *sets, ""))
    rows += [
        ("", "laptop; mobile", "", "Corporate IT", "", "normal", "", "Owned by who uses them"),
        (
            *("", "repository; image", "", "Product", "team-product", "normal", ""),
            "Code that no other team names",
        ),
        ("", "", _paths(EXPOSED), "", "", "", "yes", "Reachable from the internet"),
    ]
    return csv_bytes(_COLUMNS, rows).decode()


def _paths(names: tuple[str, ...]) -> str:
    """Patterns for repositories, which stand alone, and images, which stand in a registry."""
    return "; ".join(pattern for name in names for pattern in (name, f"*/{name}"))
