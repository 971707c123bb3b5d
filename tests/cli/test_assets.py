"""Assets, rules and teams side by side from the command line."""

from pathlib import Path

import pytest
from tests.cli.conftest import SAMPLES, Run, as_json

from protem import flow
from protem.kit.errors import ProtemError
from protem.ledger.cuts import CutError
from protem.people.access import OPERATOR


@pytest.fixture
def fleet(run: Run, tmp_path: Path) -> Run:
    files = ["protem-assets/assets.csv", "protem-agents/agents.csv"]
    servers = tmp_path / "servers.csv"
    rows = [f"db-{at},server,SN-{at},2026-03-0{at + 1}T06:00:00Z" for at in range(6)]
    servers.write_text("\n".join(["name,kind,serial,seen_at", *rows]))
    flow.import_paths([*(SAMPLES / name for name in files), servers], by=OPERATOR)
    return run


def test_assets_are_listed_by_filters(fleet: Run) -> None:
    everything = as_json(fleet("assets", "--json", "--retired"))
    laptops = as_json(fleet("assets", "--kind", "laptop", "--retired", "--json"))
    assert {one["kind"] for one in laptops} == {"laptop"}
    assert 0 < len(laptops) < len(everything)
    assert laptops[0]["name"] in fleet("assets", "--retired").stdout


def test_a_rule_is_tried_added_listed_and_removed(fleet: Run) -> None:
    rule = ["--kind", "laptop", "--group", "Corporate IT", "--criticality", "low"]
    assert "matches" in fleet("rules", "add", *rule, "--dry-run").stdout
    assert as_json(fleet("rules", "list", "--json")) == []
    fleet("rules", "add", *rule)
    (found,) = as_json(fleet("rules", "list", "--json"))
    assert (found["kind"], found["group"]) == ("laptop", "Corporate IT")
    assert found["matches"] == found["decides"] > 0
    assert "group Corporate IT" in fleet("rules", "list").stdout
    assert as_json(fleet("assets", "--group", "Corporate IT", "--retired", "--json"))
    fleet("rules", "remove", "1")
    assert as_json(fleet("rules", "list", "--json")) == []
    fleet("rules", "undo")
    assert len(as_json(fleet("rules", "list", "--json"))) == 1


def test_rules_go_out_and_come_in_as_csv(fleet: Run, tmp_path: Path) -> None:
    fleet("rules", "add", "--name", "*", "--owner", "@acme/all")
    path = tmp_path / "rules.csv"
    path.write_text(fleet("rules", "list", "--csv").stdout)
    fleet("rules", "import", str(path), "--replace")
    (found,) = as_json(fleet("rules", "list", "--json"))
    assert found["owner"] == "@acme/all"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ProtemError, match="as text"):
        fleet("rules", "import", str(path))


def test_teams_are_compared_and_looked_at(fleet: Run) -> None:
    fleet("rules", "add", "--name", "*", "--group", "Everyone")
    told = fleet("compare", "--json")
    (row,) = as_json(told)
    assert row["cut"] == "group:Everyone"
    metrics = {one["name"]: one for one in row["metrics"]}
    assert set(metrics) == {"patch-cadence", "mttr-critical", "edr-coverage"}
    is_behind = any(one["meets_target"] is False for one in metrics.values())
    assert told.exit_code == int(is_behind)
    assert "Everyone" in fleet("compare").stdout
    status = as_json(fleet("status", "--cut", "group:Everyone", "--json"))
    assert len(status["metrics"]) == 3
    assert status["signals"] == []
    one = as_json(fleet("metric", "edr-coverage", "--cut", "group: Everyone", "--json"))
    assert one["cut"] == "group:Everyone"
    assert one["reading"]["value"] == metrics["edr-coverage"]["value"]


def test_what_is_no_cut_is_refused(fleet: Run) -> None:
    with pytest.raises(CutError):
        fleet("status", "--cut", "Payments")
    with pytest.raises(ProtemError, match="apart"):
        fleet("compare", "--by", "colour")
    assert "Nothing is measured of group:Gone" in fleet("status", "--cut", "group:Gone").stdout


def test_without_assets_there_is_nothing_to_compare(run: Run) -> None:
    told = run("compare", "--by", "owner")
    assert told.exit_code == 0
    assert "Nothing to compare" in told.stdout
