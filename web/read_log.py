"""Who read what of a home: a page that shows anything of one writes it down before it answers.

When it cannot be written down, nothing is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from storage import audit
from storage.connection import Connection
from web.clock import Wall
from web.paging import whole_table
from web.session import Database, SomePerson


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Writes down what somebody reads on one page."""

    database: Connection
    reader: str
    detail: audit.Detail
    at: datetime

    def homes(self, places: Iterable[str | None], *, listed: bool = False) -> None:
        """Write down that the homes among some places were read; other places are passed over.

        Args:
            places: public ids; a room stands for its home.
            listed: in a list, with others.
        """
        action = "dwelling listed" if listed else "dwelling read"
        known = [place for place in places if place]
        audit.homes_read(
            self.database, self.reader, known, at=self.at, action=action, detail=self.detail
        )

    def device(self, dev_eui: str, time: datetime | None = None) -> None:
        """Write down that a device was read: of the homes it was at, ever or at a time."""
        audit.home_of_device_read(
            self.database, self.reader, dev_eui, at=self.at, time=time, detail=self.detail
        )


def read_log(request: Request, database: Database, person: SomePerson, at: Wall) -> ReadLog:
    """Give the log of one request."""
    detail: dict[str, str] = {"page": request.url.path}
    table = whole_table(request)
    if table:
        detail["table"] = table[:60]
    return ReadLog(database, person.signature, detail, at)


Logged = Annotated[ReadLog, Depends(read_log)]
"""A route that shows something of a home."""
