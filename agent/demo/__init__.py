"""A simulated data centre on real protocols, for `carbond demo` and for the tests."""
