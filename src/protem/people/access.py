"""The one policy: who may do what."""

from enum import StrEnum
from typing import Protocol

from protem.kit.errors import ProtemError


class Role(StrEnum):
    """What a person is to the program."""

    OWNER = "owner"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(role.value, role.value.capitalize()) for role in cls]


class Act(StrEnum):
    """Everything that can be allowed or refused."""

    SEE = "see"
    IMPORT = "import files"
    REVERT = "revert imports"
    EDIT_CERTIFICATES = "edit certifications"
    SET_TARGETS = "set targets"
    EDIT_MERGES = "join and split machines"
    EDIT_RULES = "edit the rules on groups and owners"
    DEFINE = "change definitions"
    ANNOTATE = "annotate charts"
    SET_LEADERS = "mark engineering leadership"
    NAME_COMPANY = "name the company"
    DECIDE_FINDINGS = "decide on findings"
    REMOVE_DEMO = "remove the demo company"


ALLOWED: dict[Role, frozenset[Act]] = {
    Role.OWNER: frozenset(Act),
}


class Actor(Protocol):
    """Whoever asks: a person, or the command line acting for the owner of the machine."""

    @property
    def role(self) -> str: ...

    @property
    def is_active(self) -> bool: ...


class Refused(ProtemError):
    """The person may not do this."""


class _Operator:
    """Whoever can run commands on the machine; they could read the database anyway."""

    role = Role.OWNER.value
    is_active = True

    def __str__(self) -> str:
        return "the command line"


OPERATOR: Actor = _Operator()


def may(actor: Actor, act: Act) -> bool:
    """Whether ``actor`` may do ``act``; unknown roles and inactive people may do nothing."""
    if not actor.is_active or actor.role not in ALLOWED:
        return False
    return act in ALLOWED[Role(actor.role)]


def authorise(actor: Actor, act: Act) -> None:
    """Raise ``Refused`` unless ``actor`` may do ``act``."""
    if not may(actor, act):
        raise Refused(f"your role does not allow you to {act}", remedy="ask the owner")
