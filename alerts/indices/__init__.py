"""Indices computed from readings: pure functions, each with its source."""
