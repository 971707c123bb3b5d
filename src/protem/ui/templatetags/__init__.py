"""Template tags and filters shared by all pages."""
