"""The newest readings in the words of the Smart Data Models, as JSON-LD in key-values form.

Units are those that the models name: concentrations in ug/m3 (gases by their factor at 20 degC and
1013 mbar), carbon monoxide in mg/m3, humidity from 0 to 1, temperatures in degC, sound in dB.
Sources: smart-data-models dataModel.Environment (AirQualityObserved 0.1.4, NoiseLevelObserved
0.2.1) and dataModel.Parking (ParkingSpot 0.1.0, OnStreetParking 0.1.4, OffStreetParking 0.1.3).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from alerts import figures
from alerts.indices.dust import mass
from alerts.indices.parking import Bay
from storage import open_data
from storage.connection import Connection
from storage.open_data import At, OpenReading, Wanted
from web.api.licence import base_address, terms
from web.api.open_route import PROBLEM_RESPONSES, OpenRoute, json_answer
from web.api.parking import Zone, zones
from web.clock import Now
from web.config import WebConfig
from web.session import Database

router = APIRouter(
    prefix="/api/v1", route_class=OpenRoute, tags=["Open data"], responses=PROBLEM_RESPONSES
)
TOGETHER = timedelta(hours=1)
"""Readings of a place that are so far behind its newest one are not told with it."""
MOST_SERIES = 50_000
_CONTEXT = "https://raw.githubusercontent.com/smart-data-models/dataModel.{}/master/context.jsonld"
_CO_MASS = 1.1642
"""mg/m3 for one ppm of carbon monoxide at 20 degC and 1013 mbar"""
_AIR = {
    "pm1": "pm1",
    "pm2_5": "pm25",
    "pm10": "pm10",
    "temperature": "temperature",
    "wind_speed": "windSpeed",
    "wind_direction": "windDirection",
}
_GASES = ("no2", "o3", "so2")
_NOISE = {
    "sound_level": "LAS",
    "sound_level_average": "LAeq",
    "sound_level_maximum": "LAmax",
}
_STATUS = {Bay.FREE: "free", Bay.OCCUPIED: "occupied", Bay.UNKNOWN: "unknown"}

Entity = dict[str, object]


class Model(StrEnum):
    """A Smart Data Model."""

    AIR = "AirQualityObserved"
    NOISE = "NoiseLevelObserved"
    SPOT = "ParkingSpot"
    ON_STREET = "OnStreetParking"
    OFF_STREET = "OffStreetParking"


@router.get("/smart-data-models/{model}", summary="The newest readings as Smart Data Models")
def smart_data(request: Request, database: Database, now: Now, model: Model) -> JSONResponse:
    """Give entities of a model as JSON-LD; places whose position is not known have none."""
    config: WebConfig = request.app.state.config
    found = list(_entities(database, now, model))
    for entity in found:
        entity["dataProvider"] = config.council
        entity["source"] = base_address(request)
    theme = "Environment" if model in (Model.AIR, Model.NOISE) else "Parking"
    document = {"@context": [_CONTEXT.format(theme)], **terms(request), "@graph": found}
    return json_answer(document, media_type="application/ld+json")


def _entities(connection: Connection, now: datetime, model: Model) -> Iterator[Entity]:
    match model:
        case Model.AIR:
            yield from _of_places(connection, air)
        case Model.NOISE:
            yield from _of_places(connection, noise)
        case Model.SPOT:
            for zone in zones(connection, now):
                yield from spots(zone)
        case Model.ON_STREET | Model.OFF_STREET:
            for zone in zones(connection, now):
                if category(zone) is model:
                    yield from parking(zone)


def _of_places(
    connection: Connection, make: Callable[[Mapping[str, OpenReading]], Iterator[Entity]]
) -> Iterator[Entity]:
    by_place: dict[str, dict[str, OpenReading]] = {}
    for reading in open_data.latest(connection, Wanted(limit=MOST_SERIES)):
        counts = reading.quality in (1, 2, 3) and math.isfinite(reading.value)
        if counts and reading.at.channel == "" and reading.at.longitude is not None:
            by_place.setdefault(reading.at.place_id, {})[reading.at.property] = reading
    for found in by_place.values():
        newest = max(reading.time for reading in found.values())
        yield from make({n: r for n, r in found.items() if newest - r.time <= TOGETHER})


def air(readings: Mapping[str, OpenReading]) -> Iterator[Entity]:
    """Give the air of a place, if something is known of it."""
    measured: Entity = {}
    for name, reading in readings.items():
        if name in _AIR:
            measured[_AIR[name]] = reading.value
        elif name == "relative_humidity":
            measured["relativeHumidity"] = round(min(1.0, max(0.0, reading.value / 100)), 4)
        elif name == "co":
            measured["co"] = round(reading.value * _CO_MASS, 3)
        elif name in _GASES:
            measured[name] = round(mass(name, reading.value, _dust()) or 0.0, 2)
    if measured:
        first = next(iter(readings.values()))
        yield {
            **_head(Model.AIR, first.at),
            "dateObserved": max(reading.time for reading in readings.values()).isoformat(),
            "typeofLocation": "outdoor",
            "areaServed": first.at.area,
            **measured,
        }


def noise(readings: Mapping[str, OpenReading]) -> Iterator[Entity]:
    """Give the sound of a place, if it is measured there."""
    heard = {_NOISE[name]: reading for name, reading in readings.items() if name in _NOISE}
    if heard:
        first = next(iter(heard.values()))
        times = [reading.time for reading in heard.values()]
        yield {
            **_head(Model.NOISE, first.at),
            "dateObservedFrom": (min(times) - first.interval).isoformat(),
            "dateObservedTo": max(times).isoformat(),
            **{name: reading.value for name, reading in heard.items()},
        }


def spots(zone: Zone) -> Iterator[Entity]:
    """Give the open bays of a zone."""
    of = category(zone)
    for bay, state in zone.bays:
        if bay.longitude is not None and bay.latitude is not None:
            yield {
                "id": f"urn:ngsi-ld:{Model.SPOT}:{bay.id}",
                "type": Model.SPOT.value,
                "name": bay.name,
                "location": _point(bay.longitude, bay.latitude),
                "status": _STATUS[state],
                "category": ["onStreet" if of is Model.ON_STREET else "offStreet"],
                "refParkingSite": f"urn:ngsi-ld:{of}:{zone.place.id}",
                **({"timeInstant": bay.time.isoformat()} if bay.time else {}),
            }


def parking(zone: Zone) -> Iterator[Entity]:
    """Give a zone with its figures, where there are so many bays that they may be told."""
    location = _location(zone)
    if location is None:
        return
    told: Entity = {}
    if zone.is_told:
        told = {
            "totalSpotNumber": len(zone.bays),
            "availableSpotNumber": zone.number(Bay.FREE),
            "occupiedSpotNumber": zone.number(Bay.OCCUPIED),
            "occupancyDetectionType": ["singleSpaceDetection"],
        }
    if zone.is_told and zone.changed:
        told["occupancyModified"] = zone.changed.isoformat()
    yield {
        "id": f"urn:ngsi-ld:{category(zone)}:{zone.place.id}",
        "type": category(zone).value,
        "name": zone.place.name,
        "areaServed": zone.place.area,
        "location": location,
        "refParkingSpot": [f"urn:ngsi-ld:{Model.SPOT}:{bay.id}" for bay, _ in zone.bays],
        **told,
    }


def _location(zone: Zone) -> dict[str, object] | None:
    """Give where a zone is: its own position, else that of one of its bays."""
    positions = [(zone.place.longitude, zone.place.latitude)]
    positions += [(bay.longitude, bay.latitude) for bay, _ in zone.bays]
    known = next(((x, y) for x, y in positions if x is not None), None)
    return _point(*known) if known else None


def category(zone: Zone) -> Model:
    """Give what kind of parking a zone is: a counted car park has a capacity, and no bays."""
    counted = zone.place.capacity is not None and not zone.bays
    return Model.OFF_STREET if counted else Model.ON_STREET


def _head(model: Model, at: At) -> Entity:
    return {
        "id": f"urn:ngsi-ld:{model}:{at.place_id}",
        "type": model.value,
        "name": at.place,
        "location": _point(at.longitude, at.latitude),
    }


def _point(longitude: float | None, latitude: float | None) -> dict[str, object]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


@cache
def _dust() -> figures.Dust:
    return figures.load().dust
