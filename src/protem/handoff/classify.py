"""What kind of work a title, an organiser or an attendee speaks of."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from protem.handoff.wording_rules import AWAY, NOT_SECURITY, PRIVATE, RULES

UNKNOWN = "unknown"
NOT_SECURITY_WORK = "not security"


@lru_cache(maxsize=65_536)
def classify(title: str) -> str:
    """The category of a title: one of the rules', ``not security``, or ``unknown``.

    An empty or private title is unknown.
    """
    words = " ".join(re.findall(r"\w+", title.casefold()))
    if not words or words in PRIVATE:
        return UNKNOWN
    words = _pattern(NOT_SECURITY).sub(" ", words)
    for category, phrases in RULES:
        if _pattern(phrases).search(words):
            return category
    return NOT_SECURITY_WORK


def classify_meeting(title: str, people: Iterable[str]) -> str:
    """As ``classify``; where the title tells of no security work, outsiders' domains may."""
    category = classify(title)
    if category in {UNKNOWN, NOT_SECURITY_WORK}:
        for person in people:
            told = _classify_domain(person.rpartition("@")[2].casefold())
            if told != NOT_SECURITY_WORK:
                return told
    return category


@lru_cache(maxsize=65_536)
def is_away(title: str) -> bool:
    """Whether an all-day entry says that its owner was not at work."""
    return bool(_pattern(AWAY).search(" ".join(re.findall(r"\w+", title.casefold()))))


@lru_cache(maxsize=65_536)
def same_person_key(person: str) -> str:
    """An address or a name in one form: ``Mara.Voss@acme.example`` and ``Mara Voss`` agree."""
    local = person.strip().casefold().removeprefix("mailto:").partition("@")[0]
    return " ".join(re.findall(r"[^\W_]+", local))


_DOMAINS = re.compile(r"(audit|assurance|pentest|attest|mdr\b|crowdstrike|schellman|coalfire)")


@lru_cache(maxsize=65_536)
def _classify_domain(domain: str) -> str:
    """Auditors, assessors and monitoring services are known by their domain's words."""
    found = _DOMAINS.search(domain)
    if not found:
        return NOT_SECURITY_WORK
    is_watch = found.group(1) in {"mdr", "crowdstrike", "pentest"}
    return "vulnerabilities and incidents" if is_watch else "compliance"


@cache
def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    words = "|".join(re.escape(phrase).replace(r"\*", r"\w*") for phrase in longest_first)
    return re.compile(rf"\b(?:{words})\b")
