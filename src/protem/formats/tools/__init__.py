"""One module per export format, each declaring ``FORMAT``."""
