"""The metrics' part of the sentence that answers the week."""

from collections.abc import Iterable

from protem.measure.metric import Reading, Verdict
from protem.measure.wording import sentence

SUBJECTS = {
    "patch-cadence": "patching",
    "mttr-critical": "critical remediation",
    "edr-coverage": "EDR coverage",
    "certifications": "certifications",
}
PLURALS = ("certifications",)
IN_WORDS = {
    Verdict.IMPROVING: "improving",
    Verdict.STEADY: "steady",
    Verdict.DEGRADING: "getting worse",
    Verdict.INSUFFICIENT: "without enough data for a verdict",
    Verdict.NOT_COMPARABLE: "not comparable with before",
}


def status_parts(readings: Iterable[Reading]) -> list[str]:
    """One part a metric, in the order given: “patching is improving”."""
    return [_part(one) for one in readings]


def status_sentence(readings: Iterable[Reading]) -> str:
    """The parts as one sentence, red flags after it; empty without readings."""
    ranked = list(readings)
    parts = status_parts(ranked)
    if not parts:
        return ""
    flags = [sentence(one.red_flag) for one in ranked if one.is_red_flag]
    return " ".join([sentence("; ".join(parts)) + ".", *flags])


def _part(reading: Reading) -> str:
    subject = SUBJECTS.get(reading.metric, reading.metric)
    verb = "are" if reading.metric in PLURALS else "is"
    if reading.value is None and reading.verdict is Verdict.INSUFFICIENT:
        return f"{subject} cannot be measured yet"
    return f"{subject} {verb} {IN_WORDS[reading.verdict]}"
