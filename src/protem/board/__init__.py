"""Reports for the board: sections of blocks, rendered to HTML and PDF."""
