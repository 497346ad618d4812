"""The intensities of the grids, in all their versions."""
