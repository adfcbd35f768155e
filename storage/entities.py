"""The entities of the SensorThings API (OGC 18-088) over what is open, and how they hang together.

    Thing               a place where something is measured: a position, a station, a bay, a zone
    Datastream          one property of one channel at a place, whatever device measures it
    Sensor              a model of device
    Observation         one reading
    Location, HistoricalLocation, FeatureOfInterest      where the place is

Every relation is an equality of two columns.
"""

from dataclasses import dataclass

from storage.expressions import Attribute, Type


@dataclass(frozen=True, slots=True)
class Link:
    """A relation to entities of another kind."""

    name: str
    entity: str
    """The name of their set"""
    own: str
    """The column here"""
    theirs: str
    """The column there that is equal to it"""
    many: bool


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of entity."""

    name: str
    """Of the set, as in addresses"""
    base: str
    """The name of the statement that gives all of them"""
    attributes: dict[str, Attribute]
    links: dict[str, Link]
    keys: tuple[Attribute, ...]
    """What their identifier is made of, in the order that they are listed in"""

    def attribute(self, name: str) -> Attribute | None:
        """Find a property by its name; `@iot.id` is `id`."""
        return self.attributes.get(name.removeprefix("@iot.") if name == "@iot.id" else name)


_ID = Attribute("id", "id", Type.TEXT)
_NAME = Attribute("name", "name", Type.TEXT)
_DESCRIPTION = Attribute("description", "description", Type.TEXT)
_PROPERTIES = Attribute("properties", "properties", Type.JSON)
_ENCODING = Attribute("encodingType", "encoding_type", Type.TEXT)


def _one(name: str, entity: str, own: str) -> Link:
    return Link(name, entity, own, "id", many=False)


def _many(name: str, entity: str, theirs: str) -> Link:
    return Link(name, entity, "id", theirs, many=True)


def _entity(
    name: str,
    base: str,
    attributes: tuple[Attribute, ...],
    links: tuple[Link, ...],
    keys: tuple[Attribute, ...] = (_ID,),
) -> Entity:
    return Entity(
        name,
        base,
        {attribute.name: attribute for attribute in (_ID, *attributes)},
        {link.name: link for link in links},
        keys,
    )


_THINGS = _entity(
    "Things",
    "sta_things",
    (_NAME, _DESCRIPTION, _PROPERTIES),
    (
        _many("Locations", "Locations", "id"),
        _many("HistoricalLocations", "HistoricalLocations", "id"),
        _many("Datastreams", "Datastreams", "thing_id"),
    ),
)
_LOCATIONS = _entity(
    "Locations",
    "sta_locations",
    (
        _NAME,
        _DESCRIPTION,
        _ENCODING,
        Attribute("location", "location", Type.JSON, point="point"),
        _PROPERTIES,
    ),
    (
        _many("Things", "Things", "id"),
        _many("HistoricalLocations", "HistoricalLocations", "id"),
    ),
)
_HISTORICAL_LOCATIONS = _entity(
    "HistoricalLocations",
    "sta_historical_locations",
    (Attribute("time", "time", Type.TIME),),
    (_one("Thing", "Things", "id"), _many("Locations", "Locations", "id")),
)
_DATASTREAMS = _entity(
    "Datastreams",
    "sta_datastreams",
    (
        _NAME,
        _DESCRIPTION,
        Attribute("observationType", "observation_type", Type.TEXT),
        Attribute("unitOfMeasurement", "unit_of_measurement", Type.JSON),
        Attribute("observedArea", "observed_area", Type.JSON, point="point"),
        Attribute("phenomenonTime", "begins", Type.PERIOD, end="ends"),
        Attribute("resultTime", "begins", Type.PERIOD, end="ends"),
        _PROPERTIES,
    ),
    (
        _one("Thing", "Things", "thing_id"),
        _one("Sensor", "Sensors", "sensor_id"),
        _one("ObservedProperty", "ObservedProperties", "property_id"),
        _many("Observations", "Observations", "datastream_id"),
    ),
)
_SENSORS = _entity(
    "Sensors",
    "sta_sensors",
    (
        _NAME,
        _DESCRIPTION,
        _ENCODING,
        Attribute("metadata", "metadata", Type.TEXT),
        _PROPERTIES,
    ),
    (_many("Datastreams", "Datastreams", "sensor_id"),),
)
_OBSERVED_PROPERTIES = _entity(
    "ObservedProperties",
    "sta_observed_properties",
    (_NAME, Attribute("definition", "definition", Type.TEXT), _DESCRIPTION, _PROPERTIES),
    (_many("Datastreams", "Datastreams", "property_id"),),
)
_OBSERVATIONS = _entity(
    "Observations",
    "sta_observations",
    (
        Attribute("phenomenonTime", "phenomenon_time", Type.TIME, certain=True),
        Attribute("result", "result", Type.NUMBER),
        Attribute("resultTime", "result_time", Type.TIME),
        Attribute("resultQuality", "result_quality", Type.JSON),
        Attribute("validTime", "valid_time", Type.TIME),
        Attribute("parameters", "parameters", Type.JSON),
    ),
    (
        _one("Datastream", "Datastreams", "datastream_id"),
        _one("FeatureOfInterest", "FeaturesOfInterest", "thing_id"),
    ),
    keys=(
        Attribute("series", "series_id", Type.NUMBER, certain=True),
        Attribute("phenomenonTime", "phenomenon_time", Type.TIME, certain=True),
    ),
)
_FEATURES = _entity(
    "FeaturesOfInterest",
    "sta_features",
    (
        _NAME,
        _DESCRIPTION,
        _ENCODING,
        Attribute("feature", "feature", Type.JSON, point="point"),
        _PROPERTIES,
    ),
    (_many("Observations", "Observations", "thing_id"),),
)

ENTITIES = {
    entity.name: entity
    for entity in (
        _THINGS,
        _LOCATIONS,
        _HISTORICAL_LOCATIONS,
        _DATASTREAMS,
        _SENSORS,
        _OBSERVED_PROPERTIES,
        _OBSERVATIONS,
        _FEATURES,
    )
}
"""Every kind of entity by the name of its set."""
OBSERVATIONS = _OBSERVATIONS.name
