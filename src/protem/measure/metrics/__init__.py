"""One module per metric, each declaring ``METRIC``."""
