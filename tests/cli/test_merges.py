"""Which records are one machine, looked at and settled from the command line."""

from pathlib import Path

import pytest
from tests.cli.conftest import Run, as_json

from protem import flow
from protem.kit.errors import ProtemError
from protem.ledger.merges.services import MergeRefused
from protem.people.access import OPERATOR

WHY = ("--reason", "looked at both")
ADA, GRACE = "protem-assets/5CG1231ADA", "protem-agents/5CG1231ADA"


@pytest.fixture
def fleet(run: Run, tmp_path: Path) -> Run:
    """Ada's laptop in two lists; two agents with one name and different serials beside it."""
    written = {
        "assets.csv": "name,kind,serial,os,seen_at\n"
        "LT-ADA,laptop,5CG1231ADA,macOS,2026-03-01T06:00:00Z\n"
        "LT-BOB,laptop,5CG1232BOB,macOS,2026-03-01T06:00:00Z\n",
        "agents.csv": "hostname,serial,agent_id,os,seen_at\n"
        "lt-ada,5CG1231ADA,,macOS,2026-03-01T06:00:00Z\n"
        "lt-bob,5CG1239BOB,,macOS,2026-03-01T06:00:00Z\n",
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text)
    flow.import_paths([tmp_path / name for name in written], by=OPERATOR)
    return run


def test_machines_are_listed_with_the_reason_and_doubts_beside_them(fleet: Run) -> None:
    (machine,) = as_json(fleet("merges", "--json"))
    assert machine["records"] == [GRACE, ADA]
    assert [(one["rule"], one["evidence"]) for one in machine["because"]] == [
        ("serial", "5CG1231ADA")
    ]
    shown = fleet("merges").stdout
    assert "serial 5CG1231ADA" in shown
    assert ADA in shown
    (doubt,) = as_json(fleet("merges", "--doubts", "--json"))
    assert {doubt["left"], doubt["right"]} == {
        "protem-assets/5CG1232BOB",
        "protem-agents/5CG1239BOB",
    }
    assert (doubt["rule"], doubt["evidence"]) == ("hostname", "lt-bob")
    assert doubt["not_joined_because"]
    assert "lt-bob" in fleet("merges", "--doubts").stdout


def test_records_are_joined_split_and_that_undone(fleet: Run) -> None:
    joined = fleet(
        "merges", "join", "protem-assets/5CG1232BOB", "protem-agents/5CG1239BOB", *WHY
    )
    assert "are one machine now" in joined.stdout
    assert len(as_json(fleet("merges", "--json"))) == 2
    assert as_json(fleet("merges", "--doubts", "--json")) == []
    fleet("merges", "split", GRACE, *WHY)
    assert len(as_json(fleet("merges", "--json"))) == 1
    assert "looked at both" in fleet("merges", "--pins").stdout
    newest, oldest = as_json(fleet("merges", "--pins", "--json"))
    assert (newest["kind"], oldest["kind"]) == ("split", "joined")
    assert "The rules decide again" in fleet("merges", "undo", str(newest["id"])).stdout
    assert len(as_json(fleet("merges", "--json"))) == 2
    with pytest.raises(MergeRefused, match="nothing to undo"):
        fleet("merges", "undo", str(newest["id"]))


def test_coverage_follows_at_once(fleet: Run) -> None:
    before = as_json(fleet("metric", "edr-coverage", "--json"))
    fleet("merges", "join", "protem-assets/5CG1232BOB", "protem-agents/5CG1239BOB", *WHY)
    after = as_json(fleet("metric", "edr-coverage", "--json"))
    assert before != after


def test_a_record_that_is_not_there_is_said_to_be(fleet: Run) -> None:
    with pytest.raises(ProtemError, match="no record “nobody/7”"):
        fleet("merges", "split", "nobody/7", *WHY)
    with pytest.raises(MergeRefused, match="reason"):
        fleet("merges", "split", GRACE, "--reason", " ")
