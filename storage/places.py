"""The registry: places, and which device was where from when to when.

A place is found by what it is called: a dwelling by its property number (UPRN), anything else by
its kind, its parent and its name. The UPRN stands in the schema `housing` alone;
everywhere else a dwelling is its keyed pseudonym, since a plain hash of forty million numbers is
undone by trying them all.
"""

import hmac
import secrets
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from storage import occupancy
from storage.connection import Connection, translated
from storage.packing import to_json
from storage.queries import SQL

PARENT_OF: Mapping[str, str] = {"room": "dwelling", "position": "site", "bay": "zone"}
"""Kind of a place to the kind of what it lies in."""
ALONE = ("station", "zone")
"""Kinds that a device may be at and that lie in nothing."""

Detail = Mapping[str, str | float | bool | None]


@dataclass(frozen=True, slots=True)
class Place:
    """What is told of a place."""

    kind: str
    """site, position, dwelling, room, zone, bay or station"""
    name: str
    area: str = ""
    """The ward or estate, for lists"""
    patch: str = ""
    """The housing patch: who may see it"""
    latitude: float | None = None
    longitude: float | None = None
    uprn: str = ""
    """Of a dwelling: up to 12 digits, as text"""
    detail: Detail = field(default_factory=dict)
    """What rules need to know of it: a room's fRsi, a bay's limit"""


@dataclass(frozen=True, slots=True)
class Installation:
    """A device at a place for a period."""

    dev_eui: str
    place: Place
    within: Place | None
    """The dwelling, site or zone that the place lies in"""
    from_at: datetime
    to_at: datetime | None = None
    expected_interval: timedelta | None = None
    """How often it should report there; absent: what the device's codec or profile says"""


@dataclass(frozen=True, slots=True)
class Installed:
    """What became of an installation."""

    public_id: str
    """The place's identifier: opaque, stable, never reused"""
    is_new_place: bool
    moved: bool
    """The device was somewhere else, and that installation was ended"""


def pseudonym(uprn: str, secret: bytes) -> str:
    """Give what stands for a property everywhere but in the housing schema: HMAC-SHA-256."""
    return hmac.new(secret, f"uprn:{uprn}".encode(), sha256).hexdigest()[:32]


def install(connection: Connection, installation: Installation, *, secret: bytes) -> Installed:
    """Put a device at a place; the place and what it lies in are made when they are new.

    The same installation again changes its end and its interval, and nothing else; a device that
    is installed elsewhere from a later time is moved. Hours in which another number of readings is
    expected by now are computed again. Call it in a transaction; the states of a bay that it
    changes are derived again afterwards, by `occupancy.settle` or the next evaluation.

    Args:
        connection: to the database.
        installation: the device, the place, the period.
        secret: the key of the pseudonyms; only used for a dwelling.

    Raises:
        DatabaseRefused: the device is at another place in that time.
    """
    with translated():
        parent = None
        if installation.within is not None:
            parent, _, _ = _ensure(connection, installation.within, None, secret)
        is_bay = installation.place.kind == "bay"
        before = _stays(connection, installation, parent) if is_bay else set()
        place, public_id, is_new = _ensure(connection, installation.place, parent, secret)
        moved = _put(connection, installation, place)
        connection.execute(SQL["installation_mark"], _period(installation))
        if is_bay:
            after = occupancy.stays(connection, installation.dev_eui, place)
            occupancy.mark(connection, before, after)
    return Installed(public_id, is_new, moved)


def _stays(
    connection: Connection, installation: Installation, parent: int | None
) -> set[occupancy.Stay]:
    """Give the stays above bays with a threshold that an installation may change."""
    told = _columns(installation.place, parent)
    found = connection.execute(SQL["place_find"], told).fetchone()
    return occupancy.stays(connection, installation.dev_eui, found[0] if found else None)


def _ensure(
    connection: Connection, place: Place, parent: int | None, secret: bytes
) -> tuple[int, str, bool]:
    told = _columns(place, parent)
    query = "place_find_dwelling" if place.kind == "dwelling" else "place_find"
    found = connection.execute(SQL[query], told).fetchone()
    if found is not None:
        connection.execute(SQL["place_change"], {**told, "id": found[0]})
        return found[0], found[1], False
    made = connection.execute(SQL["place_add"], told).fetchone()
    assert made is not None  # noqa: S101 - an insert that returns
    if place.kind == "dwelling":
        named = {"place": made[0], "uprn": place.uprn, "pseudonym": pseudonym(place.uprn, secret)}
        connection.execute(SQL["dwelling_add"], named)
    return made[0], made[1], True


def _columns(place: Place, parent: int | None) -> dict[str, object]:
    return {
        "public_id": b32encode(secrets.token_bytes(10)).decode().lower(),
        "kind": place.kind,
        "parent": parent,
        "name": place.name,
        "area": place.area,
        "patch": place.patch,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "uprn": place.uprn,
        "detail": to_json(dict(place.detail)).decode(),
    }


def _put(connection: Connection, installation: Installation, place: int) -> bool:
    told = {"place": place, **_period(installation)}
    found = connection.execute(SQL["installation_find"], told).fetchone()
    if found is not None and found[1] == place:
        connection.execute(SQL["installation_change"], {**told, "id": found[0]})
        return False
    moved = connection.execute(SQL["installation_end_others"], told).rowcount > 0
    connection.execute(SQL["installation_add"], told)
    return moved


def _period(installation: Installation) -> dict[str, object]:
    return {
        "dev_eui": installation.dev_eui,
        "from_at": installation.from_at,
        "to_at": installation.to_at,
        "interval": installation.expected_interval,
    }


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device with where it is now."""

    dev_eui: str
    name: str | None
    profile: str | None
    codec: str | None
    last_seen_at: datetime | None
    """None: never heard by us, but installed or registered at the network server"""
    network_seen_at: datetime | None
    """When the network server heard it last, as `devices sync` read it"""
    place_id: str | None
    """The place's identifier; None: heard, and installed nowhere"""
    place_kind: str | None
    place: str | None
    within: str | None
    area: str | None
    installed_from: datetime | None

    def document(self) -> dict[str, str | None]:
        """Give it as JSON has it; times in UTC."""
        told: dict[str, str | None] = {}
        for name in self.__slots__:
            value = getattr(self, name)
            told[name] = value.isoformat() if isinstance(value, datetime) else value
        return told


def listed(
    connection: Connection, *, after: str = "", limit: int = 50, never_heard: bool = False
) -> list[ListedDevice]:
    """List devices in the order of their dev_eui, those behind `after`; or the unheard alone."""
    told = {"after": after, "limit": limit, "never_heard": never_heard}
    with translated():
        rows = connection.execute(SQL["devices_list"], told)
        return [ListedDevice(*row) for row in rows]
