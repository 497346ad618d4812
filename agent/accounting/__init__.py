"""Pure functions from readings to energy, and from energy to carbon. Time is always an argument."""
