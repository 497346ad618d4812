"""Who is measured, where it stands, and where it stood: meters and sites in their own time."""
