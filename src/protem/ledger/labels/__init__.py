"""Rules on groups, criticality and owners: editing them, their history, what they do."""
