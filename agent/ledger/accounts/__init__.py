"""Booking: each meter has an account, and each reading is posted to it."""
