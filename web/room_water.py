"""The moisture load of a room as its page draws it, as the service worked it out."""

from datetime import datetime

from alerts.figures import Figures
from storage import place_hours
from storage.connection import Connection
from web.charts import Chart, Limit, Line, Mark, Point
from web.periods import Period, each_hour
from web.series_views import coarse


def chart(  # noqa: PLR0913, PLR0917 - a room, a period and what is marked in it
    database: Connection,
    place: int,
    period: Period,
    since: datetime,
    until: datetime,
    figures: Figures,
    marks: list[Mark],
) -> Chart:
    """Draw the moisture load by the hour against the bounds of where to look first."""
    found = place_hours.worked_out(database, "moisture_load", [(place, since, until)])[place]
    points = [Point(start, found.get(start)) for start in each_hour(since, until)] if found else []
    drawn = coarse(points, 6) if period is Period.MONTH else points
    return Chart(
        title=f"Moisture load, last {period.words}",
        unit="Pa",
        lines=[Line("Moisture load", drawn)] if found else [],
        start=since,
        end=until,
        limits=[
            Limit("Moisture, ventilation", figures.moisture.excess_of_moisture),
            Limit("Leak, drying", figures.moisture.excess_of_water),
        ],
        marks=marks,
    )
