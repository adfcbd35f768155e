"""The list of calibrations as a borough keeps it: a CSV file, one calibration a line.

    dev_eui,property,name,valid_from,valid_to,slope,offset,kappa,source,r2,pairs
    02c17a0000000103,pm10,co-location,2026-05-01,,0.82,-1.4,0.4,"beside Kerb, May 2026",0.91,336

A corrected value is slope * reading + offset. With `kappa` the particles' water is taken away
before, in the span of humidity that the figures name. What is empty is 1, 0 and nothing. Every
mistake of the file is told, with its line; then nothing of it is stored.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from alerts import figures
from alerts.figures import Dust
from alerts.problems import suggest
from boroughsense import csv_lines
from boroughsense.csv_lines import Eui, Time
from decoders.properties import PROPERTIES
from storage.calibrations import Calibration

_PARTICLES = "pm"


def _property(name: str) -> str:
    known = [entry.name for entry in PROPERTIES.values() if not entry.derived]
    if name in known:
        return name
    if name in PROPERTIES:
        raise ValueError(f"{name} is computed from others: calibrate what the device sends")
    raise ValueError(f"{name} is not an observed property{suggest(name, known)}")


class Line(BaseModel):
    """One calibration as the file writes it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

    dev_eui: Eui
    property: Annotated[str, AfterValidator(_property)]
    name: str = Field(min_length=1, max_length=200)
    valid_from: Time
    valid_to: Time | None = None
    slope: float = Field(default=1, gt=0)
    offset: float = 0
    kappa: float | None = Field(default=None, gt=0, le=2)
    source: str = Field(min_length=1, max_length=1000)
    r2: float | None = Field(default=None, ge=0, le=1)
    pairs: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _hangs_together(self) -> "Line":
        """Refuse a line that contradicts itself, or changes nothing."""
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("it ends before it begins")
        if self.kappa is not None and not self.property.startswith(_PARTICLES):
            raise ValueError("kappa is of particles: only pm1, pm2_5, pm4 and pm10 have it")
        return self

    def calibration(self, dust: Dust) -> Calibration:
        """Give it in the words of the registry."""
        damp = self.kappa is not None
        return Calibration(
            dev_eui=self.dev_eui,
            observed_property=self.property,
            name=self.name,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            slope=self.slope,
            offset=self.offset,
            source=self.source,
            r2=self.r2,
            pairs=self.pairs,
            kappa=self.kappa,
            humidity_from=dust.humidity_from if damp else None,
            humidity_to=dust.humidity_to if damp else None,
        )


def read(file: Path) -> list[Calibration]:
    """Read the file.

    Raises:
        WrongFile: all mistakes at once, each with its line.
    """
    dust = figures.load().dust
    return [line.calibration(dust) for line in csv_lines.read(file, Line)]
