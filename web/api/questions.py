"""What may be asked of the open API: which place, property and time, and in which format.

A parameter that is unknown is refused, since to pass over it would answer another question.
"""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from storage.open_catalogue import OPEN_PROPERTIES
from storage.open_data import FIRST, Mark, Wanted

MOST_ROWS = 50_000
DEFAULT_ROWS = 1000
ONE_PLACE = timedelta(days=366)
"""The longest period of one place"""
ALL_PLACES = timedelta(days=31)
"""The longest period of all places"""
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MARK = re.compile(r"([a-z0-9_-]{1,80})~([0-9TZ:.-]{10,40})~([0-9]{1,9})")


class Format(StrEnum):
    """How an answer is written."""

    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"
    PARQUET = "parquet"


def _known(name: str) -> str:
    if name and name not in OPEN_PROPERTIES:
        raise ValueError(f"is none of {', '.join(OPEN_PROPERTIES)}")
    return name


def _utc(time: datetime) -> datetime:
    """Read a time without an offset as UTC, and refuse one that no reading can have."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    if not _EARLIEST <= aware <= _LATEST:
        raise ValueError("is not between the years 2000 and 2100")
    return aware.astimezone(UTC)


_Time = Annotated[datetime, AfterValidator(_utc)]
PlaceId = Annotated[str, Field(pattern=r"^([a-z2-7]{16})?$", description="A place's identifier.")]
Kind = Literal["", "position", "station", "zone", "bay"]
_Property = Annotated[
    str,
    AfterValidator(_known),
    Field(json_schema_extra={"enum": ["", *OPEN_PROPERTIES]}, description="An observed property."),
]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Annotated[Format, Field(description="How the answer is written.")] = Format.JSON


class PlacesAsked(_Asked):
    """Which places."""

    kind: Annotated[Kind, Field(description="The kind of place.")] = ""
    after: Annotated[PlaceId, Field(description="Go on behind this place.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = DEFAULT_ROWS


class LatestAsked(_Asked):
    """Which newest readings."""

    place: PlaceId = ""
    property: _Property = ""
    kind: Annotated[Kind, Field(description="The kind of place.")] = ""
    after: Annotated[
        str, Field(pattern=r"^[a-z0-9_-]{0,80}$", description="Go on behind this one.")
    ] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = DEFAULT_ROWS

    def wanted(self) -> Wanted:
        """Give it in storage's words."""
        return Wanted(
            self.place, self.property, self.kind, after=Mark(self.after), limit=self.limit + 1
        )


class PeriodAsked(_Asked):
    """Which readings or means of a period."""

    place: PlaceId = ""
    property: _Property = ""
    kind: Annotated[Kind, Field(description="The kind of place.")] = ""
    since: Annotated[
        _Time | None, Field(alias="from", description="ISO 8601; a day before `to` unless told.")
    ] = None
    until: Annotated[_Time | None, Field(alias="to", description="ISO 8601; now unless told.")] = (
        None
    )
    after: Annotated[str, Field(max_length=200, description="Go on behind this one.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = DEFAULT_ROWS

    def wanted(self, now: datetime) -> Wanted:
        """Give it in storage's words; a period that is too long, or none, is a 400."""
        until = self.until or now
        since = self.since or until - timedelta(days=1)
        most = ONE_PLACE if self.place else ALL_PLACES
        if since >= until:
            raise HTTPException(400, "The period ends before it begins.")
        if until - since > most:
            raise HTTPException(400, f"Ask for at most {most.days} days at a time.")
        return Wanted(
            self.place,
            self.property,
            self.kind,
            since,
            until,
            after=read_mark(self.after),
            limit=self.limit + 1,
        )


def write_mark(mark: Mark) -> str:
    """Write where a list goes on."""
    time = mark.time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{mark.datastream}~{time}~{mark.series}"


def read_mark(text: str) -> Mark:
    """Read where a list goes on; a text that is no such mark is a 400."""
    if not text:
        return FIRST
    found = _MARK.fullmatch(text)
    try:
        time = datetime.fromisoformat(found[2]) if found else None
    except ValueError:
        time = None
    if found is None or time is None or time.tzinfo is None:
        raise HTTPException(400, "`after` is not one of this list: begin again without it.")
    return Mark(found[1], time, int(found[3]))
