"""What the values of alerts are measured in: an alert knows its rule, and the rule its property."""

from collections.abc import Mapping

from decoders.properties import PROPERTIES
from storage import pages_rules
from storage.connection import Connection
from web import wording
from web.tables import Quantity

Units = Mapping[str, str]
"""UCUM codes by rule; a rule on silence has none"""


def of_rules(connection: Connection) -> Units:
    """Read the units of every rule that there ever was."""
    found = pages_rules.properties(connection)
    return {
        rule_id: PROPERTIES[name].unit_of_measurement
        for rule_id, name in found.items()
        if name in PROPERTIES
    }


def quantity(value: float | None, rule_id: str, units: Units) -> Quantity | None:
    """Give an alert's value with its unit, for a table; None for no value."""
    return None if value is None else Quantity(value, units.get(rule_id, "1"))


def words(value: float | None, rule_id: str, units: Units) -> str:
    """Write an alert's value with its unit: `91.0 %`."""
    found = quantity(value, rule_id, units)
    return wording.NONE if found is None else found.words
