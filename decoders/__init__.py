"""Bytes to meaning and back, and the project's vocabulary; imports nothing of ours."""
