"""Days, months and years: totals, indicators, and how far they can be relied on."""
