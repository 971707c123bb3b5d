"""What a tool's own words and CVSS scores say on the canonical scale.

The rule of the metrics: critical when the tool's own label says so, else when a CVSS v4 or
v3 base score is 9.0 or more. All other steps follow the label, and the score only where
there is no label.
"""

import math
from collections.abc import Iterable
from functools import lru_cache

from cvss import CVSS3, CVSS4
from cvss.exceptions import CVSSError

from protem.formats.records import Severity

CRITICAL_SCORE = 9.0

_LABELS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "negligible": Severity.INFO,
    "info": Severity.INFO,
    "informational": Severity.INFO,
    "none": Severity.INFO,
}
_BANDS = (
    (CRITICAL_SCORE, Severity.CRITICAL),
    (7.0, Severity.HIGH),
    (4.0, Severity.MEDIUM),
    (0.1, Severity.LOW),
)
_HIGHEST_SCORE = 10.0
_LONGEST_VECTOR = 400


def severity_of(label: str | None, score: float | None = None) -> Severity:
    """The canonical severity of a label and a CVSS v4 or v3 base score.

    A score of 9.0 or more is critical whatever the label; an unknown label leaves it to
    the score's band (CVSS v3.1 specification, section 5, same bands in v4.0).
    """
    severity = _LABELS.get(label.strip().lower(), Severity.UNKNOWN) if label else None
    if score is None:
        return severity or Severity.UNKNOWN
    if score >= CRITICAL_SCORE or not severity:
        return severity_of_score(score)
    return severity


def severity_of_score(score: float) -> Severity:
    """The band of a CVSS v4 or v3 base score."""
    for least, severity in _BANDS:
        if score >= least:
            return severity
    return Severity.INFO


def score_of(value: str | float | None) -> float | None:
    """``value`` as a base score from 0 to 10, or ``None`` when it is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number) or not 0 <= number <= _HIGHEST_SCORE:
        return None
    return number


def highest(scores: Iterable[float | None]) -> float | None:
    """The highest of the scores there are."""
    return max((score for score in scores if score is not None), default=None)


@lru_cache(maxsize=4096)
def score_of_vector(vector: str) -> float | None:
    """The base score of a CVSS v3 or v4 vector; ``None`` for anything else."""
    if len(vector) > _LONGEST_VECTOR:
        return None
    try:
        if vector.startswith("CVSS:3"):
            return score_of(float(CVSS3(vector).base_score))
        if vector.startswith("CVSS:4"):
            return score_of(float(CVSS4(vector).base_score))
    except (CVSSError, ValueError, ArithmeticError, KeyError):
        return None
    return None
