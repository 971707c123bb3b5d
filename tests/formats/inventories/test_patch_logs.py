"""dpkg.log, apt's history.log and Get-HotFix: what counts as patched, and where."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.formats.inventories.exports import read, skipped

from protem.formats.format import FormatError
from protem.formats.records import Patch, Record, Scan

DPKG = (
    "2026-03-01 06:00:00 upgrade a:amd64 1 2\n2026-03-01 06:00:01 status installed a:amd64 2\n"
)
APT = (
    "Start-Date: 2026-03-01  06:00:00\nCommandline: apt upgrade\n"
    "Upgrade: a:amd64 (1, 2), b (1:1, 1:2)\nEnd-Date: 2026-03-01  06:00:05\n"
)


def patches(records: list[Record]) -> list[tuple[str, str, str]]:
    return [(p.hostname, p.patch, p.version) for p in records if isinstance(p, Patch)]


@pytest.mark.parametrize(
    "called",
    [
        "web-01/dpkg.log",
        "exports.zip!web-01/dpkg.log.1",
        "logs.zip!web-01/var/log/dpkg.log",
        "web-01.zip!var/log/dpkg.log",
        "web-01.dpkg.log",
        "web-01.dpkg.log.2.gz",
        "WEB-01.corp.example/dpkg.log",
        "dpkg.log.web-01",
        "dpkg-web-01.log",
        "web-01-dpkg.log.1",
        "web-01_dpkg.log-20260301",
    ],
)
def test_host_is_told_by_name_or_folder(called: str, tmp_path: Path) -> None:
    assert patches(read("dpkg-log", DPKG, tmp_path, called=called)) == [("web-01", "a", "2")]


@pytest.mark.parametrize(
    "called",
    [
        "dpkg.log",
        "dpkg.log.1",
        "/var/log/dpkg.log",
        "/home/ada/dpkg.log",
        "exports/dpkg.log",
        "x.log",
    ],
)
def test_log_without_a_host_is_refused(called: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"<host>\.dpkg\.log"):
        read("dpkg-log", DPKG, tmp_path, called=called)


@pytest.mark.parametrize(
    "called",
    [
        "web-01.history.log",
        "web-01/history.log.1",
        "web-01/var/log/apt/history.log",
        "history.log.web-01",
        "web-01-apt-history.log",
        "web-01.apt.log",
    ],
)
def test_apt_host(called: str, tmp_path: Path) -> None:
    assert patches(read("apt-history", APT, tmp_path, called=called)) == [
        ("web-01", "a", "2"),
        ("web-01", "b", "1:2"),
    ]


def test_apt_without_host_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"<host>\.history\.log"):
        read("apt-history", APT, tmp_path, called="history.log")


def test_dpkg_counts_an_upgrade_once_a_day_and_when_installed(tmp_path: Path) -> None:
    again = (
        DPKG.replace(" 06:", " 09:")
        .replace(" 1 2\n", " 2 3\n")
        .replace("amd64 2\n", "amd64 3\n")
    )
    next_day = (
        DPKG.replace("03-01", "03-02")
        .replace(" 1 2\n", " 3 4\n")
        .replace("amd64 2\n", "amd64 4\n")
    )
    other = (
        "2026-03-02 07:00:00 status installed c:all 9\n2026-03-02 07:00:00 upgrade d:all 1\n"
    )
    records = read("dpkg-log", DPKG + again + next_day + other, tmp_path, called="h.dpkg.log")
    assert patches(records) == [("h", "a", "2"), ("h", "a", "4")]
    assert skipped(records) == {}


def test_dpkg_leaves_out_what_is_unfinished_or_impossible(tmp_path: Path) -> None:
    content = (
        "cut line\n" + DPKG.splitlines()[0] + "\n" + DPKG.splitlines()[0] + "\n\nnonsense\n"
        "1969-03-01 06:00:00 upgrade z:all 1 2\n2026-13-01 06:00:00 upgrade z:all 1 2\n"
    )
    records = read("dpkg-log", content, tmp_path, called="h.dpkg.log")
    assert patches(records) == []
    assert skipped(records) == {
        "line that is not dpkg's": 1,
        "impossible date in a line": 2,
        "upgrade that was not finished (half-configured or cut off)": 2,
    }


def test_log_with_an_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="too long"):
        read("dpkg-log", "x" * 3_000_000, tmp_path, called="h.dpkg.log")


def test_apt_stanzas(tmp_path: Path) -> None:
    content = (
        "Upgrade: cut:amd64 (1, 2)\nEnd-Date: 2026-02-01  06:00:05\n\n"
        + APT
        + APT.replace("apt upgrade", "/usr/bin/unattended-upgrade -v").replace("03-01", "03-02")
        + APT.replace("Commandline: apt upgrade\n", "").replace("03-01", "03-03")
        + "\nnonsense\nStart-Date: 1969-01-01  00:00:00\n"
        + "Upgrade: a (1, 2)\nEnd-Date: 1969-01-01\n"
        + "\nStart-Date: 2026-03-04  06:00:00\nInstall: c:amd64 (1)\nRemove: d:amd64 (1)\n"
        + "\nStart-Date: 2026-03-05  06:00:00\nUpgrade: e:amd64 (1, 2), odd, (x)\n"
    )
    records = read("apt-history", content, tmp_path, called="h.history.log")
    found = [r for r in records if isinstance(r, Patch)]
    assert [p.is_automatic for p in found] == [False, False, True, True, None, None]
    assert skipped(records) == {
        "run without its beginning": 1,
        "line that is not apt's": 1,
        "impossible date of a run": 1,
        "run that was not finished": 1,
    }
    [scan] = [r for r in records if isinstance(r, Scan)]
    assert scan.as_of == datetime(2026, 3, 5, 6, tzinfo=UTC)


def test_apt_counts_a_package_once_a_day(tmp_path: Path) -> None:
    again = APT.replace("06:00", "09:00").replace(", b (1:1, 1:2)", ", c (1, 2)")
    records = read("apt-history", APT + again, tmp_path, called="h.history.log")
    assert [name for _, name, _ in patches(records)] == ["a", "b", "c"]


def test_apt_line_made_to_be_slow_is_read_at_once(tmp_path: Path) -> None:
    content = APT.replace("b (1:1, 1:2)", "(" * 300_000 + "a" * 300_000)
    assert patches(read("apt-history", content, tmp_path, called="h.history.log")) == [
        ("h", "a", "2")
    ]


HEADER = "CSName,HotFixID,Description,InstalledBy,InstalledOn\n"


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (["3/4/2026", "2/25/2026"], datetime(2026, 3, 4, tzinfo=UTC)),
        (["3/4/2026 12:00:00 AM", "25/2/2026"], datetime(2026, 4, 3, tzinfo=UTC)),
        (["3/4/2026"], datetime(2026, 3, 4, tzinfo=UTC)),
        (["03.04.2026 00:00:00"], datetime(2026, 4, 3, tzinfo=UTC)),
        (["2026-03-04"], datetime(2026, 3, 4, tzinfo=UTC)),
    ],
)
def test_hotfix_order_of_dates(dates: list[str], first: datetime, tmp_path: Path) -> None:
    content = HEADER + "".join(f"WS-01,KB500000{n},Update,,{d}\n" for n, d in enumerate(dates))
    found = [r for r in read("windows-hotfix", content, tmp_path) if isinstance(r, Patch)]
    assert found[0].installed_at == first
    assert found[0].released_on is None


def test_hotfix_of_two_locales_is_refused(tmp_path: Path) -> None:
    content = HEADER + "A,KB5000001,Update,,25/12/2025\nB,KB5000001,Update,,12/25/2025\n"
    with pytest.raises(FormatError, match="Get-HotFix"):
        read("windows-hotfix", content, tmp_path)


def test_hotfix_rows_that_say_nothing_are_counted(tmp_path: Path) -> None:
    content = (
        HEADER
        + ",KB5000001,Update,,1/2/2026\n"
        + "A,KB5000001,Update,,soon\nA,KB5000001,Update,,1/1/1601\n"
    )
    assert skipped(read("windows-hotfix", content, tmp_path)) == {
        "row without a host name": 1,
        "date that cannot be read in InstalledOn": 1,
        "impossible date in InstalledOn": 1,
    }


def test_hotfix_from_windows_powershell(tmp_path: Path) -> None:
    content = '"PSComputerName","HotFixID","InstalledOn"\r\n"WS-09","kb5000001","1/2/2026"\r\n'
    assert patches(read("windows-hotfix", content.encode("utf-16"), tmp_path)) == [
        ("ws-09", "KB5000001", "")
    ]
