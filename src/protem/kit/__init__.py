"""What every layer may use: errors, clock, weeks and the registry; standard library only."""
