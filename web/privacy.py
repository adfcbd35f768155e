"""What pages outside of housing do not show: where a home's device is, and what it measures there.

Readings from a home are personal data, also without its address. Engineers run the devices, so
they see a single frame when they follow it; nobody sees the course of a home's readings but the
housing officers of its patch, on the page of its room.
"""

from collections.abc import Sequence

from storage.pages_devices import Stay

HOME = frozenset({"room", "dwelling"})
"""Kinds of place that are a home"""
OF_THE_DEVICE = frozenset({"battery_level", "battery_voltage", "battery_low"})
"""What a device measures of itself"""
A_HOME = "a home"


def is_home(stays: Sequence[Stay], environment: str) -> bool:
    """Say whether a device is or was in a home; one that is indoors and nowhere might be."""
    if not stays:
        return environment != "outdoor"
    return any(stay.kind in HOME for stay in stays)


def place_words(kind: str | None, place: str | None, within: str | None) -> str | None:
    """Name a place in a list, a home without its address."""
    if kind in HOME:
        return A_HOME
    return f"{within}, {place}" if within else place
