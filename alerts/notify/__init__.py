"""The channels: how to send one message, and nothing about when."""
