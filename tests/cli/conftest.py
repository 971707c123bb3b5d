"""The command on an instance of its own, as someone at a terminal uses it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from protem import flow
from protem.cli.main import app
from protem.people.access import OPERATOR

SAMPLES = Path(__file__).parent.parent / "samples"
Run = Callable[..., Result]


@pytest.fixture
def run(db: None) -> Run:  # noqa: ARG001 - opens the database
    runner = CliRunner()

    def command(*words: str) -> Result:
        result = runner.invoke(app, words)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


@pytest.fixture
def loaded(run: Run) -> Run:
    paths = [SAMPLES / "protem-findings/findings.csv", SAMPLES / "calendar-ics"]
    flow.import_paths(paths, by=OPERATOR)
    return run


def as_json(result: Result) -> Any:
    return json.loads(result.stdout)
