"""What pages share: base templates, components, charts, CSV export and static files."""
