"""A signed-in owner, and an instance with a handful of small exports in it."""

from pathlib import Path

import pytest
from django.test import Client

from protem import flow
from protem.kit import clock
from protem.people.access import OPERATOR
from protem.people.models import Person
from protem.people.services import ensure_owner

SAMPLES = Path(__file__).parent.parent / "samples"
FIRST_FILES = [
    "protem-assets/assets.csv",
    "protem-agents/agents.csv",
    "protem-findings/findings.csv",
    "protem-certifications/certifications.csv",
    "protem-deals/deals.csv",
]


@pytest.fixture
def owner(db: None) -> Person:  # noqa: ARG001 - opens the database
    return ensure_owner(email="cto@brightloom.example", name="Ada Roe", at=clock.now())


@pytest.fixture
def site(client: Client, owner: Person) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def loaded(site: Client) -> Client:
    runs = flow.import_paths([SAMPLES / name for name in FIRST_FILES], by=OPERATOR)
    assert {run.state for run in runs} == {"done"}
    return site
