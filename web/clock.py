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


def of_acts(wall: Annotated[datetime, Depends(wall)], readings: "Now") -> datetime:
    """Give the time that is written beside what somebody does now.

    It is the wall's. In a simulation that is ahead of the wall it is the readings', since nobody
    answers an alert before it is known.
    """
    return max(wall, readings)


Wall = Annotated[datetime, Depends(wall)]
"""A route that speaks of messages."""
Now = Annotated[datetime, Depends(of_readings)]
"""A route that speaks of readings."""
Acting = Annotated[datetime, Depends(of_acts)]
"""A route that writes down what somebody does."""
