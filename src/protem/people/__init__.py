"""Who uses the instance and what they may do."""
