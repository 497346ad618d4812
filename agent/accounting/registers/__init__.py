"""Registers and the energy between their counts."""
