"""Measures carbond beside its peers. Not tests: nothing here fails because a machine is slow.

`make bench` runs all of it; docs/bench.md says what is measured and how to read it.
"""
