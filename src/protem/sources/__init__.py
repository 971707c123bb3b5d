"""Where facts come from: import runs, stored files, freshness."""
