"""Which assets are in use, kept with each so that lists need not ask every export."""

from django.db.models import Exists, OuterRef, Q

from protem.ledger.models import Asset, Presence, Scope


def note_use() -> int:
    """Bring every asset's ``is_in_use`` up to date; returns how many were otherwise."""
    used = _in_use()
    found: int = Asset.objects.filter(used, is_in_use=False).update(is_in_use=True)
    left: int = Asset.objects.filter(~used, is_in_use=True).update(is_in_use=False)
    return found + left


def _in_use() -> Q:
    """Those in some newest export, or that only scanners know: they list nothing retired."""
    shown = Presence.objects.filter(last_at=None, record__asset__isnull=False)
    scanned = Scope.objects.filter(record__asset__isnull=False)
    ever = Presence.objects.filter(record__asset=OuterRef("pk"))
    only_scanned = Q(id__in=scanned.values("record__asset_id")) & ~Q(Exists(ever))
    return Q(id__in=shown.values("record__asset_id")) | only_scanned
