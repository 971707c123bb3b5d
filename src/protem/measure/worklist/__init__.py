"""What to fix first, and why."""
