"""Certificates: every version for the metrics, the current list for people."""

from datetime import datetime

from protem.comply.models import Certificate
from protem.kit.versions import known_by
from protem.ledger.facts import CertificateFact

_FIELDS = tuple(CertificateFact.__dataclass_fields__)


def certificate_facts() -> list[CertificateFact]:
    """Every version of every certificate, in the order of arrival."""
    rows = Certificate.objects.exclude(run__state="reverted").order_by("id").values(*_FIELDS)
    return [CertificateFact(**row) for row in rows]


def certificates(as_of: datetime) -> list[CertificateFact]:
    """The certificates on the list at ``as_of``, by framework, level and id."""
    newest = known_by(certificate_facts(), as_of, lambda fact: fact.external_id)
    kept = (fact for fact in newest if not fact.is_removed)
    return sorted(kept, key=lambda fact: (fact.framework, fact.level, fact.external_id))


def find_certificate(external_id: str, as_of: datetime) -> CertificateFact | None:
    """The certificate of that id on the list at ``as_of``, None when it isn't there."""
    return next((c for c in certificates(as_of) if c.external_id == external_id), None)


def newest_entry() -> datetime | None:
    """When a person last entered or changed a certificate by hand; None if never."""
    entered = Certificate.objects.filter(run=None).order_by("-known_at")
    return entered.values_list("known_at", flat=True).first()
