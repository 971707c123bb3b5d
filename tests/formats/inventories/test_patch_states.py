"""Systems Manager, Intune, apt and dnf: what counts as patched, and what as known."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inventories.exports import CORPORA, SAMPLES, read, read_path, skipped

from protem.formats.format import FORMATS, FormatError, PatchProof
from protem.formats.localdates import parse_spoken
from protem.formats.records import Asset, Patch, PatchCondition, PatchState, Record, Scan

SSM = "aws-cli-examples/ssm"


def states(records: list[Record]) -> list[PatchState]:
    return [each for each in records if isinstance(each, PatchState)]


def patches(records: list[Record]) -> list[Patch]:
    return [each for each in records if isinstance(each, Patch)]


def corpus(name: str) -> Path:
    path = CORPORA / name
    if not path.is_file():
        pytest.skip("the corpora are not here")
    return path


def ssm_state(**fields: Any) -> str:
    row = {
        "InstanceId": "i-0a41c2d8e9f00b317",
        "BaselineId": "pb-1",
        "MissingCount": 0,
        "FailedCount": 0,
        "InstalledPendingRebootCount": 0,
        "OperationEndTime": "2026-03-10T02:03:40+01:00",
        "Operation": "Scan",
        **fields,
    }
    return json.dumps({"InstancePatchStates": [row]})


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ({}, PatchCondition.CURRENT),
        ({"InstalledPendingRebootCount": 2}, PatchCondition.PENDING_REBOOT),
        ({"MissingCount": 1, "InstalledPendingRebootCount": 2}, PatchCondition.MISSING),
        ({"FailedCount": 1}, PatchCondition.FAILED),
        ({"MissingCount": -1, "FailedCount": None}, PatchCondition.CURRENT),
    ],
)
def test_ssm_condition(
    fields: dict[str, Any], condition: PatchCondition, tmp_path: Path
) -> None:
    [state] = states(read("aws-ssm-states", ssm_state(**fields), tmp_path))
    assert state.condition is condition
    assert state.cloud_id == "i-0a41c2d8e9f00b317"
    assert state.seen_at == datetime(2026, 3, 10, 1, 3, 40, tzinfo=UTC)


def test_ssm_scan_is_no_patch_day_and_a_failed_install_neither(tmp_path: Path) -> None:
    for fields in ({}, {"Operation": "Install", "FailedCount": 1}):
        assert not patches(read("aws-ssm-states", ssm_state(**fields), tmp_path))


def test_ssm_install_that_waits_for_a_reboot_is_pending(tmp_path: Path) -> None:
    content = ssm_state(Operation="Install", InstalledPendingRebootCount=1)
    [patch] = patches(read("aws-ssm-states", content, tmp_path))
    assert patch.is_reboot_pending


def test_ssm_page_of_several_is_not_complete(tmp_path: Path) -> None:
    content = json.dumps({"InstancePatchStates": [], "NextToken": "more"})
    [scan] = read("aws-ssm-states", content, tmp_path)
    assert isinstance(scan, Scan)
    assert not scan.is_complete


@pytest.mark.parametrize("name", ["aws-ssm-states", "aws-ssm-patches", "intune-updates"])
def test_an_answer_without_its_list_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="there is no list"):
        read(name, "{}", tmp_path)


def test_missing_patches_with_the_date_of_1970_are_missing_and_no_more() -> None:
    path = SAMPLES / "aws-ssm-patches" / "i-0a41c2d8e9f00b317.patches.json"
    records = read_path("aws-ssm-patches", path)
    found = {patch.patch: patch for patch in patches(records)}
    assert "KB890830" not in found
    assert found["KB5051979"].released_on == date(2026, 2, 10)
    assert found["KB5053603"].is_reboot_pending
    assert found["KB5050117"].released_on is None
    [state] = states(records)
    assert (state.condition, state.missing) == (PatchCondition.MISSING, 1)


def test_patches_of_linux_have_names_and_versions() -> None:
    [patch] = patches(read_path("aws-ssm-patches", SAMPLES / "aws-ssm-patches" / "linux.json"))
    assert (patch.patch, patch.version) == ("openssl", "1:3.0.8-1.amzn2023.0.18")


def test_patches_of_nobody_are_refused(tmp_path: Path) -> None:
    content = json.dumps({"Patches": [{"KBId": "KB5000001", "State": "Installed"}]})
    with pytest.raises(FormatError, match="name it after the instance"):
        read("aws-ssm-patches", content, tmp_path, called="patches.json")


def test_patches_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    rows = [
        {"KBId": "", "State": "Installed", "InstalledTime": "2026-03-01"},
        {"KBId": "KB5000001", "State": "Installed", "InstalledTime": "soon"},
        {
            "KBId": "KB5000002",
            "State": "INSTALLED_REJECTED",
            "InstalledTime": "2026-03-01",
            "Title": "2026-03 Cumulative Update for Windows",
        },
        {"KBId": "KB5000003", "State": "INSTALLED_PENDING_REBOOT"},
    ]
    records = read(
        "aws-ssm-patches", json.dumps(rows), tmp_path, called="mi-0abc12345678/p.json"
    )
    assert [patch.patch for patch in patches(records)] == ["KB5000002"]
    assert patches(records)[0].released_on is None
    assert states(records)[0].condition is PatchCondition.PENDING_REBOOT
    assert skipped(records) == {
        "patch without a name": 1,
        "installed patch without a date": 2,
        "impossible date: released after it was installed": 1,
    }


def test_an_empty_answer_about_a_named_machine_is_a_look(tmp_path: Path) -> None:
    [scan] = read("aws-ssm-patches", '{"Patches": []}', tmp_path, called="i-0abc12345678.json")
    assert isinstance(scan, Scan)
    assert scan.target == "patches:i-0abc12345678"


def test_intune_states_carry_builds_and_pending_reboots() -> None:
    records = read_path("intune-updates", SAMPLES / "intune-updates" / "update-states.json")
    found = {state.hostname: state for state in states(records)}
    assert found["lt-bo-02"].condition is PatchCondition.PENDING_REBOOT
    assert found["lt-cy-03"].condition is PatchCondition.MISSING
    assert found["lt-ada-01"].os_version == "10.0.22631.5039"
    assert not patches(records)


def test_intune_state_without_a_host_is_counted(tmp_path: Path) -> None:
    rows = [{"deviceDisplayName": "Ada's laptop", "status": "upToDate"}]
    content = json.dumps(rows)
    assert skipped(read("intune-updates", content, tmp_path)) == {
        "state without a host name": 1
    }


UNATTENDED = SAMPLES / "unattended-upgrades" / "web-01.unattended-upgrades.log"


def test_a_run_with_nothing_to_do_proves_that_all_is_in_place(tmp_path: Path) -> None:
    [state] = states(read_path("unattended-upgrades", UNATTENDED))
    assert state.condition is PatchCondition.CURRENT
    assert state.seen_at == datetime(2026, 3, 11, 6, 2, 16, 419_000, tzinfo=UTC)
    cut = "".join(UNATTENDED.read_text().splitlines(keepends=True)[:-2])
    [held] = states(read("unattended-upgrades", cut, tmp_path, called=UNATTENDED.name))
    assert (held.condition, held.missing) == (PatchCondition.MISSING, 1)


def test_a_failed_run_installed_nothing(tmp_path: Path) -> None:
    lines = UNATTENDED.read_text().splitlines(keepends=True)[:14]
    records = read("unattended-upgrades", "".join(lines), tmp_path, called=UNATTENDED.name)
    assert {patch.patch for patch in patches(records)} == {"libssl3t64", "openssl"}
    assert all(patch.is_automatic for patch in patches(records))
    assert states(records)[0].condition is PatchCondition.FAILED


def test_lines_with_impossible_dates_are_counted(tmp_path: Path) -> None:
    bad = "1970-01-01 00:00:00,000 INFO All upgrades installed\n"
    content = UNATTENDED.read_text() + bad
    records = read("unattended-upgrades", content, tmp_path, called=UNATTENDED.name)
    assert skipped(records)["impossible date in a line"] == 1
    other = (SAMPLES / "dnf-rpm-log" / "db-01.dnf.rpm.log").read_text()
    other += "1970-01-01T00:00:00Z SUBDEBUG Upgrade: curl-1-1.x86_64\nnonsense\n"
    records = read("dnf-rpm-log", other, tmp_path, called="db-01.dnf.rpm.log")
    assert skipped(records) == {"impossible date in a line": 1, "line that is not dnf's": 1}


def test_apt_terminal_counts_what_was_set_up(tmp_path: Path) -> None:
    path = SAMPLES / "apt-term" / "web-01.unattended-upgrades-dpkg.log"
    assert [(p.patch, p.version) for p in patches(read_path("apt-term", path))] == [
        ("libssl3t64", "3.0.13-0ubuntu3.5"),
        ("openssl", "3.0.13-0ubuntu3.5"),
    ]
    content = "Log started: 1970-01-01  00:00:00\nLog started: 1970-01-01  00:00:00\n"
    records = read(
        "apt-term", content + "Log ended: 1970-01-01  00:00:01\n", tmp_path, called="h.term.log"
    )
    assert skipped(records) == {
        "run that was not finished": 1,
        "impossible date of a run": 1,
    }


def test_dnf_details_name_packages_and_the_list_does_not() -> None:
    folder = SAMPLES / "dnf-history"
    detailed = patches(read_path("dnf-history", folder / "db-02.dnf-history.txt"))
    assert [(p.patch, p.version) for p in detailed] == [
        ("openssl", "1:3.2.2-6.el9_5.1"),
        ("openssl-libs", "1:3.2.2-6.el9_5.1"),
    ]
    assert detailed[0].installed_at == datetime(2026, 3, 9, 4, 10, 31, tzinfo=UTC)
    listed = patches(read_path("dnf-history", folder / "db-01.dnf-history.txt"))
    assert [p.version for p in listed] == ["transaction 14", "transaction 11"]


def test_dnf5_json_reads_either_the_command_or_the_packages(tmp_path: Path) -> None:
    path = SAMPLES / "dnf-history" / "fed-01.dnf-history.json"
    assert [p.patch for p in patches(read_path("dnf-history", path))] == [
        "all packages",
        "openssl-libs",
    ]
    rows = [
        {"id": 1, "cmdline": "x", "date": 1773028800, "actions": ["Upgrade"], "altered": 3},
        {"id": 2, "cmdline": "x", "date": 1773028800, "actions": "I, E", "altered": 3},
    ]
    records = read("dnf-history", json.dumps(rows), tmp_path, called="h.dnf-history.json")
    assert [p.version for p in patches(records)] == ["transaction 1"]


def test_dnf_without_a_transaction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no transaction"):
        read("dnf-history", "[]", tmp_path, called="h.dnf-history.json")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue 05 Mar 2024 06:32:14 AM UTC", datetime(2024, 3, 5, 6, 32, 14, tzinfo=UTC)),
        ("Tue 05 Mar 2024 12:32:14 PM", datetime(2024, 3, 5, 12, 32, 14, tzinfo=UTC)),
        ("Tue Mar  5 18:32:14 2024", datetime(2024, 3, 5, 18, 32, 14, tzinfo=UTC)),
        ("Tue Mar 50 18:32:14 2024", None),
        ("Tue Foo  5 18:32:14 2024", None),
        ("Tue Mar  5 18:32:14", None),
        ("today", None),
    ],
)
def test_spoken_dates(text: str, moment: datetime | None) -> None:
    assert parse_spoken(text) == moment


def test_each_format_of_patches_says_what_it_proves() -> None:
    proofs = {each.name: each.patch_proof for each in FORMATS if each.patch_proof}
    assert proofs["aws-ssm-states"] is PatchProof.STATE
    assert proofs["dpkg-log"] is PatchProof.LOG
    assert proofs["windows-hotfix"] is PatchProof.INSTALLED
    assert all(proof.in_words for proof in proofs.values())


def test_jamf_tells_what_each_computer_lacks_and_what_it_runs() -> None:
    records = read_path("jamf", SAMPLES / "jamf" / "computers-updates.json")
    found = {state.serial: state for state in states(records)}
    lacking, whole = found["C02CY0003"], found["C02CY0005"]
    assert (lacking.condition, lacking.missing) == (PatchCondition.MISSING, 2)
    assert whole.condition is PatchCondition.CURRENT
    assert whole.seen_at == datetime(2026, 2, 1, 5, tzinfo=UTC)
    assert "C02CY0006" not in found
    [first, *_] = [each for each in records if isinstance(each, Asset)]
    assert first.software == (("Firefox.app", "136.0"),)


def test_jamf_without_the_section_says_nothing_of_updates() -> None:
    assert not states(read_path("jamf", SAMPLES / "jamf" / "computers.json"))


def test_fleet_tells_versions_of_programs_and_not_of_extensions() -> None:
    records = read_path("fleet", SAMPLES / "fleet" / "hosts-software.json")
    [host] = [each for each in records if isinstance(each, Asset)]
    assert host.software == (
        ("Firefox.app", "136.0"),
        ("git", "2.48.1"),
        ("openssl@3", "3.4.1"),
    )


def test_ssm_examples_of_aws(tmp_path: Path) -> None:
    path = corpus(f"{SSM}/describe-instance-patch-states-1.json")
    [state] = states(read_path("aws-ssm-states", path))
    assert (state.condition, state.missing) == (PatchCondition.FAILED, 3)
    missing = corpus(f"{SSM}/describe-instance-patches-2.json")
    records = read_path("aws-ssm-patches", missing, "i-1234567890abcdef0.json")
    assert not patches(records)
    assert states(records)[0].missing == 1
    dated = corpus(f"{SSM}/describe-instance-patches-3.json")
    [patch] = patches(read_path("aws-ssm-patches", dated, "i-1234567890abcdef0.json"))
    assert patch.released_on == date(2023, 3, 14)
    inner = json.loads(corpus("cartography/aws__ssm.json").read_text())["INSTANCE_PATCHES"]
    for row in inner:
        row["InstanceId"] = row.pop("_instance_id")
    many = read("aws-ssm-patches", json.dumps(inner), tmp_path)
    assert {patch.cloud_id for patch in patches(many)} == {"i-01", "i-02"}


def test_intune_example_of_microsoft() -> None:
    path = corpus("msgraph-docs/beta__intune-shared-windowsupdatestate-list__0.json")
    records = read_path("intune-updates", path)
    assert skipped(records) == {"state without a host name": 1}
