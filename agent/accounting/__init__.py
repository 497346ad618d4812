"""Pure functions from readings to energy, and from energy to carbon. Time is always an argument.

registers ─▶ hours ─▶ metering ─▶ hourly (with emissions) ─▶ periods
counts       parts    tree, PUE   a site's hour              days, months, years
"""
