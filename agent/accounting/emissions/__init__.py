"""From energy to grams, by each method.

The daemon applies the location-based one. Market-based emissions, carbon-free energy (CFE), SCI and
reductions are rules that it does not apply by itself yet: they are called with one's own numbers.
"""
