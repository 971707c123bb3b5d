"""What to fix first: the rule's order, one fix for many findings, and the reason in words."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.measure import make

from protem.ledger.catalogues import EXPLOITED, SCORES
from protem.measure.worklist.actions import FixAction, fix_actions, in_words

pytestmark = pytest.mark.pure


def finding(number: int, days: float = 5, **given: Any) -> dict[str, Any]:
    fields = {
        "component": f"pkg:npm/part-{number}",
        "fixed_version": "2.0",
        "asset_id": number,
        "is_exploited": None,
        **given,
    }
    if fields.get("severity", 5) < 5:
        fields["critical_at"] = None
    return make.episode(number, days, **fields)


def actions(
    *rows: dict[str, Any], assets: Any = (), scores: Any = (), listed: Any = ()
) -> list[FixAction]:
    return fix_actions(
        make.facts(episodes=rows, assets=assets),
        exploited=pl.DataFrame(list(listed), schema=EXPLOITED, orient="row"),
        scores=pl.DataFrame(list(scores), schema=SCORES, orient="row"),
        as_of=make.AS_OF,
    )


def order(found: list[FixAction]) -> list[str]:
    return [one.vulnerabilities[0][-1] for one in found]


def test_the_order_of_the_rule():
    rows = [
        finding(1, 3, severity=3),
        finding(2, 3, severity=4),
        finding(3, 40, severity=4),
        finding(4, 3, severity=3, is_exploited=True),
        finding(5, 3),
    ]
    assert order(actions(*rows)) == ["4", "5", "3", "2", "1"]


def test_where_it_is_and_how_likely_decide_next():
    assets = [
        make.asset(1),
        make.asset(2, criticality="critical"),
        make.asset(3, is_internet_exposed=True),
        make.asset(4),
    ]
    scores = [("CVE-2026-4", 0.5, 0.97), ("CVE-2026-1", 0.1, 0.31)]
    found = actions(*(finding(n) for n in (1, 2, 3, 4)), assets=assets, scores=scores)
    assert order(found) == ["3", "2", "4", "1"]
    assert "exposed to the internet" in found[0].reasons
    assert "on an asset critical to the company" in found[1].reasons
    assert found[2].reasons == [
        "critical",
        "likelier to be exploited than 97\N{NO-BREAK SPACE}% of all",
    ]


def test_one_fix_closes_all_it_closes_and_more_comes_first():
    same = {"component": "pkg:deb/debian/openssl", "fixed_version": "3.0.14"}
    rows = [finding(n, 3, **same) for n in range(2, 7)]
    rows[0]["vulnerability"] = rows[1]["vulnerability"]
    first, second = actions(finding(1), *rows)
    assert (first.findings, first.assets, len(first.vulnerabilities)) == (5, 5, 4)
    assert first.title == "Update openssl to 3.0.14 on 5 assets"
    assert in_words(first) == (
        "Critical and one fix closes 5 findings of 4 vulnerabilities on 5 assets."
    )
    assert second.title == "Update part-1 to 2.0 on web-1"


def test_without_a_version_the_vulnerability_is_what_one_remediates():
    rows = [
        finding(1, component="pkg:pypi/flask", fixed_version="", asset_id=None),
        finding(2, component="12053 443/tcp", fixed_version=""),
        finding(3, component="openssl", fixed_version=""),
        finding(4, component="", fixed_version=""),
    ]
    assert sorted(one.title for one in actions(*rows)) == [
        "Remediate CVE-2026-1 in flask on web-1",
        "Remediate CVE-2026-2 on web-2",
        "Remediate CVE-2026-3 in openssl on web-3",
        "Remediate CVE-2026-4 on web-4",
    ]


def test_a_critical_one_exposed_to_the_internet_is_late_after_fourteen_days():
    assets = [make.asset(1, is_internet_exposed=True), make.asset(2)]
    exposed, other = actions(finding(1, 20), finding(2, 20), assets=assets)
    assert (exposed.late_days, other.late_days) == (6, 0)
    (high,) = actions(finding(1, 20, severity=4), assets=assets)
    assert high.late_days == 0


def test_the_reason_says_how_late_and_who_exploits_it():
    listed = [("CVE-2026-1", date(2026, 11, 1), None, "", True)]
    row = finding(1, 100, severity=3, is_exploited=True, exploited_at=make.ago(20))
    (found,) = actions(row, listed=listed)
    assert found.late_days == 10
    assert found.reasons[:2] == [
        "known to be exploited, in ransomware campaigns too",
        "10 days past its deadline",
    ]


def test_what_is_over_accepted_or_trifling_is_not_listed():
    rows = [
        finding(1, 50, closed_at=make.ago(20)),
        finding(2, known_at=make.ago(-1)),
        finding(3, superseded_at=make.ago(1)),
        finding(4, severity=1),
        finding(5, -3),
    ]
    assert not actions(*rows)
