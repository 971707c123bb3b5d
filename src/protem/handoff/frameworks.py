"""Which certificates satisfy which demands: family, level, and the days they are good for.

A higher level of a family satisfies a lower one (HITRUST r2 an i1, SOC 2 Type 2 a Type 1), and
never the other way round. A demand without a level is met by any.
"""

import calendar
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from protem.ledger.facts import CertificateFact

FAMILIES = (
    ("hitrust", r"hitrust", ("e1", "i1", "r2")),
    ("soc 2", r"\bsoc\W*2|soc2", ("1", "2")),
    ("soc 1", r"\bsoc\W*1|soc1", ("1", "2")),
    ("fedramp", r"fedramp", ("low", "moderate", "high")),
    ("govramp", r"govramp|stateramp", ("low", "moderate", "high")),
    ("cmmc", r"cmmc", ("1", "2", "3")),
    ("cyber essentials", r"cyber\W*essentials", ("basic", "plus")),
    ("pci dss", r"\bpci", ()),
    ("csa star", r"\bstar\b", ("1", "2")),
)
"""Family, how its name is written, and its levels from the lowest."""
STALE_MONTHS = 12
BRIDGE_MONTHS = 3
HITRUST_R2 = 3
"""The place of r2 among HITRUST's levels."""


@lru_cache(maxsize=4096)
def family_of(framework: str, level: str = "") -> str:
    """The framework's name in one form: ``SOC2``, ``SOC 2 Type II`` → ``soc 2``.

    ISO standards keep their number: ``ISO/IEC 27001:2022`` → ``iso 27001``.
    """
    text = f"{framework} {level}".casefold()
    for family, pattern, _ in FAMILIES:
        if re.search(pattern, text):
            return family
    iso = re.search(r"\b(?:iso|iec)\D*(\d{4,5})", text)
    if iso:
        return f"iso {iso.group(1)}"
    return " ".join(re.findall(r"\w+", framework.casefold()))


@lru_cache(maxsize=4096)
def rank_of(framework: str, level: str) -> int:
    """The level's place in its family from 1; 0 when none is stated or the family has none."""
    family = family_of(framework, level)
    levels: Sequence[str] = next((known for name, _, known in FAMILIES if name == family), ())
    text = f"{framework} {level}".casefold()
    text = re.sub(r"soc\W*[12]|cyber\W*essentials|\biii?\b", _plain, text)
    text = re.sub(r"\btype\W*i\b", "type 1", text)
    words = re.findall(r"[a-z]+\d*|\d+", text)
    places = [levels.index(word) + 1 for word in words if word in levels]
    return max(places, default=0)


def _plain(found: re.Match[str]) -> str:
    return {"ii": "2", "iii": "3"}.get(found.group(), " ")


def covers(certificate: CertificateFact, framework: str, level: str) -> bool:
    """Whether the certificate, while good, satisfies a demand of that framework and level."""
    held = family_of(certificate.framework, certificate.level)
    if held != family_of(framework, level):
        return False
    wanted, has = rank_of(framework, level), rank_of(certificate.framework, certificate.level)
    return not wanted or has >= wanted


def is_good(certificate: CertificateFact, day: date) -> bool:
    """Whether the certificate is current or bridged on ``day``, by what had happened by then.

    A report on a period goes stale 12 months after the period's end, with or without a bridge
    letter; other certificates expire on their day, else by custom after one year (ISO three,
    HITRUST r2 two), and a bridge carries them at most three months further. An adverse opinion
    is no certificate.
    """
    if certificate.is_removed or certificate.opinion == "adverse":
        return False
    if certificate.issued_on is None or certificate.issued_on > day:
        return False
    return day <= _good_until(certificate, certificate.issued_on)


def _good_until(certificate: CertificateFact, issued: date) -> date:
    if certificate.period_end and not certificate.expires_on:
        return _months_after(certificate.period_end, STALE_MONTHS)
    end = certificate.expires_on or _months_after(issued, 12 * _years(certificate))
    if certificate.bridge_until is None:
        return end
    return max(end, min(certificate.bridge_until, _months_after(end, BRIDGE_MONTHS)))


def _years(certificate: CertificateFact) -> int:
    family = family_of(certificate.framework, certificate.level)
    if family == "hitrust":
        rank = rank_of(certificate.framework, certificate.level)
        return 2 if rank == HITRUST_R2 else 1
    return 3 if family.startswith("iso ") else 1


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))
