"""Serials, ids, hardware addresses and hostnames in one form, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.stats.identifiers import (
    normalise_id,
    normalise_mac,
    normalise_serial,
    short_hostname,
)


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", " ", "0", "00000000", "0000-0000", "123456789", "0123456789", "N/A"),
        *("To Be Filled By O.E.M.", "to be filled by o.e.m", "System Serial Number"),
        *("Default string", "None", "NONE ", "Not Specified", "Not Applicable", "INVALID"),
        *("xxxxxxxx", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "Chassis Serial Number"),
        *("VMware-", "VMware-00 00 00 00", "03000200-0400-0500-0006-000700080009", "AB1"),
        *("Unknown", "unspecified", "MB-1234567890", "...", "System-Serial_Number"),
    ],
)
def test_placeholder_serials_are_none(text: str | None) -> None:
    assert normalise_serial(text) is None


@pytest.mark.parametrize(
    ("text", "serial"),
    [
        (" c02xk-1abjgh5 ", "C02XK1ABJGH5"),
        ("PF0A BCDE", "PF0ABCDE"),
        ("VMware-56 4d 0a 1b 2c 3d 4e 5f-60 71", "VMWARE564D0A1B2C3D4E5F6071"),
        ("ec2a1b2c-3d4e-5f60-7182-93a4b5c6d7e8", "EC2A1B2C3D4E5F60718293A4B5C6D7E8"),
        ("1234-5678-1234", "123456781234"),
    ],
)
def test_serials_lose_case_space_and_dashes(text: str, serial: str) -> None:
    assert normalise_serial(text) == serial


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" I-0ABC ", "i-0abc"),
        ("entra:6F9619FF-8B86", "entra:6f9619ff-8b86"),
        (None, None),
        ("", None),
        ("n/a", None),
        ("unknown", None),
        ("00000000-0000-0000-0000-000000000000", None),
        ("entra:00000000-0000-0000-0000-000000000000", None),
        ("entra:", None),
    ],
)
def test_ids_lose_case_and_placeholders(text: str | None, name: str | None) -> None:
    assert normalise_id(text) == name


@pytest.mark.parametrize("text", ["A4-83-E7-12-34-56", "a4:83:e7:12:34:56", "a483.e712.3456"])
def test_macs_come_in_one_notation(text: str) -> None:
    assert normalise_mac(text) == "a4:83:e7:12:34:56"


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "a4:83:e7:12:34", "a4:83:e7:12:34:5g", "a4:83:e7:12:34:56:78:9a"),
        *("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"),
        *("02:42:ac:11:00:02", "0a:00:27:00:00:00", "52:54:00:12:34:56", "da:a1:19:00:00:01"),
        *("00:50:56:aa:bb:cc", "00:0C:29:aa:bb:cc", "08-00-27-aa-bb-cc", "00155daabbcc"),
        *("00:05:9a:3c:7a:00", "00:ff:12:34:56:78"),
    ],
)
def test_macs_that_tell_nothing_apart_are_none(text: str | None) -> None:
    assert normalise_mac(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" Anna-MBP.corp.example.com ", "anna-mbp"),
        ("CORP\\LT-042$", "lt-042"),
        ("i-0abc123.ec2.internal", "i-0abc123"),
        ("web-1", "web-1"),
        ("mac12", "mac12"),
    ],
)
def test_hostnames_are_short_and_lower(text: str, name: str) -> None:
    assert short_hostname(text) == name


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", " ", ".local", "localhost", "LOCALHOST.localdomain", "localhost4", "N/A"),
        *("MacBook-Pro.local", "MacBook-Pro (3)", "macbook-air-2", "mac-mini-4", "ubuntu"),
        *("10.0.0.5", "ip-10-0-0-5.eu-west-1.compute.internal", "ip-10-0-0-5", "fe80::1", "42"),
    ],
)
def test_generic_hostnames_and_addresses_are_none(text: str | None) -> None:
    assert short_hostname(text) is None


@given(st.text())
def test_what_has_been_normalised_stays(text: str) -> None:
    for normalise in (normalise_serial, normalise_id, normalise_mac, short_hostname):
        once = normalise(text)
        assert once is None or normalise(once) == once
