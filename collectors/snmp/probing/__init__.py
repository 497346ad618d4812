"""What a device is and says, once, live or from a recorded walk."""
