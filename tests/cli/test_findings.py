"""What to fix first, the list of findings and exceptions, from the command line."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run, as_json
from tests.ledger import make

from protem.formats.records import Severity
from protem.kit.errors import ProtemError
from protem.ledger.models import Finding

LATER = ("--until", "2027-06-30", "--approver", "Ada Roe", "--reason", "not reachable")


@pytest.fixture
def scanned(run: Run) -> Run:
    found = [
        make.finding(f"CVE-2026-000{n}", severity=Severity(3 + n % 3), fixed_version="2.32.4")
        for n in range(6)
    ]
    make.bring(make.scan(0), found)
    make.bring(make.scan(7), found)
    return run


def test_before_any_scan_there_is_nothing_to_fix(run: Run) -> None:
    assert "Nothing to fix first" in run("next").stdout
    assert as_json(run("next", "--json")) == {"as_of": None, "actions": []}


def test_findings_are_listed_and_cut(scanned: Run) -> None:
    rows = as_json(scanned("findings", "--json"))
    assert [row["severity"] for row in rows][:2] == ["critical", "critical"]
    assert len(as_json(scanned("findings", "--severity", "high", "--late", "--json"))) == 2
    assert len(as_json(scanned("findings", "--exploited", "--json"))) == 0
    assert "CVE-2026-0002" in scanned("findings", "--limit", "1").stdout
    with pytest.raises(ProtemError, match="no choice"):
        scanned("findings", "--severity", "awful")
    with pytest.raises(ProtemError, match="no choice"):
        scanned("findings", "--state", "lost")


def test_an_exception_is_added_listed_withdrawn(scanned: Run) -> None:
    one = Finding.objects.get(vulnerability="CVE-2026-0002")
    assert "1 decided" in scanned("exceptions", "add", "--finding", str(one.pk), *LATER).stdout
    (made,) = as_json(scanned("exceptions", "list", "--json"))
    assert (made["state"], made["approver"]) == ("in force", "Ada Roe")
    (action,) = as_json(scanned("next", "--json"))["actions"]
    assert action["findings"] == 5
    assert "one fix closes 5 findings" in scanned("next").stdout
    scanned("exceptions", "withdraw", str(made["id"]), "--reason", "there is a fix")
    assert "no row" not in scanned("exceptions", "list").stdout
    assert "withdrawn" in scanned("exceptions", "list", "--all").stdout


def test_a_rule_is_tried_then_added_then_undone(scanned: Run) -> None:
    rule = ("--component", "pkg:pypi/requests", "--severity-at-most", "high", *LATER)
    assert "4 open, 4 in all" in scanned("exceptions", "add", *rule, "--dry-run").stdout
    assert not as_json(scanned("exceptions", "list", "--json"))
    scanned("exceptions", "add", *rule, "--false-positive")
    (made,) = as_json(scanned("exceptions", "list", "--json"))
    assert made["kind"] == "false_positive"
    assert len(as_json(scanned("findings", "--json"))) == 2
    scanned("exceptions", "undo", str(made["id"]))
    assert len(as_json(scanned("findings", "--json"))) == 6


def test_what_is_missing_is_told(scanned: Run) -> None:
    with pytest.raises(ProtemError, match="matches every finding"):
        scanned("exceptions", "add", *LATER)
    with pytest.raises(ProtemError, match="--until is missing"):
        scanned("exceptions", "add", "--asset", "acme/web", "--reason", "x", "--approver", "y")
    with pytest.raises(ProtemError, match="no decision 7"):
        scanned("exceptions", "undo", "7")


def test_decisions_are_written_as_vex(scanned: Run, tmp_path: Path) -> None:
    with pytest.raises(ProtemError, match="no decision"):
        scanned("vex", "export", "--author", "Acme")
    why: tuple[str, ...] = ("--false-positive", "--reason", "not reachable", "--justification")
    with pytest.raises(ProtemError, match="no choice"):
        scanned("exceptions", "add", "--vulnerability", "CVE-2026-0001", *why, "because")
    why = (*why, "vulnerable_code_not_in_execute_path")
    for name in ("CVE-2026-0001", "CVE-2026-0002"):
        rule = ("--vulnerability", name, "--component", "pkg:pypi/requests")
        scanned("exceptions", "add", *rule, *why)
    printed = as_json(scanned("vex", "export", "--author", "Acme"))
    assert (printed["author"], len(printed["statements"])) == ("Acme", 2)
    assert {one["justification"] for one in printed["statements"]} == {why[-1]}
    out = tmp_path / "vex.json"
    written = ("vex", "export", "--format", "cyclonedx", "--author", "Acme", "--out")
    assert "2 statements" in scanned(*written, str(out)).stderr
    assert len(json.loads(out.read_text())["vulnerabilities"]) == 2
    with pytest.raises(ProtemError, match="--author"):
        scanned("vex", "export")
    with pytest.raises(ProtemError, match="no VEX format"):
        scanned("vex", "export", "--format", "csaf")
    with pytest.raises(ProtemError, match="give another"):
        scanned(*written, str(tmp_path))


def test_what_vex_cannot_say_is_counted(scanned: Run) -> None:
    found = [make.finding("CVE-2026-0100", location=place) for place in ("a", "b")]
    make.bring(make.scan(14), found, make.findings("CVE-2026-0101"))
    named = Finding.objects.filter(vulnerability__gte="CVE-2026-0100").exclude(location="b")
    ids = [word for one in named for word in ("--finding", str(one.pk))]
    scanned("exceptions", "add", *ids, "--false-positive", "--reason", "not reachable")
    told = scanned("vex", "export", "--author", "Acme")
    assert len(as_json(told)["statements"]) == 1
    assert "1 false positive left out" in told.stderr
