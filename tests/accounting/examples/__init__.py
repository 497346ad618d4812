"""Worked examples: their words, their units, and the functions of the daemon that answer them."""
