"""Hours of meters and of sites, their versions, and the totals that are made of them."""
