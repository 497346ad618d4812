"""Walks for bug reports: taken politely, and without what is private."""
