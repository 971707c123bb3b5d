"""Arithmetic that knows no framework: survival, shares, and which records are one machine."""
