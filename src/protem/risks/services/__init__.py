"""Every write of decisions on findings: authorise, lock, change; nothing is deleted."""

from protem.risks.services.covers import refresh_covers
from protem.risks.services.deciding import (
    Made,
    accept_risk,
    mark_duplicate,
    mark_false_positive,
)
from protem.risks.services.ending import extend_exception, undo_decisions, withdraw_decision
from protem.risks.services.importing import forget, record

__all__ = [
    "Made",
    "accept_risk",
    "extend_exception",
    "forget",
    "mark_duplicate",
    "mark_false_positive",
    "record",
    "refresh_covers",
    "undo_decisions",
    "withdraw_decision",
]
