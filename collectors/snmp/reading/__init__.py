"""From a profile to a device and its readings: which family it is, its rows, what they say."""
