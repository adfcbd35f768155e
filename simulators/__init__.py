"""A seeded borough: physical signals, real bytes, real events, and the truth about them."""
