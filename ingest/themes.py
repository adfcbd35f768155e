"""All that is worked out of stored hours, and for which places the registry matters to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.figures import Figures
from alerts.history import History
from alerts.quality_settings import QualitySettings
from ingest.deriving import Theme
from ingest.deriving_air import KINDS, OutdoorAir
from ingest.deriving_bays import Bays, Lots
from ingest.deriving_fleet import FleetHealth
from ingest.deriving_rooms import Rooms
from ingest.deriving_sites import Sites
from storage import derivations
from storage.connection import Connection

_BY_KIND = (
    ("room", "room"),
    *(("air", kind) for kind in KINDS),
    ("site", "site"),
    ("bays", "bay"),
    ("lots", "zone"),
)
"""A theme and a kind of places that it works out"""


def themes(figures: Figures, quality: QualitySettings) -> tuple[Theme, ...]:
    """Give the themes."""
    return (
        Rooms(figures),
        OutdoorAir(),
        Sites(figures),
        Bays(figures),
        Lots(figures),
        FleetHealth(figures, quality),
    )


def asked_for(known: Sequence[Theme], histories: Sequence[History]) -> list[Theme]:
    """Give the themes that a rule asks for: what none does is not worked out."""
    asked = {rule.observed_property for history in histories for rule in history.rules()}
    return [theme for theme in known if asked.intersection((*theme.outputs, *theme.beside))]


def mark(
    connection: Connection, known: Sequence[Theme], changed: Mapping[int, datetime], clock: datetime
) -> None:
    """Have worked out what rests on hours that changed, or on what the registry tells."""
    if changed:
        for theme in known:
            theme.mark(connection, changed, clock)
    derivations.mark_registry(connection, _BY_KIND, clock)
