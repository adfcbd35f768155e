"""The list of tenancies as the housing system gives it: a CSV file, one tenancy a line, no names.

    uprn,starts,ends
    100023336956,2024-03-04,2026-09-27
    100023336956,2026-10-05,

Both days belong to the tenancy; an empty end: it lasts.
"""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from boroughsense import csv_lines
from storage.tenancies import Tenancy


class Line(BaseModel):
    """One tenancy as the file writes it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    uprn: str = Field(pattern=r"^[0-9]{1,12}$")
    starts: date
    ends: date | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> "Line":
        """Refuse a line that contradicts itself."""
        if self.ends is not None and self.ends < self.starts:
            raise ValueError("it ends before it begins")
        return self

    def tenancy(self) -> Tenancy:
        """Give it in the words of the registry."""
        return Tenancy(self.uprn, self.starts, self.ends)


def read(file: Path) -> list[tuple[int, Tenancy]]:
    """Read the file; each tenancy with its line.

    Raises:
        WrongFile: all mistakes at once, each with its line.
    """
    return [(number, line.tenancy()) for number, line in csv_lines.numbered(file, Line)]
