"""Exports of other tools, read into records: a module a format, no framework, no network."""
