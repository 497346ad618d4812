"""The metering tree: which meters make a sum, what is lost between them, PUE."""
