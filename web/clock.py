"""What time it is: by the wall, and for the readings."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from storage import schedules
from web.session import Database


def wall(request: Request) -> datetime:
    """Give the time on the wall: that of arrivals, of quarantine and of the books."""
    time: datetime = request.app.state.wiring.wall()
    return time


def of_readings(request: Request, database: Database) -> datetime:
    """Give the time that readings are judged by: the wall's, or a simulation's newest reading."""
    if request.app.state.simulation:
        return schedules.newest_reading(database) or wall(request)
    return wall(request)


Wall = Annotated[datetime, Depends(wall)]
"""A route that speaks of messages."""
Now = Annotated[datetime, Depends(of_readings)]
"""A route that speaks of readings."""
