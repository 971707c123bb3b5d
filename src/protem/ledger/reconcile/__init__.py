"""Records become facts: what an import changes in the ledger, worked out set by set."""
