from datetime import date

import pytest
from tests.handoff.make import certificate

from protem.handoff.frameworks import covers, family_of, is_good, rank_of


@pytest.mark.parametrize(
    ("framework", "level", "family", "rank"),
    [
        ("SOC 2", "Type II", "soc 2", 2),
        ("SOC2", "type 1", "soc 2", 1),
        ("SOC 2 Type 2", "", "soc 2", 2),
        ("SOC 2 Type I", "", "soc 2", 1),
        ("SOC 2", "", "soc 2", 0),
        ("ISO/IEC 27001:2022", "", "iso 27001", 0),
        ("ISO 27001", "", "iso 27001", 0),
        ("HITRUST CSF", "r2", "hitrust", 3),
        ("HITRUST i1", "", "hitrust", 2),
        ("FedRAMP", "Moderate", "fedramp", 2),
        ("CMMC", "Level 2", "cmmc", 2),
        ("PCI-DSS 4.0.1", "", "pci dss", 0),
        ("TISAX", "AL3", "tisax", 0),
    ],
)
def test_names_come_into_one_form(framework, level, *, family, rank):
    assert family_of(framework, level) == family
    assert rank_of(framework, level) == rank


def test_a_higher_level_covers_a_lower_one_and_not_the_other_way_round():
    assert covers(certificate("HITRUST", "r2"), "HITRUST", "i1")
    assert not covers(certificate("HITRUST", "i1"), "HITRUST", "r2")
    assert not covers(certificate("SOC 2", "Type 1"), "SOC 2", "Type 2")
    assert covers(certificate("SOC 2", "Type 1"), "SOC 2", "")
    assert not covers(certificate("SOC 2", "Type 2"), "ISO 27001", "")


@pytest.mark.parametrize(
    ("given", "last"),
    [
        ({"framework": "SOC 2", "issued_on": date(2025, 2, 1), "period_end": date(2024, 12, 31),
          "bridge_until": date(2026, 3, 31)}, date(2025, 12, 31)),
        ({"framework": "ISO 27001", "level": "", "issued_on": date(2024, 2, 29)},
         date(2027, 2, 28)),
        ({"framework": "HITRUST", "level": "i1", "issued_on": date(2025, 1, 1)},
         date(2026, 1, 1)),
        ({"framework": "HITRUST", "level": "r2", "issued_on": date(2025, 1, 1),
          "bridge_until": date(2027, 12, 1)}, date(2027, 4, 1)),
        ({"framework": "PCI DSS", "level": "", "issued_on": date(2025, 1, 1),
          "expires_on": date(2025, 6, 1)}, date(2025, 6, 1)),
    ],
)  # fmt: skip
def test_a_certificate_is_good_until_its_day(given, last):
    held = certificate(**given)
    assert is_good(held, last)
    assert not is_good(held, date.fromordinal(last.toordinal() + 1))


def test_what_is_not_issued_removed_or_adverse_is_not_good():
    day = date(2025, 6, 1)
    assert not is_good(certificate(issued_on=None), day)
    assert not is_good(certificate(issued_on=date(2025, 7, 1)), day)
    assert not is_good(certificate(opinion="adverse"), day)
    assert not is_good(certificate(is_removed=True), day)
