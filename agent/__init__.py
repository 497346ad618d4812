"""carbond: the daemon that reads meters, books energy and answers for carbon."""
