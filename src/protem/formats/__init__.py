"""Exports of other tools, read into records: one module per format, no framework, no network."""
