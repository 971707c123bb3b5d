"""Why records are one machine, what is in doubt, and what people decided about it."""
