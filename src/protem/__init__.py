"""Protem: the security-program cockpit of a CTO who is the CISO until there is one."""

__version__ = "0.1.0"
