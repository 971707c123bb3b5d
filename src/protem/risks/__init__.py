"""Decisions on findings: risk accepted for a time, false positives, duplicates."""
