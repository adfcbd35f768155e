"""The values of bays and zones by five minutes, worked out of their sensors' events when judged."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alerts.bank_holidays import england
from alerts.derived import street
from alerts.figures import Parking
from alerts.indices import parking
from alerts.indices.parking import Event, Timeline
from alerts.model import ValidMeans
from storage import pages_parking
from storage import street as stored
from storage.connection import Connection
from storage.schedules import Subject
from storage.street import StreetBay

Spans = Mapping[int, tuple[datetime, datetime]]
"""By series: from when to when"""
_BEFORE = timedelta(minutes=10)
"""So much before the first interval is read, so that a flicker across it is seen"""


def lines(
    connection: Connection,
    bays: Sequence[StreetBay],
    since: datetime,
    until: datetime,
    figures: Parking,
) -> dict[int, Timeline]:
    """Reconstruct bays up to a time, from a time on."""
    said = pages_parking.events(connection, [bay.id for bay in bays], since - _BEFORE, until)
    return {
        bay.id: parking.timeline(
            [Event(at, 0, taken) for at, taken in said.get(bay.id, ())],
            bay.heartbeat,
            until,
            figures,
        )
        for bay in bays
    }


def read(
    connection: Connection, subjects: Sequence[Subject], spans: Spans, figures: Parking
) -> dict[int, ValidMeans]:
    """Work out the five minutes of bays and zones."""
    found: dict[int, ValidMeans] = {}
    together: dict[tuple[datetime, datetime], list[Subject]] = {}
    for subject in subjects:
        together.setdefault(spans[subject.id], []).append(subject)
    for (since, until), several in together.items():
        values = _work_out(connection, several, since, until, figures)
        for subject in several:
            found[subject.id] = ValidMeans(values.get(subject.id, {}))
    return found


def _work_out(
    connection: Connection,
    subjects: Sequence[Subject],
    since: datetime,
    until: datetime,
    figures: Parking,
) -> dict[int, street.Values]:
    zones = {s.place_id: s.id for s in subjects if s.observed_property == "zone_occupancy"}
    limited = {s.place_id: s.id for s in subjects if s.observed_property == "overstay"}
    wanted_zones = [zone for zone in zones if zone is not None]
    wanted_bays = [bay for bay in limited if bay is not None]
    bays = stored.bays(connection, zones=wanted_zones, beside=wanted_bays)
    needed = [bay for bay in bays if bay.zone in zones or bay.id in limited]
    known = lines(connection, needed, since, until, figures)
    found: dict[int, street.Values] = {}
    for bay in needed:
        if bay.id in limited and bay.restrictions:
            found[limited[bay.id]] = street.overstay(
                known[bay.id], bay.restrictions, since, until, england().days
            )
    capacities = stored.capacities(connection, wanted_zones)
    counts = stored.counts(connection, list(capacities), since - street.COUNT_HOLDS, until)
    for zone in wanted_zones:
        of_zone = [known[bay.id] for bay in needed if bay.zone == zone]
        if of_zone:
            values = street.zone_occupancy(of_zone, since, until, figures)
        else:
            values = street.lot_occupancy(
                counts.get(zone, {}), capacities.get(zone, 0), since, until
            )
        found[zones[zone]] = values
    return found
