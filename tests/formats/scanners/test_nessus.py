"""What Nessus scans mean: their traps one by one."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.formats.inventories.exports import (
    SAMPLES,
    counts,
    expected,
    read,
    read_path,
    skipped,
)

from protem.formats.format import FormatError
from protem.formats.records import Finding, Record, Scan, Severity, Skipped

pytestmark = pytest.mark.pure
ENDED = '<tag name="HOST_END_TIMESTAMP">1772524800</tag>'


def item(plugin: str = "1001", severity: int = 3, inside: str = "", port: int = 443) -> str:
    return (
        f'<ReportItem port="{port}" protocol="tcp" severity="{severity}" '
        f'pluginID="{plugin}" pluginName="A flaw">{inside}</ReportItem>'
    )


def host(*items: str, tags: str = ENDED, name: str = "web-01.acme.example") -> str:
    properties = f"<HostProperties>{tags}</HostProperties>"
    return f'<ReportHost name="{name}">{properties}{"".join(items)}</ReportHost>'


def report(folder: Path, *hosts: str, head: str = "") -> list[Record]:
    content = (
        f'<?xml version="1.0"?>{head}<NessusClientData_v2><Policy><policyName>Weekly'
        f'</policyName></Policy><Report name="r">{"".join(hosts)}</Report>'
        "</NessusClientData_v2>"
    )
    return read("nessus", content, folder)


def scan_of(records: list[Record]) -> Scan:
    (scan,) = [record for record in records if isinstance(record, Scan)]
    return scan


def findings(records: list[Record]) -> list[Finding]:
    return [record for record in records if isinstance(record, Finding)]


def test_each_host_is_a_scan_of_its_own(tmp_path: Path) -> None:
    tags = (
        ENDED + '<tag name="mac-address">00:16:3E:11:22:33\n00:16:3E:11:22:34</tag>'
        '<tag name="operating-system">Linux Kernel 6.1 on Debian 12</tag>'
        '<tag name="aws-instance-instanceId">i-0abc</tag><tag name="host-ip">10.0.0.4</tag>'
    )
    records = report(tmp_path, host(item(), tags=tags), host(item(), name="10.0.0.9"))
    first, second = (record for record in records if isinstance(record, Scan))
    assert first.target == "host:web-01"
    assert first.hostname == "web-01"
    assert first.macs == ("00:16:3e:11:22:33", "00:16:3e:11:22:34")
    assert first.os_family == "linux"
    assert first.cloud_id == "i-0abc"
    assert first.as_of == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert second.target == "host:10.0.0.9"
    assert second.hostname is None
    assert [finding.target for finding in findings(records)] == [first.target, second.target]


def test_a_host_that_did_not_finish_proves_nothing(tmp_path: Path) -> None:
    tags = '<tag name="HOST_START_TIMESTAMP">1772521200</tag>'
    scan = scan_of(report(tmp_path, host(item(), tags=tags)))
    assert not scan.is_complete
    assert "did not finish" in scan.problem


@pytest.mark.parametrize(("said", "wanted"), [("yes, as 'scan' via ssh", "yes"), ("no", "no")])
def test_credentials_are_part_of_the_settings(tmp_path: Path, said: str, wanted: str) -> None:
    output = f"\n Scan policy used : Monthly\nCredentialed checks : {said}\n"
    told = item("19506", 0, f"<plugin_output>{output}</plugin_output>")
    scan = scan_of(report(tmp_path, host(told)))
    assert scan.settings == f"credentialed={wanted},policy=Monthly"


def test_the_host_tag_stands_in_for_the_plugin(tmp_path: Path) -> None:
    tags = ENDED + '<tag name="Credentialed_Scan">true</tag>'
    scan = scan_of(report(tmp_path, host(tags=tags)))
    assert scan.settings == "credentialed=yes,policy=Weekly"


def test_informational_items_are_counted_and_left_out(tmp_path: Path) -> None:
    records = report(tmp_path, host(item("1", 0), item("2", 0), item("3", 1)))
    assert [finding.vulnerability for finding in findings(records)] == ["NESSUS-3"]
    assert [s for s in records if isinstance(s, Skipped)] == [
        Skipped(reason="informational", count=2)
    ]


def test_a_plugin_of_many_flaws_is_no_single_cve(tmp_path: Path) -> None:
    one = item("1", 3, "<cve>CVE-2026-1000</cve>")
    many = item("2", 3, "<cve>CVE-2026-1000</cve><cve>CVE-2026-1001</cve>")
    first, second = findings(report(tmp_path, host(one, many)))
    assert (first.vulnerability, first.aliases) == ("CVE-2026-1000", ())
    assert (second.vulnerability, second.aliases) == ("NESSUS-2", ())
    assert (first.component, second.component) == ("1 443/tcp", "2 443/tcp")


def test_a_score_of_nine_is_critical_whatever_the_label(tmp_path: Path) -> None:
    inside = (
        "<risk_factor>High</risk_factor><cvss3_base_score>9.8</cvss3_base_score>"
        "<patch_publication_date>2026/02/10</patch_publication_date>"
        "<xref>CISA-KNOWN-EXPLOITED:2026/03/01</xref>"
    )
    high, plain = findings(report(tmp_path, host(item("1", 3, inside), item("2", 3))))
    assert (high.severity, high.severity_label, high.score) == (Severity.CRITICAL, "High", 9.8)
    assert high.fix_available_on == date(2026, 2, 10)
    assert high.is_exploited
    assert (plain.severity, plain.is_exploited) == (Severity.HIGH, None)


def test_impossible_dates_are_counted(tmp_path: Path) -> None:
    inside = "<patch_publication_date>1970/01/01</patch_publication_date>"
    records = report(tmp_path, host(item("1", 3, inside)))
    assert findings(records)[0].fix_available_on is None
    assert any("impossible date" in s.reason for s in records if isinstance(s, Skipped))


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    inside = "<solution>&b;</solution>"
    with pytest.raises(FormatError, match="DTD"):
        report(tmp_path, host(item("1", 3, inside)), head=bomb)


def test_two_plugins_on_one_flaw_stay_two_findings(tmp_path: Path) -> None:
    inside = "<cve>CVE-2026-1000</cve>"
    found = findings(report(tmp_path, host(item("1", 3, inside), item("2", 3, inside))))
    assert [each.vulnerability for each in found] == ["CVE-2026-1000", "CVE-2026-1000"]
    assert len({each.component for each in found}) == 2


def test_of_one_plugin_on_one_port_the_gravest_stays(tmp_path: Path) -> None:
    records = report(
        tmp_path, host(item("1", 2), item("1", 4), item("1", 1), item("1", port=8))
    )
    assert [each.severity for each in findings(records)] == [Severity.CRITICAL, Severity.HIGH]
    (skipped,) = [each for each in records if isinstance(each, Skipped)]
    assert skipped == Skipped(reason="the same plugin on the same port", count=2)


@pytest.mark.parametrize(
    "mark", ["<cisa-known-exploited>2026/03/01</cisa-known-exploited>", ""]
)
def test_known_exploited_by_either_element(mark: str, tmp_path: Path) -> None:
    (found,) = findings(report(tmp_path, host(item("1", 3, mark))))
    assert found.is_exploited is (True if mark else None)


@pytest.mark.parametrize(
    ("solution", "wanted"),
    [
        ("Upgrade to 3.0.13", True),
        ("n/a", False),
        ("", False),
        ("There is no known solution at this time.", False),
    ],
)
def test_a_solution_makes_it_fixable(solution: str, wanted: bool, tmp_path: Path) -> None:
    inside = f"<solution>{solution}</solution>"
    (found,) = findings(report(tmp_path, host(item("1", 3, inside))))
    assert found.is_fixable is wanted


def test_hosts_of_one_name_prove_nothing(tmp_path: Path) -> None:
    other = ENDED + '<tag name="Credentialed_Scan">true</tag>'
    records = report(
        tmp_path, host(item("1")), host(item("2"), tags=other, name="web-01.test.example")
    )
    first, second = (record for record in records if isinstance(record, Scan))
    assert (first.target, first.settings) == (second.target, second.settings)
    assert not second.is_complete
    assert "more than one host" in second.problem


@pytest.mark.parametrize(
    ("tags", "name", "target"),
    [
        ('<tag name="host-fqdn">Db-1.acme.example</tag>', "10.0.0.9", "host:db-1"),
        ('<tag name="netbios-name">ACME\\DB-1</tag>', "10.0.0.9", "host:db-1"),
        ('<tag name="host-fqdn">localhost</tag>', "10.0.0.9", "host:10.0.0.9"),
        ('<tag name="host-rdns">ec2-1.cloud.example</tag>', "db-1.acme.example", "host:db-1"),
        ("", "http://shop.acme.example:8080/cart", "host:shop.acme.example:8080"),
        ("", "", "host:"),
    ],
)
def test_the_name_of_a_host(tags: str, name: str, target: str, tmp_path: Path) -> None:
    records = report(tmp_path, host(item(), tags=ENDED + tags, name=name))
    assert scan_of(records).target == target
    assert findings(records)[0].target == target


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("Mon Mar  2 07:00:00 2026", datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ("2026-03-02T07:00:00.5+00:00", datetime(2026, 3, 2, 7, 0, 0, 500_000, tzinfo=UTC)),
        ("Mon Feb 31 07:00:00 2026", None),
        ("Mon Xxx  2 07:00:00 2026", None),
        ("Thu Jan  1 00:00:00 1970", None),
    ],
)
def test_the_end_as_text(tag: str, wanted: datetime | None, tmp_path: Path) -> None:
    scan = scan_of(report(tmp_path, host(tags=f'<tag name="HOST_END">{tag}</tag>')))
    assert scan.as_of == wanted
    assert scan.is_complete


def test_a_router_is_no_telephone(tmp_path: Path) -> None:
    tags = ENDED + '<tag name="operating-system">Cisco IOS XE 17.3</tag>'
    assert scan_of(report(tmp_path, host(tags=tags))).os_family is None


def test_items_without_plugin_or_severity_are_counted(tmp_path: Path) -> None:
    records = report(tmp_path, host(item("", 3), item("1", 9), item("x y", 3)))
    assert findings(records) == []
    assert [each for each in records if isinstance(each, Skipped)] == [
        Skipped(reason="item without plugin or severity", count=3)
    ]


def test_odd_ports_become_the_host_as_a_whole(tmp_path: Path) -> None:
    odd = '<ReportItem port="x" protocol="?" severity="1" pluginID="7" pluginName=""/>'
    (found,) = findings(report(tmp_path, host(odd)))
    assert found.component == "7 0/tcp"


def test_a_report_without_hosts_says_so(tmp_path: Path) -> None:
    assert report(tmp_path) == [Skipped(reason="report without hosts")]


def test_the_sample_is_read_as_expected() -> None:
    path = SAMPLES / "nessus" / "scan.nessus"
    records, wanted = read_path("nessus", path), expected("nessus", path)
    scans = [record for record in records if isinstance(record, Scan)]
    assert [scan.target for scan in scans] == wanted["scopes"]
    assert [scan.as_of for scan in scans] == wanted["as_of"]
    assert [scan.is_complete for scan in scans] == wanted["is_complete"]
    assert counts(records) == wanted["records"]
    assert skipped(records) == wanted["skipped"]
    severities = [each.severity.name.lower() for each in findings(records)]
    assert severities == wanted["severities"]


def test_a_file_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="XML"):
        read("nessus", "<NessusClientData_v2><Report><ReportHost name='a'>", tmp_path)


def test_another_xml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="root"):
        read("nessus", "<html></html>", tmp_path)
