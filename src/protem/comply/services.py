"""Entering, importing, removing and restoring certificates; each act adds a version."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from django.db import transaction

from protem.comply.models import Certificate
from protem.formats import records as said
from protem.kit.errors import ProtemError
from protem.people.access import Act, Actor, authorise


class NoSuchCertificateError(ProtemError):
    """The id names no certificate on the list, or none that was removed."""


class CertificateFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of one certificate."""

    framework: str
    level: str = ""
    scope: str = ""
    auditor: str = ""
    stage: str = ""
    is_required: bool = True
    period_start: date | None = None
    period_end: date | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    bridge_until: date | None = None
    next_due_on: date | None = None
    opinion: str = ""


@transaction.atomic
def record(run_id: int, known_at: datetime, records: Iterable[said.Record]) -> int:
    """Add a version of every certificate among ``records``; how many were added."""
    rows = [
        Certificate(run_id=run_id, known_at=known_at, **msgspec.structs.asdict(row))
        for row in records
        if isinstance(row, said.Certificate)
    ]
    Certificate.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


@transaction.atomic
def forget(run_id: int) -> None:
    """Take out the versions that one import added."""
    Certificate.objects.filter(run_id=run_id).delete()


@transaction.atomic
def save_certificate(
    by: Actor, *, known_at: datetime, fields: CertificateFields, external_id: str = ""
) -> str:
    """Enter a certificate, or a new version of the one with ``external_id``; its id.

    Raises:
        Refused: ``by`` may not edit certifications.
    """
    authorise(by, Act.EDIT_CERTIFICATES)
    name = external_id or f"entered-{uuid.uuid4().hex[:12]}"
    Certificate.objects.create(
        run=None, known_at=known_at, external_id=name, **msgspec.structs.asdict(fields)
    )
    return name


@transaction.atomic
def remove_certificate(by: Actor, *, external_id: str, at: datetime) -> None:
    """Take a certificate off the list from ``at`` on; ``restore_certificate`` undoes it.

    Raises:
        Refused: ``by`` may not edit certifications.
        NoSuchCertificateError: It isn't on the list.
    """
    authorise(by, Act.EDIT_CERTIFICATES)
    newest = _newest(external_id)
    if newest is None or newest.is_removed:
        raise NoSuchCertificateError(f"there is no certificate “{external_id}” on the list")
    _add_version(newest, at=at, is_removed=True)


@transaction.atomic
def restore_certificate(by: Actor, *, external_id: str, at: datetime) -> None:
    """Put a removed certificate back on the list from ``at`` on.

    Raises:
        Refused: ``by`` may not edit certifications.
        NoSuchCertificateError: It was not removed.
    """
    authorise(by, Act.EDIT_CERTIFICATES)
    newest = _newest(external_id)
    if newest is None or not newest.is_removed:
        raise NoSuchCertificateError(f"the certificate “{external_id}” was not removed")
    _add_version(newest, at=at, is_removed=False)


def _newest(external_id: str) -> Certificate | None:
    versions = Certificate.objects.select_for_update(of=("self",)).filter(
        external_id=external_id
    )
    versions = versions.exclude(run__state="reverted")
    return versions.order_by("-known_at", "-id").first()


def _add_version(newest: Certificate, *, at: datetime, is_removed: bool) -> None:
    said_of_it = {name: getattr(newest, name) for name in CertificateFields.__struct_fields__}
    Certificate.objects.create(
        run=None,
        known_at=max(at, newest.known_at),
        external_id=newest.external_id,
        is_removed=is_removed,
        **said_of_it,
    )
