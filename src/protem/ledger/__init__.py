"""The facts: assets, presences, findings, episodes, patches, hours; and how records become them."""
