"""Who may ask, how often and how long: what stands between the network and the answers."""
