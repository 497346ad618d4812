"""What all boards are made of: queries, panels, tables, variables and links."""
