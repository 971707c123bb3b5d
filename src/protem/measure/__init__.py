"""The four metrics, their weekly snapshots, targets and verdicts."""
