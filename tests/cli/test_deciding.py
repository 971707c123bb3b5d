"""Every command of the page on deciding does what it says."""

import gzip
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import SAMPLES, Run
from tests.ledger import make

from protem import flow
from protem.kit import clock
from protem.risks.models import FindingDecision

PAGE = Path(__file__).parents[2] / "docs" / "deciding.md"
FILES = {
    "exceptions.csv": "protem-exceptions/exceptions.csv",
    "supplier-openvex.json": "openvex/supplier.json",
    "supplier-cyclonedx.json": "cyclonedx-vex/vex.json",
    "link.json": "cyclonedx-vex/link.json",
    "known_exploited_vulnerabilities.json": "cisa-kev/catalogue.json",
}
NUMBER = "12"
INLINE = re.compile(r"`(protem [^`]+ [^`]+)`")


def commands() -> list[str]:
    text = PAGE.read_text()
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    found = [line for block in blocks for line in block.splitlines()]
    told = INLINE.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [*found, *told]


def test_each_command_is_accepted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for week in (0, 7):
        make.weekly(week, "CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003")
    flow.refresh()
    for name, sample in FILES.items():
        (tmp_path / name).write_bytes((SAMPLES / sample).read_bytes())
    scores = (SAMPLES / "epss/epss_scores.csv").read_bytes()
    (tmp_path / "epss_scores-current.csv.gz").write_bytes(gzip.compress(scores))
    monkeypatch.chdir(tmp_path)
    ahead = (clock.now() + timedelta(days=90)).date().isoformat()
    given = commands()
    assert len(given) > 12
    for command in given:
        newest = FindingDecision.objects.filter(run=None, ended_at=None).order_by("pk").last()
        dated = re.sub(r"\b20\d\d-\d\d-\d\d\b", ahead, command)
        words = [
            str(newest.pk) if word == NUMBER and newest else word for word in shlex.split(dated)
        ]
        result = run(*words[1:])
        assert result.exit_code == 0, f"{command}: {result.output}"
    for name in ("openvex.json", "cyclonedx.json", "repositories.json"):
        assert (tmp_path / name).stat().st_size > 0
