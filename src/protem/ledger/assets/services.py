"""What the newest exports say of each asset, kept with it so that lists need not ask them."""

from django.db.models import Exists, OuterRef, Q

from protem.ledger.definition import Definition
from protem.ledger.models import Asset, Presence, Role, Scope

INSTALLED = ("protecting", "reduced", "detect_only", "no_policy")
"""The states of an agent that is there, whatever its health."""
SERVERS = ("server", "cloud")


def note_exports() -> int:
    """Bring every asset's ``is_in_use`` and ``agent`` up to date; returns how many changed."""
    used, installed, healthy = _in_use(), _having(Q()), _having(_is_healthy(Definition()))
    changed = [
        Asset.objects.filter(used, is_in_use=False).update(is_in_use=True),
        Asset.objects.filter(~used, is_in_use=True).update(is_in_use=False),
        Asset.objects.filter(healthy).exclude(agent="healthy").update(agent="healthy"),
        Asset.objects.filter(installed & ~healthy).exclude(agent="weak").update(agent="weak"),
        Asset.objects.filter(~installed).exclude(agent="").update(agent=""),
    ]
    return sum(changed)


def _in_use() -> Q:
    """Those in some newest export, or that only scanners know: they list nothing retired."""
    shown = Presence.objects.filter(last_at=None, record__asset__isnull=False)
    scanned = Scope.objects.filter(record__asset__isnull=False)
    ever = Presence.objects.filter(record__asset=OuterRef("pk"))
    only_scanned = Q(id__in=scanned.values("record__asset_id")) & ~Q(Exists(ever))
    return Q(id__in=shown.values("record__asset_id")) | only_scanned


def _having(agent: Q) -> Q:
    """Those with such an agent, that the newest lists show as installed."""
    found = Presence.objects.filter(
        agent,
        last_at=None,
        record__role=Role.AGENT,
        record__asset__isnull=False,
        state__in=INSTALLED,
    )
    return Q(id__in=found.values("record__asset_id"))


def _is_healthy(definition: Definition) -> Q:
    is_server = Q(record__asset__kind__in=SERVERS)
    awake = is_server & Q(silent_days__lte=definition.server_agent_days)
    awake |= ~is_server & Q(silent_days__lte=definition.agent_days)
    return Q(state="protecting") & awake
