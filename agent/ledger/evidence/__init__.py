"""What stands behind a figure, for whoever asks."""
