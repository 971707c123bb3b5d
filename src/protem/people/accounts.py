"""How local accounts behave: no one signs up by themselves; the owner lets people in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class LocalAccounts(DefaultAccountAdapter):
    """allauth's adapter for an instance that holds a map of a company's weaknesses."""

    def is_open_for_signup(self, request: Any) -> bool:  # noqa: ARG002 - allauth's signature
        return False
