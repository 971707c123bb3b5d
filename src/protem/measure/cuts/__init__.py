"""Numbers of a part of the company: one group, one owner, one criticality, one kind."""
