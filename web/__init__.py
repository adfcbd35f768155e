"""Pages that officers use, and an open API."""
