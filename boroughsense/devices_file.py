"""The list of devices as a borough keeps it: a CSV file, one installation a line.

    dev_eui,place_kind,place,within,area,patch,uprn,latitude,longitude,installed_from,installed_to,interval
    02c17a0000000103,position,North gate,Quayside works,Quay,,,51.48102,-0.00533,2026-05-01,,10m
    02c17a0000000501,room,Bedroom,12 Acacia Road,Hill estate,north,100023336956,,,2026-05-01,,10m

Further columns of a place: `frsi`, `material`, `room_kind` of a room; `bearing` of a position at a
site; `risk`, `hours`, `contact` of a site (beside any of its positions); `limit_minutes`,
`limit_hours` (`Mon-Sat 08:30-18:30`), `limit_on_bank_holidays` (`yes`) and `bay_type` of a bay, and
of one below an overhead sensor `occupied_below_mm` (nearer than that a vehicle stands in it; 0
takes it away) and `occupied_hysteresis_mm` (see `storage.occupancy`); `capacity` of a zone.
Every mistake of the file is told, with its line; then nothing of it is stored.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from alerts.indices import restrictions
from boroughsense import csv_lines
from boroughsense.csv_lines import Eui, Span, Time
from storage.places import PARENT_OF, Installation, Place

_DETAIL_OF_PLACE = {
    "room": ("frsi", "material", "room_kind"),
    "position": ("bearing",),
    "bay": (
        "limit_minutes",
        "limit_hours",
        "limit_on_bank_holidays",
        "bay_type",
        "occupied_below_mm",
        "occupied_hysteresis_mm",
    ),
    "zone": ("capacity",),
    "station": (),
}
_DETAIL_OF_PARENT = {"position": ("risk", "hours", "contact")}


def _readable(text: str | None) -> str | None:
    if text is not None:
        restrictions.read(text, timedelta(minutes=1), on_bank_holidays=False)
    return text


class Line(BaseModel):
    """One installation as the file writes it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    dev_eui: Eui
    place_kind: Literal["room", "position", "bay", "zone", "station"]
    place: str = Field(min_length=1, max_length=200)
    within: str = ""
    area: str = ""
    patch: str = ""
    uprn: str = Field(default="", pattern=r"^([0-9]{1,12})?$")
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    installed_from: Time
    installed_to: Time | None = None
    interval: Span | None = None
    frsi: float | None = Field(default=None, gt=0, le=1)
    material: Literal["very sensitive", "sensitive", "medium resistant", "resistant"] | None = None
    room_kind: str | None = None
    bearing: float | None = Field(default=None, ge=0, lt=360)
    risk: Literal["low", "medium", "high"] | None = None
    hours: str | None = None
    contact: str | None = None
    limit_minutes: int | None = Field(default=None, gt=0)
    limit_hours: Annotated[str | None, AfterValidator(_readable)] = None
    limit_on_bank_holidays: Literal["yes", "no"] | None = None
    bay_type: str | None = None
    occupied_below_mm: int | None = Field(default=None, ge=0)
    """0: none any more"""
    occupied_hysteresis_mm: int | None = Field(default=None, ge=0)
    capacity: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _hangs_together(self) -> "Line":
        """Refuse a line that contradicts itself."""
        parent = PARENT_OF.get(self.place_kind)
        if parent and not self.within:
            raise ValueError(f"a {self.place_kind} lies in a {parent}: write its name in `within`")
        if not parent and self.within:
            raise ValueError(f"a {self.place_kind} lies in nothing: leave `within` empty")
        if (self.place_kind == "room") != bool(self.uprn):
            raise ValueError("a room needs the UPRN of its dwelling, and nothing else has one")
        if self.place_kind == "room" and self.latitude is not None:
            raise ValueError("a dwelling is never a point on a map: leave the position empty")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        if self.limit_hours is not None and self.limit_minutes is None:
            raise ValueError("limit_hours says when a limit holds: write limit_minutes, too")
        if self.limit_on_bank_holidays is not None and self.limit_hours is None:
            raise ValueError("a limit without limit_hours always holds, on bank holidays too")
        if self.installed_to is not None and self.installed_to <= self.installed_from:
            raise ValueError("it ends before it begins")
        return self

    def installation(self) -> Installation:
        """Give it in the words of the registry."""
        return Installation(
            dev_eui=self.dev_eui,
            place=self._place(),
            within=self._within(),
            from_at=self.installed_from,
            to_at=self.installed_to,
            expected_interval=self.interval,
        )

    def _place(self) -> Place:
        detail: dict[str, str | float | None] = {**self._detail(_DETAIL_OF_PLACE[self.place_kind])}
        if self.occupied_below_mm == 0:
            detail |= {"occupied_below_mm": None, "occupied_hysteresis_mm": None}
        alone = self.place_kind not in PARENT_OF
        return Place(
            kind=self.place_kind,
            name=self.place,
            area=self.area if alone else "",
            latitude=self.latitude,
            longitude=self.longitude,
            detail=detail,
        )

    def _within(self) -> Place | None:
        kind = PARENT_OF.get(self.place_kind)
        if kind is None:
            return None
        return Place(
            kind=kind,
            name=self.within,
            area=self.area,
            patch=self.patch,
            uprn=self.uprn,
            detail=self._detail(_DETAIL_OF_PARENT.get(self.place_kind, ())),
        )

    def _detail(self, names: tuple[str, ...]) -> dict[str, str | float]:
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def read(file: Path) -> list[Installation]:
    """Read the file.

    Raises:
        WrongFile: all mistakes at once, each with its line.
    """
    return [installation for _, installation in numbered(file)]


def numbered(file: Path) -> list[tuple[int, Installation]]:
    """Read the file; each installation with its line.

    Raises:
        WrongFile: all mistakes at once, each with its line.
    """
    return [(number, line.installation()) for number, line in csv_lines.numbered(file, Line)]
