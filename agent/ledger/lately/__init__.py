"""What the present needs of the last days: kept in memory between two looks, and followed."""
