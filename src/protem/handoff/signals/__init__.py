"""One module per handoff signal, each declaring ``SIGNAL``."""
