"""Measurements. `bin/bench` runs all of them; each prints a ratio against a named peer or the bare limit."""
