"""The facts: assets, presences, findings, episodes, patches, hours."""
