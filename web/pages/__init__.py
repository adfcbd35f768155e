"""The pages; each answers one question in its first sentence."""
