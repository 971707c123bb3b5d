"""What pages show beside snapshots, kept when measuring so that no page works it out."""
