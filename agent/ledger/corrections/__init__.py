"""What people say afterwards: repairs, and the months that they have reported."""
