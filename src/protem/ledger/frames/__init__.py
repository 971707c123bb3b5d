"""The facts as frames, for measures."""
