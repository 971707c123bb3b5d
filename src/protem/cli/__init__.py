"""The ``protem`` command."""
