"""Backups of the instance as a whole; they know its database and files, no domain's models."""
