"""The five signals that say the CTO has outgrown the role."""
